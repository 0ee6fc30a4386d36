"""Which postings a run closes: decided by pure functions, written under the run's token."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from jobimport.ids import PartitionKey, RunId
from jobimport.resource.spec import Completeness
from jobimport.store.collections import Collection, Document
from jobimport.store.postings import write_all
from jobimport.store.walks import id_hash

_BATCH = 1000


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


@dataclass(slots=True)
class ClosingPlan:
    """What a run does to the postings that it did not see."""

    close: list[OpenPosting] = field(default_factory=list[OpenPosting])
    miss: list[OpenPosting] = field(default_factory=list[OpenPosting])
    move: list[tuple[OpenPosting, tuple[PartitionKey, ...]]] = field(
        default_factory=list[tuple[OpenPosting, tuple[PartitionKey, ...]]]
    )
    held: dict[PartitionKey, int] = field(default_factory=dict[PartitionKey, int])
    """Postings that the guard kept from being closed, by partition."""
    open_by_partition: dict[PartitionKey, int] = field(default_factory=dict[PartitionKey, int])


def plan_closing(
    postings: Sequence[OpenPosting],
    seen: Mapping[PartitionKey, Set[int]],
    complete: Set[PartitionKey],
    confirmed_empty: Set[PartitionKey],
    rules: Completeness,
    *,
    approved: bool,
) -> ClosingPlan:
    """Decide (P6). `complete` holds the partitions whose walk proves what is not there.

    A posting that another partition showed in this run leaves the partitions that miss it. One that
    none showed counts as missed only where every one of its partitions is complete.
    """
    plan = ClosingPlan()
    due: list[OpenPosting] = []
    for posting in postings:
        for partition in posting.partitions:
            count = plan.open_by_partition.get(partition, 0)
            plan.open_by_partition[partition] = count + 1
        key = id_hash(posting.external_id)
        shown = [each for each in posting.partitions if key in seen.get(each, ())]
        gone = tuple(each for each in posting.partitions if each not in shown and each in complete)
        if shown:
            if gone:
                plan.move.append((posting, gone))
        elif len(gone) == len(posting.partitions):
            misses = posting.misses if posting.counted else posting.misses + 1
            (due if misses >= rules.misses_before_close else plan.miss).append(posting)
    _guard(plan, due, confirmed_empty, rules, approved=approved)
    return plan


def _guard(
    plan: ClosingPlan,
    due: list[OpenPosting],
    confirmed_empty: Set[PartitionKey],
    rules: Completeness,
    *,
    approved: bool,
) -> None:
    closes: dict[PartitionKey, int] = {}
    for posting in due:
        for partition in posting.partitions:
            closes[partition] = closes.get(partition, 0) + 1
    guard = rules.close_guard
    for partition, count in closes.items():
        share = guard.max_percent * plan.open_by_partition[partition] / 100
        free = approved or partition in confirmed_empty
        if not free and count > max(guard.free_count, share):
            plan.held[partition] = count
    for posting in due:
        is_held = any(partition in plan.held for partition in posting.partitions)
        (plan.miss if is_held else plan.close).append(posting)


async def load_open(postings: Collection, source: str, run: RunId, token: str) -> list[OpenPosting]:
    """The open postings of a source, without those that a newer run than `token` has written."""
    names = ("externalId", "partitions", "misses", "lastMissRun", "writeToken")
    fields = dict.fromkeys(names, 1)
    return [
        OpenPosting(
            each["_id"],
            each["externalId"],
            tuple(PartitionKey(name) for name in each.get("partitions", [])),
            each.get("misses", 0),
            each["writeToken"],
            each.get("lastMissRun") == run,
        )
        async for each in postings.find({"source": source, "closedAt": None}, fields)
        if each.get("partitions") and each["writeToken"] <= token
    ]


async def carry_out(
    postings: Collection,
    plan: ClosingPlan,
    *,
    run: RunId,
    token: str,
    now: datetime,
    keep_closed: timedelta,
) -> None:
    """Write a plan. Said twice for a run, a miss is counted once.

    A posting that something else has written since it was loaded is left as it is: it was seen.
    """

    def update(posting: OpenPosting, change: Document, *, operator: str = "$set") -> UpdateOne:
        query: dict[str, Any] = {"_id": posting.id, "writeToken": posting.found_token}
        return UpdateOne(query, {operator: change})

    def missed(posting: OpenPosting) -> Document:
        misses = posting.misses if posting.counted else posting.misses + 1
        return {"misses": misses, "lastMissRun": run}

    closed: Document = {
        "closedAt": now,
        "closedReason": "Missing",
        "closedRun": run,
        "lastChangedAt": now,
        "lastChangedRun": run,
        "changedFields": ["closedAt"],
        "expireAt": now + keep_closed,
        "writeToken": token,
    }
    updates = [update(each, missed(each)) for each in plan.miss if not each.counted]
    updates += [update(each, missed(each) | closed) for each in plan.close]
    for posting, gone in plan.move:
        change: Document = {"partitions": {"$in": list(gone)}}
        updates.append(update(posting, change, operator="$pull"))
    for start in range(0, len(updates), _BATCH):
        await write_all(postings, updates[start : start + _BATCH])
