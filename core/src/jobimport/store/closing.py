"""Which postings a run closes, and why: decided by pure functions (P6)."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jobimport.ids import PartitionKey
from jobimport.resource.spec import Completeness
from jobimport.store.walks import id_hash


class ClosedReason(StrEnum):
    """Why a posting is closed."""

    MISSING = "Missing"
    """Complete walks of all its partitions did not show it."""
    EXPIRED = "Expired"
    """Its validThrough is over."""
    SOURCE_REMOVED = "SourceRemoved"
    """The import has none of its partitions any more."""
    MANUAL = "Manual"
    """Somebody else closed it; JobImport writes this never, and leaves it closed."""


@dataclass(frozen=True, slots=True)
class OpenPosting:
    """What closing needs to know of an open posting."""

    id: str
    external_id: str
    partitions: tuple[PartitionKey, ...]
    misses: int
    found_token: str
    counted: bool
    """Whether this run has counted its miss already (a finalize that was cut off)."""
    valid_through: datetime | None = None


@dataclass(frozen=True, slots=True)
class WalkFacts:
    """What a run found out about its partitions."""

    now: datetime
    seen: Mapping[PartitionKey, Set[int]]
    """Hashes of the ids that each partition showed."""
    live: Set[PartitionKey]
    """The partitions that the import has."""
    complete: Set[PartitionKey]
    """Those whose walk proves what is not there."""
    confirmed_empty: Set[PartitionKey] = frozenset()
    removal_is_certain: bool = False
    """Whether a posting of a removed partition would have been shown, had it moved elsewhere."""


@dataclass(slots=True)
class ClosingPlan:
    """What a run does to the postings that it did not see, or whose time is over."""

    close: list[tuple[OpenPosting, ClosedReason]] = field(
        default_factory=list[tuple[OpenPosting, ClosedReason]]
    )
    miss: list[OpenPosting] = field(default_factory=list[OpenPosting])
    move: list[tuple[OpenPosting, tuple[PartitionKey, ...]]] = field(
        default_factory=list[tuple[OpenPosting, tuple[PartitionKey, ...]]]
    )
    held: list[tuple[OpenPosting, ClosedReason]] = field(
        default_factory=list[tuple[OpenPosting, ClosedReason]]
    )
    """Postings that the guard kept from being closed."""

    def closed_in(self, partition: PartitionKey) -> int:
        """How many postings of a partition are closed."""
        return sum(partition in posting.partitions for posting, _ in self.close)

    def held_in(self, partition: PartitionKey) -> int:
        """How many postings of a partition the guard kept open."""
        return sum(partition in posting.partitions for posting, _ in self.held)


def plan_closing(
    postings: Sequence[OpenPosting], facts: WalkFacts, rules: Completeness, *, approved: bool
) -> ClosingPlan:
    """Decide.

    A posting that another partition showed in this run leaves the partitions that miss it. One that
    none showed counts as missed only where every one of its partitions is complete, or is removed.
    One whose time is over is closed where it was shown so, or where its partitions are complete.
    """
    plan = ClosingPlan()
    due: list[tuple[OpenPosting, ClosedReason]] = []
    for posting in postings:
        shown, gone, proven = _where(posting, facts, authoritative=rules.authoritative)
        everywhere = len(gone) == len(posting.partitions)
        if _is_over(posting, facts) and (shown or proven):
            due.append((posting, ClosedReason.EXPIRED))
        elif shown and gone:
            plan.move.append((posting, gone))
        elif everywhere and not shown:
            misses = posting.misses if posting.counted else posting.misses + 1
            if misses >= rules.misses_before_close:
                due.append((posting, _absence(posting, facts)))
            else:
                plan.miss.append(posting)
    _guard(plan, postings, due, facts, rules, approved=approved)
    return plan


def _where(
    posting: OpenPosting, facts: WalkFacts, *, authoritative: bool
) -> tuple[bool, tuple[PartitionKey, ...], bool]:
    """Whether it was shown; the partitions that it is gone from; whether all were looked through.

    A source that is not authoritative proves no absence, but its removal from the spec does.
    """
    key = id_hash(posting.external_id)
    shown = False
    gone: list[PartitionKey] = []
    proven = True
    for partition in posting.partitions:
        if key in facts.seen.get(partition, ()):
            shown = True
        elif partition in facts.live:
            complete = partition in facts.complete
            proven = proven and complete
            if complete and authoritative:
                gone.append(partition)
        elif facts.removal_is_certain:
            gone.append(partition)
        else:
            proven = False
    return shown, tuple(gone), proven


def _is_over(posting: OpenPosting, facts: WalkFacts) -> bool:
    return posting.valid_through is not None and posting.valid_through < facts.now


def _absence(posting: OpenPosting, facts: WalkFacts) -> ClosedReason:
    is_live = any(partition in facts.live for partition in posting.partitions)
    return ClosedReason.MISSING if is_live else ClosedReason.SOURCE_REMOVED


def _guard(
    plan: ClosingPlan,
    postings: Sequence[OpenPosting],
    due: Sequence[tuple[OpenPosting, ClosedReason]],
    facts: WalkFacts,
    rules: Completeness,
    *,
    approved: bool,
) -> None:
    """Let through what the guard allows of each partition; what is removed is one group, measured
    by all that is open.
    """
    there = _count(postings, facts)
    there[_REMOVED] = len(postings)
    closing = _count((posting for posting, _ in due), facts)
    guard = rules.close_guard
    stopped = {
        group
        for group, count in closing.items()
        if not approved
        and group not in facts.confirmed_empty
        and count > max(guard.free_count, guard.max_percent * there[group] / 100)
    }
    for posting, reason in due:
        if stopped.isdisjoint(_groups(posting, facts)):
            plan.close.append((posting, reason))
            continue
        plan.held.append((posting, reason))
        if reason is not ClosedReason.EXPIRED:
            plan.miss.append(posting)


_REMOVED = PartitionKey("\x00removed")


def _groups(posting: OpenPosting, facts: WalkFacts) -> list[PartitionKey]:
    return [each for each in posting.partitions if each in facts.live] or [_REMOVED]


def _count(postings: Iterable[OpenPosting], facts: WalkFacts) -> dict[PartitionKey, int]:
    counts: dict[PartitionKey, int] = {}
    for posting in postings:
        for group in _groups(posting, facts):
            counts[group] = counts.get(group, 0) + 1
    return counts
