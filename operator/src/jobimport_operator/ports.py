"""What the operator needs of the world: imports with their status, and pools of workers."""

import enum
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jobimport.ids import ImportKey, PoolKey, WorkerId
from jobimport.resource.object import ImportObject
from jobimport.resource.status import JobImportStatus
from jobimport_operator.reasons import Reason


class StatusConflictError(Exception):
    """The import has changed since it was read, or is gone: read it again and decide anew."""


class UnreadableImportError(Exception):
    """An import is there, but its status is none that this release can read."""


class EventType(enum.StrEnum):
    """Kubernetes' two types of events."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an import or a pool, as events.k8s.io has it.

    `reason` says why the `action` was taken, in UpperCamelCase; `note` is a sentence for people.
    """

    type: EventType
    reason: str
    action: str
    note: str


class Imports(Protocol):
    """The imports and what the operator writes to them."""

    def list(self) -> AsyncGenerator[ImportObject]:
        """Yield all imports, read from the source of truth."""
        ...

    async def get(self, key: ImportKey) -> ImportObject | None:
        """Return one import, read from the source of truth; None when it is gone.

        UnreadableImportError where it is there and can't be read.
        """
        ...

    def changes(self) -> AsyncIterator[tuple[ImportKey, ImportObject | None]]:
        """Yield each import that came, changed, or went (None), for ever."""
        ...

    async def write_status(self, imp: ImportObject, status: JobImportStatus) -> ImportObject:
        """Write the operator's part of the status; StatusConflictError when `imp` is out of date.

        Returns the import as it is then. The progress, which is the workers', is left alone.
        """
        ...

    async def record_event(self, imp: ImportObject, event: Event) -> None:
        """Show an event at the import; the same event again is counted, not repeated."""
        ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps an import from being worked on until somebody mends it.

    `message` says what is wrong and what to do.
    """

    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class PoolObservation:
    """A pool as it is: the workers asked for, those that are up, and what keeps others down."""

    deployment: str
    desired: int
    ready: int
    trouble: Trouble | None = None


class Pools(Protocol):
    """The pools of workers. A pool is made with no workers, and is scaled only by `scale`."""

    async def ensure(self, pool: PoolKey) -> None:
        """Make the pool, or bring its pods' description up to date; its size is left alone."""
        ...

    async def observe(self, pool: PoolKey) -> PoolObservation | None:
        """Return the pool's size, None where there is no such pool; OSError and the like when it
        can't be read.
        """
        ...

    async def drain(self, pool: PoolKey, victims: Sequence[WorkerId]) -> None:
        """See to it that a smaller size ends `victims` (marked idle) and no other worker."""
        ...

    async def price(self, pool: PoolKey, costs: Mapping[WorkerId, int]) -> None:
        """Say what the end of workers costs, the cheapest first, to whoever else ends them."""
        ...

    async def scale(self, pool: PoolKey, workers: int) -> None:
        """Set the pool's size."""
        ...

    async def record_event(self, pool: PoolKey, event: Event) -> None:
        """Show an event at the pool; the same event again is counted, not repeated."""
        ...


class Claims(Protocol):
    """Which of several installations acts in a namespace."""

    async def owner(self, namespace: str) -> str | None:
        """Name the other installation that acts in a namespace; None when it is this one."""
        ...

    def known_owner(self, namespace: str) -> str | None:
        """The same, as far as it is known by now."""
        ...

    async def renew(self, namespaces: Iterable[str]) -> set[str]:
        """Keep the claims on these namespaces and no others; returns those won just now."""
        ...

    def problem(self) -> str | None:
        """Say where another installation acts; None when nowhere."""
        ...


class SoleInstallation:
    """Claims where nobody else can be."""

    async def owner(self, namespace: str) -> str | None:
        """Nobody else's."""

    def known_owner(self, namespace: str) -> str | None:
        """Nobody else's."""

    async def renew(self, namespaces: Iterable[str]) -> set[str]:
        """There is nothing to keep."""
        return set()

    def problem(self) -> str | None:
        """There is none."""
