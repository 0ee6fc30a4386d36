"""The imports port over a folder of YAML files."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from jobimport.ids import ImportKey
from jobimport.local import LocalImports, StaleWriteError
from jobimport.resource.object import ImportObject
from jobimport.resource.status import JobImportStatus
from jobimport_operator.ports import Event, StatusConflictError


class FolderImports:
    """Imports from `folder`; what a cluster would keep of them is in `state`."""

    def __init__(self, folder: Path, state: Path) -> None:
        self._folder = LocalImports(folder, state, owner=True)

    async def list(self) -> AsyncGenerator[ImportObject]:
        """Yield all imports of the folder."""
        for imp in await self._folder.list():
            yield imp

    async def get(self, key: ImportKey) -> ImportObject | None:
        """Return one import; None when no file has it."""
        return await self._folder.get(key)

    async def changes(self) -> AsyncIterator[tuple[ImportKey, ImportObject | None]]:
        """Yield each import whose file, status or requests change."""
        async for key in self._folder.changes():
            yield key, await self._folder.get(key)

    async def write_status(self, imp: ImportObject, status: JobImportStatus) -> ImportObject:
        """Replace the status file in one step."""
        try:
            return await self._folder.write_status(imp, status)
        except StaleWriteError as stale:
            raise StatusConflictError(str(stale)) from None

    async def record_event(self, imp: ImportObject, event: Event) -> None:
        """Add to the import's events."""
        await self._folder.add_event(
            imp.key,
            {
                "type": str(event.type),
                "reason": event.reason,
                "action": event.action,
                "note": event.note,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            },
        )
