"""Where the gateway reads JobImports, and makes requests of them: a cluster, or a folder."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from jobimport.ids import ImportKey
from jobimport.resource.object import ImportObject
from jobimport_api.access.viewers import Viewer

_FRESH_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class ImportEvent:
    """Something that happened to an import, as Kubernetes Events tell it."""

    at: datetime
    type: str
    reason: str
    message: str
    count: int
    action: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A manifest before and after it was applied; `before` None: it was not there."""

    before: dict[str, Any] | None
    after: dict[str, Any]


class ImportsSource(Protocol):
    """Reads imports, and changes them in the viewer's name.

    Every write is made with the viewer's own rights; ProblemError where it is refused.
    """

    mode: str

    async def list(self) -> list[ImportObject]:
        """All imports, at most a quarter of a second old."""
        ...

    async def get(self, key: ImportKey) -> ImportObject | None:
        """One import, at most a quarter of a second old; None where there is none."""
        ...

    async def events(self, imp: ImportObject) -> "list[ImportEvent]":
        """What happened to an import, the newest first."""
        ...

    def noted(self) -> AsyncIterator[ImportKey | None]:
        """The key of each import to which something happened, for ever; None: it may be any."""
        ...

    async def annotate(self, key: ImportKey, notes: Mapping[str, str], viewer: Viewer) -> None:
        """Set annotations."""
        ...

    async def suspend(self, key: ImportKey, *, suspended: bool, viewer: Viewer) -> None:
        """Set spec.suspend."""
        ...

    async def apply(
        self, manifest: dict[str, Any], text: str, viewer: Viewer, *, dry_run: bool
    ) -> Applied:
        """Apply a JobImport; `text` is the YAML that it was written as."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Fresh:
    """One list for all who ask within a moment."""

    def __init__(self, read: Callable[[], Awaitable[list[ImportObject]]]) -> None:
        self._read = read
        self._lock = asyncio.Lock()
        self._at = float("-inf")
        self._imports: dict[ImportKey, ImportObject] = {}

    async def all(self) -> dict[ImportKey, ImportObject]:
        """All imports by key."""
        async with self._lock:
            if time.monotonic() - self._at > _FRESH_SECONDS:
                self._imports = {each.key: each for each in await self._read()}
                self._at = time.monotonic()
        return self._imports

    def spoil(self) -> None:
        """Read anew at the next call."""
        self._at = float("-inf")
