"""The imports of a folder of YAML files, with their status and requests in a state folder."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

import watchfiles

from jobimport.ids import ImportKey
from jobimport.local.documents import Folder
from jobimport.local.identity import Identities, Known
from jobimport.local.statefiles import locked, read_json, write_json
from jobimport.resource.names import API_VERSION, KIND
from jobimport.resource.object import ImportObject
from jobimport.resource.status import JobImportStatus

_KEPT_EVENTS: Final = 100
_CHANGING: Final = ("status", "requests")
_LOOK_AGAIN_MS: Final = 1000


class StaleWriteError(Exception):
    """The import is gone or has changed since it was read: read it again, and decide anew."""


class LocalImports:
    """What the Kubernetes API is to a cluster: imports, their status, requests and events.

    `owner` is for the operator alone: it keeps UIDs and generations, and forgets what is gone.
    """

    def __init__(self, folder: Path, state: Path, *, owner: bool = False) -> None:
        self._folder = Folder(folder)
        self._state = state
        self._owner = owner
        self._identities = Identities(state, owner=owner)
        self._read: dict[ImportKey, ImportObject] = {}

    async def list(self) -> list[ImportObject]:
        """Return all imports as they are now, broken ones with their problem."""
        return await asyncio.to_thread(self._list)

    async def get(self, key: ImportKey) -> ImportObject | None:
        """Return one import as it is now; None when it isn't there."""
        return next((imp for imp in await self.list() if imp.key == key), None)

    async def changes(self) -> AsyncIterator[ImportKey]:
        """Yield the key of each import that came, changed in any way, or went; for ever."""
        before = {imp.key: imp.resource_version for imp in await self.list()}
        async for _ in self._wakes(_CHANGING, self._folder.path):
            after = {imp.key: imp.resource_version for imp in await self.list()}
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key):
                    yield key
            before = after

    async def noted(self) -> AsyncIterator[ImportKey]:
        """Yield the key of each import of which an event was kept; for ever."""
        before = await asyncio.to_thread(self._noted_at)
        async for _ in self._wakes(("events",)):
            after = await asyncio.to_thread(self._noted_at)
            for key in sorted(after):
                if before.get(key) != after[key]:
                    yield key
            before = after

    async def annotate(self, key: ImportKey, annotations: Mapping[str, str]) -> None:
        """Set annotations beside the file's own, over which they win; KeyError: no such import."""
        if await self.get(key) is None:
            raise KeyError(str(key))
        await asyncio.to_thread(self._annotate, key, annotations)

    async def write_status(self, imp: ImportObject, status: JobImportStatus) -> ImportObject:
        """Replace the status; StaleWriteError when the import isn't as `imp` has it."""
        return await asyncio.to_thread(self._write_status, imp, status)

    async def add_event(self, key: ImportKey, event: Mapping[str, Any]) -> None:
        """Keep an event; the oldest ones beyond a bound are dropped."""
        await asyncio.to_thread(self._add_event, key, event)

    async def events(self, key: ImportKey) -> "list[dict[str, Any]]":
        """Return what happened to the import, newest last."""
        stored = await asyncio.to_thread(read_json, self._path("events", key))
        return (stored or {}).get("items", [])

    def _list(self) -> "list[ImportObject]":
        with locked(self._state):
            return self._read_all()

    def _read_all(self) -> "list[ImportObject]":
        known = self._identities.resolve(self._folder.scan())
        if self._owner:
            for key in self._identities.departed(known):
                self._forget(key)
        found = [self._object(entry) for entry in known]
        self._read = {imp.key: imp for imp in found}
        return found

    def _object(self, entry: Known) -> ImportObject:
        key, identity = entry.key, entry.identity
        metadata: dict[str, Any] = identity.manifest.get("metadata", {})
        requests = read_json(self._path("requests", key)) or {}
        manifest: dict[str, Any] = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "namespace": key.namespace,
                "name": key.name,
                "uid": identity.uid,
                "generation": identity.generation,
                "creationTimestamp": identity.created_at,
                "labels": metadata.get("labels") or {},
                "annotations": {**(metadata.get("annotations") or {}), **requests},
            },
            "spec": identity.manifest.get("spec"),
            "status": read_json(self._path("status", key)) or {},
        }
        text = json.dumps([manifest, entry.problem], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        manifest["metadata"]["resourceVersion"] = version = f"local-{digest[:20]}"
        before = self._read.get(key)
        if before is not None and before.resource_version == version:
            return before  # checking a spec takes far longer than reading its files
        imp = ImportObject.from_manifest(manifest)
        if entry.problem is None:
            return imp
        return imp.model_copy(update={"spec": None, "spec_problem": entry.problem})

    def _write_status(self, imp: ImportObject, status: JobImportStatus) -> ImportObject:
        with locked(self._state):
            now = next((found for found in self._read_all() if found.key == imp.key), None)
            if now is None or now.resource_version != imp.resource_version:
                raise StaleWriteError(f"{imp.key} has changed since it was read")
            value = status.model_dump(mode="json", by_alias=True, exclude_none=True)
            write_json(self._path("status", imp.key), value)
            return next((found for found in self._read_all() if found.key == imp.key), now)

    def _annotate(self, key: ImportKey, annotations: Mapping[str, str]) -> None:
        with locked(self._state):
            path = self._path("requests", key)
            write_json(path, {**(read_json(path) or {}), **annotations})

    def _add_event(self, key: ImportKey, event: Mapping[str, Any]) -> None:
        with locked(self._state):
            path = self._path("events", key)
            items = [*(read_json(path) or {}).get("items", []), dict(event)]
            write_json(path, {"items": items[-_KEPT_EVENTS:]})

    def _noted_at(self) -> dict[ImportKey, int]:
        """When the events of each import were last written, in nanoseconds."""
        found: dict[ImportKey, int] = {}
        for path in (self._state / "events").glob("*/*.json"):
            with suppress(FileNotFoundError):
                found[ImportKey(path.parent.name, path.stem)] = path.stat().st_mtime_ns
        return found

    def _forget(self, key: ImportKey) -> None:
        for kind in ("status", "requests", "events"):
            self._path(kind, key).unlink(missing_ok=True)
        self._identities.forget(key)

    def _path(self, kind: str, key: ImportKey) -> Path:
        return self._state / kind / key.namespace / f"{key.name}.json"

    async def _wakes(self, kinds: Sequence[str], *folders: Path) -> AsyncIterator[None]:
        """Wake at a change in these parts of the state folder, or right in other folders, and once
        a second in any case.
        """
        watched = [self._state / kind for kind in kinds]
        for path in watched:
            path.mkdir(parents=True, exist_ok=True)
        woken = asyncio.Event()
        watchers = [
            *(asyncio.create_task(_watch(woken, path, recursive=False)) for path in folders),
            *(asyncio.create_task(_watch(woken, path, recursive=True)) for path in watched),
        ]
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_MS / 1000):
                        await woken.wait()
                woken.clear()
                yield
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)


class _Watching(Protocol):
    """The part of watchfiles that is used here; its own annotations name optional packages."""

    def awatch(
        self, *paths: Path, recursive: bool, debounce: int, step: int, rust_timeout: int
    ) -> AsyncIterator[object]: ...


async def _watch(
    woken: asyncio.Event, path: Path, *, recursive: bool, by: _Watching = watchfiles
) -> None:
    async for _ in by.awatch(path, recursive=recursive, debounce=200, step=20, rust_timeout=5000):
        woken.set()
