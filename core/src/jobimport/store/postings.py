"""Postings: what is compared before a write, and the writes themselves.

Every write carries a token: the run's sequence and the lease's fencing token. A posting is written
only where its stored token is still the one that the decision was made on, and a decision never
overtakes a newer token. So the late write of a worker that lost its lease changes nothing (P1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from jobimport.mapping.canonical import FIELDS, SCHEMA_VERSION
from jobimport.store.collections import Collection, Document
from jobimport.store.history import Difference, entry_of, pushed

_DUPLICATE = 11000
_COMPARED = (
    "rawHash",
    "mappingHash",
    "contentHash",
    "firstSeenRun",
    "lastChangedRun",
    "reopenedRun",
    "closedAt",
    "closedReason",
    "validThrough",
    "partitions",
    "misses",
    "filledBits",
    "keptFields",
    "writeToken",
)
CONTENT_FIELDS = (*FIELDS, "raw")


def posting_id(source: str, external_id: str) -> str:
    """The `_id` of a posting."""
    return f"{source}:{external_id}"


def write_token(sequence: int, token: int) -> str:
    """Orders writes: by run first, then by lease. Compared as text."""
    return f"{sequence:016d}.{token:016d}"


def same_run(left: str, right: str) -> bool:
    """Whether two write tokens are of one run and of two attempts or pages of it."""
    return left != right and left.partition(".")[0] == right.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Change:
    """A posting to be written.

    `found_token` is the stored one that the decision was made on; None: nothing was stored.
    `fields` None: only closing, misses or partitions change.
    """

    external_id: str
    found_token: str | None
    raw_hash: str
    mapping_hash: str
    content_hash: str | None = None
    fields: Mapping[str, Any] | None = None
    filled_bits: int = 0
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    differences: Mapping[str, Difference] = field(default_factory=dict[str, Difference])
    reopen: bool = False
    rehash: bool = False
    """The content is as stored, but by another mapping: so that it is not mapped again next time.
    """
    kept: tuple[str, ...] = ()
    """Fields that the record does not fill and whose stored values stay until the run is judged."""


async def fetch_known(postings: Collection, source: str, ids: Sequence[str]) -> dict[str, Document]:
    """What is stored of the given ids and needed to compare, by external id."""
    query = {"_id": {"$in": [posting_id(source, each) for each in ids]}}
    projection = dict.fromkeys(("externalId", *_COMPARED), 1)
    return {found["externalId"]: found async for found in postings.find(query, projection)}


async def fetch_contents(
    postings: Collection, source: str, ids: Sequence[str]
) -> dict[str, Document]:
    """The content of the given ids, by external id."""
    if not ids:
        return {}
    query = {"_id": {"$in": [posting_id(source, each) for each in ids]}}
    projection = dict.fromkeys(("externalId", *CONTENT_FIELDS), 1)
    return {found["externalId"]: found async for found in postings.find(query, projection)}


def insert_of(
    change: Change, *, source: str, partition: str, run: str, token: str, now: datetime
) -> InsertOne[Document]:
    """The document of a posting that is not stored yet."""
    return InsertOne(
        {
            "_id": posting_id(source, change.external_id),
            "source": source,
            "externalId": change.external_id,
            **(change.fields or {}),
            **_hashes(change),
            "changedFields": [],
            "partitions": [partition],
            "firstSeenAt": now,
            "firstSeenRun": run,
            "lastChangedAt": now,
            "lastChangedRun": run,
            "closedAt": None,
            "misses": 0,
            "history": [entry_of("Inserted", run, now)],
            "writeToken": token,
        }
    )


def update_of(
    change: Change, *, source: str, partition: str, run: str, token: str, now: datetime
) -> UpdateOne:
    """The update of a posting that is still as the decision found it."""
    stored: Document = {"misses": 0, "writeToken": token}
    removed: Document = {}
    if change.fields is not None:
        stored |= dict(change.fields) | _hashes(change)
        stored["changedFields"] = sorted(change.differences)
        removed = {
            name: ""
            for name in (*CONTENT_FIELDS, "mappingErrors", "keptFields")
            if name not in stored and name not in change.kept
        }
    elif change.rehash:
        stored |= _hashes(change)
    if change.reopen:
        stored["closedAt"] = None
        stored["reopenedRun"] = run
        removed |= {"closedReason": "", "closedRun": "", "expireAt": ""}
    update: Document = {"$set": stored, "$addToSet": {"partitions": partition}}
    if change.differences or change.reopen:
        stored |= {"lastChangedAt": now, "lastChangedRun": run}
        kind = "Reopened" if change.reopen else "Updated"
        update["$push"] = pushed(entry_of(kind, run, now, change.differences))
    if removed:
        update["$unset"] = removed
    return UpdateOne(
        {"_id": posting_id(source, change.external_id), "writeToken": change.found_token}, update
    )


def _hashes(change: Change) -> Document:
    """What is stored beside the content of a posting that was mapped."""
    found: Document = {
        "rawHash": change.raw_hash,
        "mappingHash": change.mapping_hash,
        "contentHash": change.content_hash,
        "schemaVersion": SCHEMA_VERSION,
        "filledBits": change.filled_bits,
    }
    if change.errors:
        found["mappingErrors"] = dict(change.errors)
    if change.kept:
        found["keptFields"] = list(change.kept)
    return found


async def write_changes(
    postings: Collection,
    changes: Sequence[Change],
    *,
    source: str,
    partition: str,
    run: str,
    token: str,
    now: datetime,
) -> set[str]:
    """Write changes; the external ids of those that something else has written meanwhile.

    They are to be decided on anew. The ids that were written, or that nothing was to be done for,
    are not among them.
    """
    if not changes:
        return set()
    common: dict[str, Any] = {
        "source": source,
        "partition": partition,
        "run": run,
        "token": token,
        "now": now,
    }
    writes = [
        update_of(each, **common) if each.found_token is not None else insert_of(each, **common)
        for each in changes
    ]
    matched, taken = await write_all(postings, writes)
    conflicts = {changes[index].external_id for index in taken}
    updated = [each.external_id for each in changes if each.found_token is not None]
    if matched < len(updated):
        known = await fetch_known(postings, source, updated)
        conflicts |= {
            each for each in updated if each not in known or known[each].get("writeToken") != token
        }
    return conflicts


async def write_all(
    postings: Collection, writes: Sequence[InsertOne[Document] | UpdateOne]
) -> tuple[int, list[int]]:
    """Write in any order; how many updates matched, and the indexes of inserts that were there."""
    try:
        result = await postings.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        others = [each for each in failures if each["code"] != _DUPLICATE]
        if others or error.details.get("writeConcernErrors"):
            raise
        return error.details["nMatched"], [each["index"] for each in failures]
    return result.matched_count, []
