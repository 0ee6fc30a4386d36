"""The imports of a cluster as they are now: listed once, then followed by a watch."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from pydantic import ValidationError

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.ids import ImportKey
from jobimport.resource.names import GROUP, PLURAL, VERSION
from jobimport.resource.object import ImportObject

_PAGE: Final = "500"
_LONGEST_PAUSE_SECONDS: Final = 2.0
_FIRST_SECONDS: Final = 10.0
"""How long the first list is waited for."""

log = logging.getLogger(__name__)


class Followed:
    """Imports of one namespace (None: of all), kept up to date in the background.

    Whatever ends the watch, it is opened again after a new list, so nothing is missed. `problem`
    says why the imports are not known right now.
    """

    def __init__(self, api: ClusterApi, namespace: str | None) -> None:
        scope = f"/namespaces/{namespace}" if namespace else ""
        self._path = f"/apis/{GROUP}/{VERSION}{scope}/{PLURAL}"
        self._api = api
        self._imports: dict[ImportKey, ImportObject] = {}
        self._known = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.problem: Exception | None = None

    async def all(self) -> Mapping[ImportKey, ImportObject]:
        """All imports by key; ApiError or OSError while they cannot be known."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name=f"watch of {self._path}")
        if not self._known.is_set() and self.problem is None:
            try:
                async with asyncio.timeout(_FIRST_SECONDS):
                    await self._known.wait()
            except TimeoutError:
                raise ConnectionError("the API server has not listed the imports yet") from None
        if self.problem is not None:
            raise self.problem
        return self._imports

    def put(self, manifest: Manifest) -> None:
        """Take in what a write has answered, so that whoever made it sees it at once."""
        imp = _read(manifest)
        known = self._imports.get(imp.key) if imp else None
        if imp is not None and (known is None or not _is_newer(known, imp)):
            self._imports[imp.key] = imp

    async def close(self) -> None:
        """End the watch."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        failures = 0
        while True:
            begun = time.monotonic()
            try:
                version = await self._list()
                await self._watch(version)
            except (ApiError, OSError) as error:
                self._failed(error)
            except Exception as error:
                log.exception("watching %s met an error of ours", self._path)
                self._failed(ConnectionError(type(error).__name__))
            failures = 0 if time.monotonic() - begun > _LONGEST_PAUSE_SECONDS else failures + 1
            await asyncio.sleep(min(0.05 * 2.0 ** min(failures, 10), _LONGEST_PAUSE_SECONDS))

    def _failed(self, error: Exception) -> None:
        if isinstance(error, ApiError) and error.status == 410:
            return  # the server has forgotten the version: the next list is all that it takes
        if self.problem is None:
            log.warning("watching %s failed: %s", self._path, error)
        self.problem = error
        self._known.set()

    async def _list(self) -> str:
        """Take in all imports, page by page; the version that a watch goes on from."""
        found: dict[ImportKey, ImportObject] = {}
        token = ""
        while True:
            answer = await self._api.get(self._path, {"limit": _PAGE, "continue": token})
            if answer is None:
                raise ApiError(404, f"no {PLURAL}.{GROUP} here: is the CRD installed?")
            for each in answer.get("items", []):
                if (imp := _read(each)) is not None:
                    found[imp.key] = imp
            about: dict[str, Any] = answer.get("metadata") or {}
            token = about.get("continue") or ""
            if not token:
                break
        self._imports, self.problem = found, None
        self._known.set()
        return str(about.get("resourceVersion", ""))

    async def _watch(self, version: str) -> None:
        """Take in changes until the watch ends."""
        async with aclosing(self._api.watch(self._path, {"resourceVersion": version})) as events:
            async for event in events:
                kind: str = event.get("type", "")
                manifest: Manifest = event.get("object") or {}
                if kind == "ERROR":
                    raise ApiError(int(manifest.get("code") or 410), str(manifest.get("message")))
                if kind == "BOOKMARK" or (imp := _read(manifest)) is None:
                    continue
                if kind == "DELETED":
                    self._imports.pop(imp.key, None)
                else:
                    self._imports[imp.key] = imp


async def all_of(parts: Sequence[Followed]) -> dict[ImportKey, ImportObject]:
    """The imports of several namespaces by key; ApiError or OSError as `Followed.all`."""
    found: dict[ImportKey, ImportObject] = {}
    for part in parts:
        try:
            found |= await part.all()
        except ApiError as error:
            # A namespace that is gone took our Role along: it must not hide the others
            if error.status != 403 or len(parts) == 1:
                raise
    return found


def _is_newer(left: ImportObject, right: ImportObject) -> bool:
    """Whether `left` is of a later version than `right`, as far as versions can be compared."""
    versions = left.resource_version, right.resource_version
    if left.uid != right.uid or not all(each.isdecimal() for each in versions):
        return False
    return int(versions[0]) > int(versions[1])


def _read(manifest: Manifest) -> ImportObject | None:
    """An import; None for one that cannot be read, which must not hide the others."""
    try:
        return ImportObject.from_manifest(manifest)
    except ValidationError as error:
        name = manifest.get("metadata", {}).get("name")
        log.error("import %s can't be read, and is left out: %s", name, error)
        return None
