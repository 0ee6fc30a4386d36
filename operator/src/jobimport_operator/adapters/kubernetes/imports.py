"""The imports port over the Kubernetes API."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Final

from pydantic import ValidationError

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.ids import ImportKey
from jobimport.resource.names import API_VERSION, GROUP, KIND, OPERATOR_MANAGER, PLURAL, VERSION
from jobimport.resource.object import ImportObject
from jobimport.resource.status import JobImportStatus
from jobimport_operator.adapters.kubernetes.events import EventRecorder, regarding
from jobimport_operator.adapters.kubernetes.served import ServedSchema, without
from jobimport_operator.adapters.kubernetes.watching import ImportWatch
from jobimport_operator.ports import Event, StatusConflictError, UnreadableImportError

_BASE: Final = f"/apis/{GROUP}/{VERSION}"

log = logging.getLogger(__name__)

Change = tuple[ImportKey, ImportObject | None]


class ClusterImports:
    """JobImports of some namespaces (none named: of all)."""

    def __init__(self, api: ClusterApi, namespaces: Sequence[str], schema: ServedSchema) -> None:
        self._api = api
        self._schema = schema
        self._told: asyncio.Queue[Change] = asyncio.Queue()
        self._events = EventRecorder(api)
        self._watches = {
            each: ImportWatch(api, each, self._tell) for each in (*namespaces,) or (None,)
        }

    async def watch(self) -> None:
        """Watch all namespaces, for ever."""
        async with asyncio.TaskGroup() as watching:
            for each in self._watches.values():
                watching.create_task(each.run())

    def problem(self) -> str | None:
        """Say which namespaces are refused to us; None when none is."""
        found = (each.problem() for each in self._watches.values())
        return "; ".join(problem for problem in found if problem) or None

    async def list(self) -> AsyncGenerator[ImportObject]:
        """Yield all imports, as they are now."""
        for each in self._watches.values():
            async for imp in each.current():
                yield imp

    async def get(self, key: ImportKey) -> ImportObject | None:
        """Return one import as the API server has it now.

        Where a namespace is refused to us, what the watch has seen last decides whether it is gone.
        """
        try:
            manifest = await self._api.get(_path(key))
        except ApiError as error:
            watch = self._watches.get(key.namespace)
            if error.status != 403 or watch is None or watch.knows(key):
                raise
            return None
        if manifest is None:
            return None
        try:
            return ImportObject.from_manifest(manifest)
        except ValidationError as error:
            raise UnreadableImportError(f"{key} can't be read: {error}") from None

    async def changes(self) -> AsyncIterator[Change]:
        """Yield what the watch has seen."""
        while True:
            yield await self._told.get()

    async def write_status(self, imp: ImportObject, status: JobImportStatus) -> ImportObject:
        """Apply the operator's fields of the status, if the import is still as `imp` has it."""
        manifest: Manifest = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "name": imp.name,
                "namespace": imp.namespace,
                "uid": imp.uid,
                "resourceVersion": imp.resource_version,
            },
            "status": status.model_copy(update={"progress": None}).to_manifest(),
        }
        try:
            answer = await self._api.apply(
                _path(imp.key),
                without(manifest, self._schema.missing),
                OPERATOR_MANAGER,
                subresource="status",
            )
        except ApiError as error:
            if error.status in {404, 409}:
                raise StatusConflictError(f"{imp.key}: {error}") from None
            raise
        written = ImportObject.from_manifest(answer)
        watch = self._watches.get(imp.namespace) or self._watches.get(None)
        if watch is not None:
            watch.wrote(written)
        return written

    async def record_event(self, imp: ImportObject, event: Event) -> None:
        """Record an event; one that can't be recorded is logged, and holds nothing up."""
        await self._events.record(regarding(imp), event)

    def _tell(self, key: ImportKey, imp: ImportObject | None) -> None:
        self._told.put_nowait((key, imp))


def _path(key: ImportKey) -> str:
    return f"{_BASE}/namespaces/{key.namespace}/{PLURAL}/{key.name}"
