"""Which postings a run closes, and why: decided without reading or writing anything (P6).

The open postings of a source may be millions, so that they are looked at in portions, twice: first
`Census` counts what the guard goes by, then `plan_closing` decides on one portion after another.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from jobimport.ids import PartitionKey
from jobimport.resource.spec import Completeness
from jobimport.store.seen import id_hash


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


class OpenPosting(NamedTuple):
    """What closing needs to know of an open posting; a tuple, because there may be millions."""

    id: str
    external_id: str
    partitions: tuple[PartitionKey, ...]
    misses: int
    found_token: str
    counted: bool
    """Whether this walk has counted its miss already (a finalize that was cut off, or a run that
    this one continues)."""
    valid_through: datetime | None = None


@dataclass(frozen=True, slots=True)
class WalkFacts:
    """What a run found out about its partitions."""

    now: datetime
    seen: Mapping[PartitionKey, Container[int]]
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


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a walk says of an open posting: it is due, or gone from some partitions, or missed."""

    due: ClosedReason | None = None
    left: tuple[PartitionKey, ...] = ()


_MISSED = _Finding()


class Census:
    """How many open postings each partition has, and how many of them are due to be closed."""

    def __init__(self, facts: WalkFacts, rules: Completeness) -> None:
        self.moving = 0
        """Postings that leave a partition."""
        self.absent = 0
        """Postings that are due or missed."""
        self._facts = facts
        self._rules = rules
        self._open: Counter[PartitionKey] = Counter()
        self._due: Counter[PartitionKey] = Counter()

    def count(self, postings: Sequence[OpenPosting]) -> None:
        """Count a portion of the open postings; each of them is to be counted once."""
        for partitions, count in Counter(each.partitions for each in postings).items():
            # What is removed is one group, measured by all that is open
            for group in {*_groups(partitions, self._facts), _REMOVED}:
                self._open[group] += count
        for posting in postings:
            finding = _look_at(posting, self._facts, self._rules)
            if finding is None:
                continue
            if finding.left:
                self.moving += 1
                continue
            self.absent += 1
            if finding.due is not None:
                self._due.update(_groups(posting.partitions, self._facts))

    def stopped(self, *, approved: bool) -> Set[PartitionKey]:
        """The groups of which more postings are due than the guard lets through."""
        if approved:
            return frozenset()
        guard = self._rules.close_guard
        return {
            group
            for group, count in self._due.items()
            if group not in self._facts.confirmed_empty
            and count > max(guard.free_count, guard.max_percent * self._open[group] / 100)
        }


def plan_closing(
    postings: Iterable[OpenPosting],
    facts: WalkFacts,
    rules: Completeness,
    stopped: Set[PartitionKey],
) -> ClosingPlan:
    """Decide on a portion of the open postings; `stopped` is what the census of all of them says.

    A posting that another partition showed in this run leaves the partitions that miss it. One that
    none showed counts as missed only where every one of its partitions is complete, or is removed.
    One whose time is over is closed where it was shown so, or where its partitions are complete.
    """
    plan = ClosingPlan()
    for posting in postings:
        finding = _look_at(posting, facts, rules)
        if finding is None:
            continue
        if finding.left:
            plan.move.append((posting, finding.left))
        elif finding.due is None:
            plan.miss.append(posting)
        elif stopped.isdisjoint(_groups(posting.partitions, facts)):
            plan.close.append((posting, finding.due))
        else:
            plan.held.append((posting, finding.due))
            if finding.due is not ClosedReason.EXPIRED:
                plan.miss.append(posting)
    return plan


class Settled:
    """How many postings a run has closed, and how many the guard kept open: all that is said of
    its plans.
    """

    def __init__(self) -> None:
        self.held: Counter[ClosedReason] = Counter()
        """Postings that the guard kept open, by the reason why they were due."""
        self._closed_in: Counter[PartitionKey] = Counter()
        self._held_in: Counter[PartitionKey] = Counter()

    def begin_anew(self) -> None:
        """Count from the first posting again, of which those that were closed are none any more."""
        self.held.clear()
        self._held_in.clear()

    def add(self, plan: ClosingPlan) -> None:
        """Count what one plan has done."""
        for posting, _ in plan.close:
            self._closed_in.update(posting.partitions)
        for posting, reason in plan.held:
            self._held_in.update(posting.partitions)
            self.held[reason] += 1

    def closed_in(self, partition: PartitionKey) -> int:
        """How many postings of a partition are closed."""
        return self._closed_in[partition]

    def held_in(self, partition: PartitionKey) -> int:
        """How many postings of a partition the guard kept open."""
        return self._held_in[partition]


def _look_at(posting: OpenPosting, facts: WalkFacts, rules: Completeness) -> _Finding | None:
    """What is found out about one posting; None: nothing to be done."""
    shown, gone, proven = _where(posting, facts, authoritative=rules.authoritative)
    if _is_over(posting, facts) and (shown or proven):
        return _Finding(due=ClosedReason.EXPIRED)
    if shown:
        return _Finding(left=gone) if gone else None
    if len(gone) < len(posting.partitions):
        return None
    misses = posting.misses if posting.counted else posting.misses + 1
    if misses >= rules.misses_before_close:
        return _Finding(due=_absence(posting, facts))
    return _MISSED


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


_REMOVED = PartitionKey("\x00removed")


def _groups(partitions: Iterable[PartitionKey], facts: WalkFacts) -> list[PartitionKey]:
    return [each for each in partitions if each in facts.live] or [_REMOVED]
