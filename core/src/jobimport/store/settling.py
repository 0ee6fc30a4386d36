"""What is written of the postings at the end of a run: closing, misses, moves, kept values.

Each write is a compare-and-set on the token that the decision was made on: a posting that something
else has written since is left as it is, and said twice for a run, a miss is counted once.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from jobimport.ids import PartitionKey, RunId
from jobimport.mapping.canonical import FIELDS
from jobimport.store.closing import ClosedReason, ClosingPlan, OpenPosting
from jobimport.store.collections import Collection, Document
from jobimport.store.history import differences, entry_of, pushed
from jobimport.store.postings import write_all
from jobimport.store.walks import id_hash

_BATCH = 1000

_LOADED_AT_ONCE = 2000
"""Postings an answer: hundreds of thousands in one would not fit the driver's bounds."""


async def load_open(postings: Collection, source: str, run: RunId, token: str) -> list[OpenPosting]:
    """The open postings of a source, without those that a newer run than `token` has written."""
    names = ("externalId", "partitions", "misses", "lastMissRun", "validThrough", "writeToken")
    fields = dict.fromkeys(names, 1)
    return [
        OpenPosting(
            each["_id"],
            each["externalId"],
            tuple(PartitionKey(name) for name in each.get("partitions", [])),
            each.get("misses", 0),
            each["writeToken"],
            each.get("lastMissRun") == run,
            each.get("validThrough"),
        )
        async for each in postings.find(
            {"source": source, "closedAt": None}, fields, batch_size=_LOADED_AT_ONCE
        )
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
    """Write a plan."""
    updates = [
        _update(each, {"$set": _missed(each, run)}) for each in plan.miss if not each.counted
    ]
    for posting, reason in plan.close:
        closed: Document = {
            "closedAt": now,
            "closedReason": reason.value,
            "closedRun": run,
            "lastChangedAt": now,
            "lastChangedRun": run,
            "changedFields": ["closedAt"],
            "expireAt": now + keep_closed,
            "writeToken": token,
        }
        if reason is not ClosedReason.EXPIRED:
            closed |= _missed(posting, run)
        fields = {"closedReason": {"from": None, "to": reason.value}}
        entry = entry_of("Closed", run, now, fields)
        updates.append(_update(posting, {"$set": closed, "$push": pushed(entry)}))
    updates += [
        _update(posting, {"$pull": {"partitions": {"$in": list(gone)}}})
        for posting, gone in plan.move
    ]
    await _write(postings, updates)


async def release_kept(
    postings: Collection,
    source: str,
    *,
    seen: Mapping[PartitionKey, Set[int]],
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
    await _write(postings, updates)


def _update(posting: OpenPosting, change: Document) -> UpdateOne:
    return UpdateOne({"_id": posting.id, "writeToken": posting.found_token}, change)


def _missed(posting: OpenPosting, run: RunId) -> Document:
    misses = posting.misses if posting.counted else posting.misses + 1
    return {"misses": misses, "lastMissRun": run}


async def _write(postings: Collection, updates: Sequence[UpdateOne]) -> None:
    for start in range(0, len(updates), _BATCH):
        await write_all(postings, updates[start : start + _BATCH])
