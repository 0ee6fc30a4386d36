"""Imports of a folder of YAML files, as `jobimport dev` has them."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jobimport.ids import ImportKey
from jobimport.local import LocalImports
from jobimport.resource.object import ImportObject
from jobimport_api.access.viewers import Viewer
from jobimport_api.problems import not_found
from jobimport_api.sources import Applied, Fresh, ImportEvent
from jobimport_api.sources.files import ImportFiles


class LocalSource:
    """Reads the folder, keeps requests in the operator's state folder, writes specs to files."""

    mode = "local"

    def __init__(self, folder: Path, state: Path) -> None:
        self._imports = LocalImports(folder, state)
        self._files = ImportFiles(folder)
        self._fresh = Fresh(self._imports.list)

    async def list(self) -> list[ImportObject]:
        """All imports, at most a quarter of a second old."""
        return list((await self._fresh.all()).values())

    async def get(self, key: ImportKey) -> ImportObject | None:
        """One import, at most a quarter of a second old."""
        return (await self._fresh.all()).get(key)

    async def events(self, imp: ImportObject) -> "list[ImportEvent]":
        """What the operator has noted of an import, the newest first."""
        found = [
            ImportEvent(
                at=datetime.fromisoformat(each["at"]),
                type=each.get("type", "Normal"),
                reason=each.get("reason", ""),
                message=each.get("note", ""),
                count=each.get("count", 1),
                action=each.get("action", ""),
            )
            for each in await self._imports.events(imp.key)
        ]
        return sorted(found, key=lambda each: each.at, reverse=True)

    def noted(self) -> AsyncIterator[ImportKey | None]:
        """The key of each import of which the operator has noted something."""
        return self._imports.noted()

    async def annotate(self, key: ImportKey, notes: Mapping[str, str], viewer: Viewer) -> None:
        """Note a request in the state folder."""
        try:
            await self._imports.annotate(key, notes)
        except KeyError as error:
            raise not_found(f"Import {key}") from error
        self._fresh.spoil()

    async def suspend(self, key: ImportKey, *, suspended: bool, viewer: Viewer) -> None:
        """Write spec.suspend into the import's file; all else in it stays as it is."""
        self._files.set_suspend(key, suspended=suspended)
        self._fresh.spoil()

    async def apply(
        self, manifest: dict[str, Any], text: str, viewer: Viewer, *, dry_run: bool
    ) -> Applied:
        """Write the import's file."""
        metadata: dict[str, Any] = manifest["metadata"]
        key = ImportKey(metadata["namespace"], metadata["name"])
        before = self._files.manifest_of(key)
        if not dry_run:
            self._files.write(key, text)
            self._fresh.spoil()
        return Applied(before, manifest)

    async def close(self) -> None:
        """Nothing to let go of."""
