"""What is written of the postings at the end of a run: closing, misses, moves, kept values.

Each write is a compare-and-set on the token that the decision was made on: a posting that something
else has written since is left as it is, and said twice for a run, a miss is counted once.
"""

from collections.abc import AsyncIterator, Callable, Container, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from jobimport.ids import PartitionKey, RunId
from jobimport.mapping.canonical import FIELDS
from jobimport.resource.spec import Completeness
from jobimport.store.closing import (
    Census,
    ClosedReason,
    ClosingPlan,
    OpenPosting,
    Settled,
    WalkFacts,
    plan_closing,
)
from jobimport.store.collections import Collection, Document
from jobimport.store.history import differences, entry_of, pushed
from jobimport.store.patience import outlasting
from jobimport.store.postings import write_all_whole
from jobimport.store.seen import id_hash

_BATCH = 1000

_LOADED_AT_ONCE = 2000
"""Open postings that are held at a time, of maybe millions."""


@dataclass(frozen=True, slots=True)
class Writing:
    """As what a run writes of the postings at its end.

    `lineage` is the run and those that it continues: a posting misses their walk once.
    """

    source: str
    run: RunId
    lineage: Set[RunId]
    token: str
    now: datetime
    keep_closed: timedelta


async def settle(
    postings: Collection,
    facts: WalkFacts,
    rules: Completeness,
    writing: Writing,
    *,
    approved: bool,
) -> Settled:
    """Close what a walk and the guard allow, and note what it missed.

    The open postings are read anew for each step, so that no more than a portion is ever held.
    """
    census, settled = await _counted(postings, facts, rules, writing), Settled()
    stopped = census.stopped(approved=approved)

    def decide(found: Sequence[OpenPosting]) -> ClosingPlan:
        return plan_closing(found, facts, rules, stopped)

    if census.absent:
        await _close(postings, decide, writing, settled)
    if census.moving:
        # Last, because a finalize that is cut off before has to find each partition as large as it
        # was: the guard measures by it
        await _move(postings, decide, writing)
    return settled


@outlasting
async def is_settled(
    postings: Collection, writing: Writing, partition: PartitionKey, shown: int
) -> bool:
    """Whether there is nothing to settle after the walk of the only partition of a source: the open
    postings are the ones that it showed.

    When its pages were written an open posting stood for each of the `shown` ids. So it still is
    where this run has closed none, as many are open, and as many in this partition alone whose time
    is not over. The database counts that in little time; `settle` has to look at each.
    """
    mine = {"source": writing.source}
    is_open = {**mine, "closedAt": None}
    stays = {"partitions": [partition], "validThrough": {"$not": {"$lt": writing.now}}}
    closed = {**mine, "lastChangedRun": writing.run, "closedRun": writing.run}
    return (
        await postings.count_documents(is_open) == shown
        and await postings.count_documents({**is_open, **stays}) == shown
        and not await postings.count_documents(closed)
    )


_Decide = Callable[[Sequence[OpenPosting]], ClosingPlan]


@outlasting
async def _counted(
    postings: Collection, facts: WalkFacts, rules: Completeness, writing: Writing
) -> Census:
    census = Census(facts, rules)
    async for found in _open_postings(postings, writing):
        census.count(found)
    return census


@outlasting
async def _close(postings: Collection, decide: _Decide, writing: Writing, settled: Settled) -> None:
    """Close and note misses. Begun anew, it finds again what is held, not what it has closed."""
    settled.begin_anew()
    async for found in _open_postings(postings, writing):
        plan = decide(found)
        await _write(postings, [*_misses(plan, writing.run), *_closings(plan, writing)])
        settled.add(plan)


@outlasting
async def _move(postings: Collection, decide: _Decide, writing: Writing) -> None:
    async for found in _open_postings(postings, writing):
        await _write(postings, _moves(decide(found)))


async def _open_postings(
    postings: Collection, writing: Writing
) -> AsyncIterator[Sequence[OpenPosting]]:
    """The open postings of a source in portions, without those that a newer run has written."""
    names = ("externalId", "partitions", "misses", "lastMissRun", "validThrough", "writeToken")
    query = {"source": writing.source, "closedAt": None}
    cursor = postings.find(query, dict.fromkeys(names, 1), batch_size=_LOADED_AT_ONCE)
    while portion := await cursor.to_list(_LOADED_AT_ONCE):
        yield [
            OpenPosting(
                each["_id"],
                each["externalId"],
                tuple(each["partitions"]),
                each.get("misses", 0),
                each["writeToken"],
                each.get("lastMissRun") in writing.lineage,
                each.get("validThrough"),
            )
            for each in portion
            if each.get("partitions") and each["writeToken"] <= writing.token
        ]


def _misses(plan: ClosingPlan, run: RunId) -> list[UpdateOne]:
    return [_update(each, {"$set": _missed(each, run)}) for each in plan.miss if not each.counted]


def _closings(plan: ClosingPlan, writing: Writing) -> list[UpdateOne]:
    updates: list[UpdateOne] = []
    for posting, reason in plan.close:
        closed: Document = {
            "closedAt": writing.now,
            "closedReason": reason.value,
            "closedRun": writing.run,
            "lastChangedAt": writing.now,
            "lastChangedRun": writing.run,
            "changedFields": ["closedAt"],
            "expireAt": writing.now + writing.keep_closed,
            "writeToken": writing.token,
        }
        if reason is not ClosedReason.EXPIRED:
            closed |= _missed(posting, writing.run)
        fields = {"closedReason": {"from": None, "to": reason.value}}
        entry = entry_of("Closed", writing.run, writing.now, fields)
        updates.append(_update(posting, {"$set": closed, "$push": pushed(entry)}))
    return updates


def _moves(plan: ClosingPlan) -> list[UpdateOne]:
    return [
        _update(posting, {"$pull": {"partitions": {"$in": list(gone)}}})
        for posting, gone in plan.move
    ]


@outlasting
async def release_kept(
    postings: Collection,
    source: str,
    *,
    seen: Mapping[PartitionKey, Container[int]],
    held: Set[PartitionKey],
    run: RunId,
    token: str,
    now: datetime,
) -> None:
    """Let go of values that were kept against null, now that the run's coverage is good.

    Only of postings that the run showed, and that no partition with a fallen coverage has.
    """
    names = ("externalId", "partitions", "keptFields", "writeToken", *FIELDS)
    query = {"source": source, "keptFields": {"$exists": True}}
    updates: list[UpdateOne] = []
    async for found in postings.find(query, dict.fromkeys(names, 1)):
        partitions = [PartitionKey(each) for each in found["partitions"]]
        key = id_hash(found["externalId"])
        is_seen = any(key in seen.get(each, ()) for each in partitions)
        if not is_seen or not held.isdisjoint(partitions) or found["writeToken"] > token:
            continue
        kept: list[str] = [name for name in found["keptFields"] if name in FIELDS]
        entry = entry_of("Updated", run, now, differences(found, {}, kept))
        stored = {
            "changedFields": sorted(kept),
            "lastChangedAt": now,
            "lastChangedRun": run,
            "writeToken": token,
        }
        change: dict[str, Any] = {"$set": stored, "$push": pushed(entry)}
        change["$unset"] = dict.fromkeys([*kept, "keptFields"], "")
        query_of_one = {"_id": found["_id"], "writeToken": found["writeToken"]}
        updates.append(UpdateOne(query_of_one, change))
        if len(updates) == _BATCH:
            await _write(postings, updates)
            updates = []
    await _write(postings, updates)


def _update(posting: OpenPosting, change: Document) -> UpdateOne:
    return UpdateOne({"_id": posting.id, "writeToken": posting.found_token}, change)


def _missed(posting: OpenPosting, run: RunId) -> Document:
    misses = posting.misses if posting.counted else posting.misses + 1
    return {"misses": misses, "lastMissRun": run}


async def _write(postings: Collection, updates: Sequence[UpdateOne]) -> None:
    for start in range(0, len(updates), _BATCH):
        await write_all_whole(postings, updates[start : start + _BATCH])
