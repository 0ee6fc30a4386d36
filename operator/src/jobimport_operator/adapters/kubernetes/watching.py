"""Lists the imports of one path of the API, and watches what becomes of them."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from typing import Final

from pydantic import ValidationError

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.ids import ImportKey
from jobimport.resource.names import GROUP, PLURAL
from jobimport.resource.object import ImportObject
from jobimport_operator.adapters.kubernetes.kopf_shell import Reading, watch_by_kopf
from jobimport_operator.health import describe_error

Tell = Callable[[ImportKey, ImportObject | None], None]

_PAGE: Final = "500"
_LONGEST_PAUSE_SECONDS: Final = 5.0
_LIVED_SECONDS: Final = 5.0
"""A watch that lasted so long is no failure when it ends."""
_REFUSED_SECONDS: Final = 60.0
"""How long imports that we may not read any more are taken to be as they were."""

log = logging.getLogger(__name__)


class ImportWatch:
    """The imports of a namespace (None: of all), for ever: a list, then a watch by kopf.

    Whatever ends kopf's watch is no reason to stop: there is a new list, for what is gone
    meanwhile, and kopf is started anew. A namespace that is refused to us is as good as gone: its
    Roles go with it, and whether it was deleted cannot be told from the refusal.
    """

    def __init__(self, api: ClusterApi, namespace: str | None, tell: Tell) -> None:
        where = f"/namespaces/{namespace}" if namespace else ""
        self._path = f"/apis/{GROUP}/v1alpha1{where}/{PLURAL}"
        self._api = api
        self._namespace = namespace
        self._tell = tell
        self._known: dict[ImportKey, str] = {}
        """The version in which each import was last seen."""
        self._fresh = False
        """Whether the newest list is from before kopf has begun to watch."""
        self._listed = asyncio.Event()
        self._refused_since: float | None = None

    def knows(self, key: ImportKey) -> bool:
        """Whether an import was there when it was last heard of."""
        return key in self._known

    def wrote(self, imp: ImportObject) -> None:
        """Note what a write of our own returned: the watch need not tell of it."""
        if imp.key in self._known:
            self._known[imp.key] = imp.resource_version

    def problem(self) -> str | None:
        """Say that the namespace is refused to us; None when it is not."""
        if self._refused_since is None:
            return None
        return (
            f"the imports of namespace {self._namespace} can't be read: it is gone, or the"
            " operator's Role is not in it; take it out of watchNamespaces, or upgrade the release"
        )

    async def current(self) -> AsyncGenerator[ImportObject]:
        """Yield all imports as they are now; the first call says from where on to watch.

        Of a namespace that is refused to us for long there are none.
        """
        known: dict[ImportKey, str] = {}
        try:
            async for imp in self._read_all():
                known[imp.key] = imp.resource_version
                yield imp
        except ApiError as error:
            if not self._is_refusal(error):
                raise
            if self._listed.is_set() and not self._refused_for_long():
                raise
        else:
            self._fresh = self._fresh or not self._listed.is_set()
        if not self._listed.is_set():
            self._known = known
            self._listed.set()

    async def run(self) -> None:
        """Tell of every change since the first list, for ever."""
        await self._listed.wait()
        failures = 0
        while True:
            begun = time.monotonic()
            try:
                if not self._fresh:
                    await self._list_anew()
                await self._stream()
            except Exception as error:  # noqa: BLE001 - kopf ends of errors of its own kinds
                self._note(error)
            lived = time.monotonic() - begun > _LIVED_SECONDS
            failures = 0 if lived else failures + 1
            await asyncio.sleep(min(0.1 * 2.0 ** min(failures, 10), _LONGEST_PAUSE_SECONDS))

    async def _read_all(self) -> AsyncGenerator[ImportObject]:
        """Yield all imports, page by page, so that no second copy of all is ever held."""
        token = ""
        while True:
            page = await self._api.get(self._path, {"limit": _PAGE, "continue": token})
            if page is None:
                raise ApiError(404, f"no {PLURAL}.{GROUP} here: is the CRD installed?")
            for item in page.get("items", []):
                if (imp := _read(item)) is not None:
                    yield imp
            about: Manifest = page.get("metadata", {})
            token = about.get("continue") or ""
            if not token:
                self._refused_since = None
                return

    async def _list_anew(self) -> None:
        found: set[ImportKey] = set()
        async for imp in self._read_all():
            found.add(imp.key)
            self._saw(imp.key, imp)
        for key in self._known.keys() - found:
            self._saw(key, None)

    async def _stream(self) -> None:
        """Have kopf tell of changes until it ends; what it missed then is in the next list."""
        self._fresh = False
        await watch_by_kopf(self._namespace, self._take)

    def _take(self, key: ImportKey, version: str, read: Reading, *, gone: bool) -> None:
        """Take in what kopf saw. Its first list, and what we wrote ourselves, is known mostly: to
        read it costs more than all else that is done about it.
        """
        if gone:
            self._saw(key, None)
        elif self._known.get(key) != version and (imp := _read(read())) is not None:
            self._saw(key, imp)

    def _saw(self, key: ImportKey, imp: ImportObject | None) -> None:
        if imp is None:
            self._known.pop(key, None)
        else:
            self._known[key] = imp.resource_version
        self._tell(key, imp)

    def _note(self, error: Exception) -> None:
        """Take in why the watch could not go on."""
        log.warning("watching %s failed: %s", self._path, describe_error(error))
        refused = isinstance(error, ApiError) and self._is_refusal(error)
        if refused and self._refused_for_long():
            for key in list(self._known):
                self._saw(key, None)

    def _is_refusal(self, error: ApiError) -> bool:
        """Whether we may not read this namespace; of refused rights to all there is no healing."""
        if self._namespace is None or error.status != 403:
            return False
        self._refused_since = self._refused_since or time.monotonic()
        return True

    def _refused_for_long(self) -> bool:
        since = self._refused_since
        return since is not None and time.monotonic() - since >= _REFUSED_SECONDS


def _read(manifest: Manifest) -> ImportObject | None:
    """Read an import; one whose status is none of ours must not hide the others."""
    try:
        return ImportObject.from_manifest(manifest)
    except ValidationError as error:
        name = manifest.get("metadata", {}).get("name")
        log.error("import %s can't be read, and is left alone: %s", name, error)
        return None
