"""The imports port over the Kubernetes API."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Final

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.ids import ImportKey
from jobimport.resource.names import API_VERSION, GROUP, KIND, OPERATOR_MANAGER, PLURAL, VERSION
from jobimport.resource.object import ImportObject
from jobimport.resource.status import JobImportStatus
from jobimport_operator.adapters.kubernetes.events import EventRecorder
from jobimport_operator.adapters.kubernetes.served import ServedSchema, without
from jobimport_operator.ports import ImportEvent, StatusConflictError

_PAGE: Final = "500"
_BASE: Final = f"/apis/{GROUP}/{VERSION}"

log = logging.getLogger(__name__)

Change = tuple[ImportKey, ImportObject | None]


class ClusterImports:
    """JobImports of some namespaces (none named: of all). `tell` is fed by kopf's events."""

    def __init__(self, api: ClusterApi, namespaces: Sequence[str], schema: ServedSchema) -> None:
        self._api = api
        self._schema = schema
        self._namespaces = tuple(namespaces)
        self._told: asyncio.Queue[Change] = asyncio.Queue()
        self._events = EventRecorder(api)

    def tell(self, manifest: Manifest, *, gone: bool) -> None:
        """Pass on what a watch has seen."""
        imp = ImportObject.from_manifest(manifest)
        self._told.put_nowait((imp.key, None if gone else imp))

    async def list(self) -> list[ImportObject]:
        """Return all imports, page by page."""
        paths = [f"{_BASE}/namespaces/{each}/{PLURAL}" for each in self._namespaces]
        found: list[ImportObject] = []
        for path in paths or [f"{_BASE}/{PLURAL}"]:
            token = ""
            while True:
                page = await self._api.get(path, {"limit": _PAGE, "continue": token})
                if page is None:
                    raise ApiError(404, f"no {PLURAL}.{GROUP} here: is the CRD installed?")
                found += [ImportObject.from_manifest(item) for item in page.get("items", [])]
                token = page.get("metadata", {}).get("continue") or ""
                if not token:
                    break
        return found

    async def get(self, key: ImportKey) -> ImportObject | None:
        """Return one import as the API server has it now."""
        manifest = await self._api.get(_path(key))
        return None if manifest is None else ImportObject.from_manifest(manifest)

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
        return ImportObject.from_manifest(answer)

    async def record_event(self, imp: ImportObject, event: ImportEvent) -> None:
        """Record an event; one that can't be recorded is logged, and holds nothing up."""
        await self._events.record(imp, event)


def _path(key: ImportKey) -> str:
    return f"{_BASE}/namespaces/{key.namespace}/{PLURAL}/{key.name}"
