"""Postings: what is compared before a write, and the writes themselves.

Every write carries a token, the run's sequence and the lease's fencing token, and is applied only
where the stored one is not newer: an upsert that finds a newer document fails as a duplicate, which
is what it should do (P1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from jobimport.mapping.canonical import FIELDS, SCHEMA_VERSION
from jobimport.store.collections import Collection, Document

_DUPLICATE = 11000
_COMPARED = (
    "rawHash",
    "mappingHash",
    "contentHash",
    "firstSeenRun",
    "lastChangedRun",
    "reopenedRun",
    "closedAt",
    "partitions",
    "misses",
)
CONTENT_FIELDS = (*FIELDS, "raw")


def posting_id(source: str, external_id: str) -> str:
    """The `_id` of a posting."""
    return f"{source}:{external_id}"


def write_token(sequence: int, token: int) -> str:
    """Orders writes: by run first, then by lease. Compared as text."""
    return f"{sequence:016d}.{token:016d}"


@dataclass(frozen=True, slots=True)
class Change:
    """A posting to be written. `fields` None: only closing, misses or partitions change."""

    external_id: str
    raw_hash: str
    mapping_hash: str
    content_hash: str | None = None
    fields: Mapping[str, Any] | None = None
    changed_fields: tuple[str, ...] = ()
    reopen: bool = False
    keep_when_null: tuple[str, ...] = ()


async def fetch_known(
    postings: Collection, source: str, ids: Sequence[str], also: Sequence[str] = ()
) -> dict[str, Document]:
    """What is stored of the given ids and needed to compare, by external id."""
    query = {"_id": {"$in": [posting_id(source, each) for each in ids]}}
    projection = dict.fromkeys(("externalId", *_COMPARED, *also), 1)
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


def update_of(
    change: Change, *, source: str, partition: str, run: str, token: str, now: datetime
) -> UpdateOne:
    """The write of one change, guarded by its token."""
    stored: Document = {"misses": 0, "writeToken": token}
    removed: Document = {}
    if change.fields is not None:
        stored |= dict(change.fields) | {
            "rawHash": change.raw_hash,
            "mappingHash": change.mapping_hash,
            "contentHash": change.content_hash,
            "schemaVersion": SCHEMA_VERSION,
            "changedFields": list(change.changed_fields),
        }
        removed = {
            name: ""
            for name in CONTENT_FIELDS
            if name not in change.fields and name not in change.keep_when_null
        }
    if change.reopen:
        stored |= {"closedAt": None, "reopenedRun": run}
        removed |= {"closedReason": "", "closedRun": "", "expireAt": ""}
    if change.fields is not None or change.reopen:
        stored |= {"lastChangedAt": now, "lastChangedRun": run}
    created: Document = {
        "source": source,
        "externalId": change.external_id,
        "firstSeenAt": now,
        "firstSeenRun": run,
    }
    if not change.reopen:
        created["closedAt"] = None
    update: Document = {
        "$set": stored,
        "$setOnInsert": created,
        "$addToSet": {"partitions": partition},
    }
    if removed:
        update["$unset"] = removed
    query = {"_id": posting_id(source, change.external_id), "writeToken": {"$lte": token}}
    return UpdateOne(query, update, upsert=True)


async def write_changes(postings: Collection, updates: Sequence[UpdateOne]) -> int:
    """Write; the number of changes that a newer write had already overtaken."""
    if not updates:
        return 0
    try:
        await postings.bulk_write(updates, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        others = [each for each in failures if each["code"] != _DUPLICATE]
        if others or error.details.get("writeConcernErrors"):
            raise
        return len(failures)
    return 0
