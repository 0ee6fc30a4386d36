"""Postings: what is compared before a write, and the writes themselves.

Every write carries a token: the run's sequence and the lease's fencing token. A posting is written
only where its stored token is still the one that the decision was made on, and a decision never
overtakes a newer token. So the late write of a worker that lost its lease changes nothing (P1), nor
does a write that is repeated because its answer did not come.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import encode
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from jobimport.mapping.canonical import FIELDS, SCHEMA_VERSION
from jobimport.store.collections import Collection, Document
from jobimport.store.history import Difference, entry_of, pushed
from jobimport.store.patience import outlasting

_DUPLICATE = 11000
_DOCUMENT_REFUSED = frozenset({10334, 17419, 17420, 121})
"""Codes of errors that are one document's own: too large by itself or after its update, and refused
by the validator of the collection."""

MOST_CONTENT_BYTES = 14 * 1024 * 1024
"""BSON of a posting's content: MongoDB takes 16 MiB, and history, partitions and errors grow."""
_SURELY_SMALL = 1024 * 1024
"""JSON of which the BSON is small enough: at worst, lists of digits, it is eight times as large."""
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
_SETTLED = (
    "rawHash",
    "mappingHash",
    "closedAt",
    "partitions",
    "misses",
    "filledBits",
    "writeToken",
)
CONTENT_FIELDS = (*FIELDS, "raw")


def posting_id(source: str, external_id: str) -> str:
    """The `_id` of a posting."""
    return f"{source}:{external_id}"


def too_large(content: Mapping[str, Any], json_size: int) -> int | None:
    """The size of a posting's content in bytes where MongoDB could not hold it; None where it can.

    `json_size` is that of the same content as JSON, for a look that costs nothing.
    """
    if json_size <= _SURELY_SMALL:
        return None
    size = len(encode(dict(content)))
    return size if size > MOST_CONTENT_BYTES else None


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
    `found_content` is the hash of the content that was stored with it.
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
    found_content: str | None = None
    kept: tuple[str, ...] = ()
    """Fields that the record does not fill and whose stored values stay until the run is judged."""


@outlasting
async def fetch_known(postings: Collection, source: str, ids: Sequence[str]) -> dict[str, Document]:
    """What is stored of the given ids and needed to compare, by external id."""
    query = {"_id": {"$in": [posting_id(source, each) for each in ids]}}
    projection = dict.fromkeys(("externalId", *_COMPARED), 1)
    found = await postings.find(query, projection).to_list()
    return {each["externalId"]: each for each in found}


@outlasting
async def fetch_settled(
    postings: Collection,
    source: str,
    ids: Sequence[str],
    *,
    partition: str,
    mapping_hash: str,
    before: str,
) -> dict[str, tuple[str, int | None]]:
    """The raw hash and `filledBits` by external id of the postings that nothing may be asked of but
    whether their record is as it was: mapped as now, open, in the partition, not missed, and
    written before the token `before`.
    """
    prefix = len(posting_id(source, ""))
    query = {"_id": {"$in": [posting_id(source, each) for each in ids]}}
    found = await postings.find(query, dict.fromkeys(_SETTLED, 1)).to_list()
    return {
        each["_id"][prefix:]: (each["rawHash"], each.get("filledBits"))
        for each in found
        if each["writeToken"] < before
        and each.get("mappingHash") == mapping_hash
        and each.get("closedAt") is None
        and not each.get("misses")
        and partition in each.get("partitions", ())
    }


async def contents(
    postings: Collection, source: str, ids: Sequence[str]
) -> AsyncIterator[tuple[str, Document]]:
    """The content of the given ids with their external ids; one after the other, as each may be
    large.
    """
    if not ids:
        return
    query = {"_id": {"$in": [posting_id(source, each) for each in ids]}}
    projection = dict.fromkeys(("externalId", *CONTENT_FIELDS), 1)
    async for found in postings.find(query, projection):
        yield found["externalId"], found


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
    found: Document = {
        "_id": posting_id(source, change.external_id),
        "writeToken": change.found_token,
    }
    if change.found_token == token:
        # An id that the page has given before: the token alone would let a repeated write through
        found["contentHash"] = change.found_content
    return UpdateOne(found, update)


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


@dataclass(frozen=True, slots=True)
class Unwritten:
    """External ids of changes that were not written.

    `conflicts` were written by something else meanwhile and are to be decided on anew; `refused`
    are documents that MongoDB does not take, with its words.
    """

    conflicts: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


async def write_changes(
    postings: Collection,
    changes: Sequence[Change],
    *,
    source: str,
    partition: str,
    run: str,
    token: str,
    now: datetime,
) -> Unwritten:
    """Write changes; those that were not written."""
    if not changes:
        return Unwritten()
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
    result = await write_all(postings, writes)
    refused = {changes[index].external_id: why for index, why in result.refused.items()}
    doubtful = [changes[index].external_id for index in result.taken]
    updated = [
        each.external_id
        for each in changes
        if each.found_token is not None and each.external_id not in refused
    ]
    if result.matched < len(updated):
        doubtful += updated
    # What has our token was written by a try whose answer did not come
    known = await fetch_known(postings, source, doubtful) if doubtful else {}
    conflicts = {
        each for each in doubtful if each not in known or known[each].get("writeToken") != token
    }
    return Unwritten(frozenset(conflicts), refused)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """How many updates matched; the indexes of inserts that were there already; and those of
    documents that MongoDB does not take, with its words.
    """

    matched: int
    taken: Sequence[int] = ()
    refused: Mapping[int, str] = field(default_factory=dict[int, str])


class WriteRefused(Exception):
    """MongoDB does not take a document; trying again cannot help."""


async def write_all_whole(postings: Collection, writes: Sequence[UpdateOne]) -> None:
    """Write in any order; WriteRefused where MongoDB does not take one of the documents."""
    result = await write_all(postings, writes)
    if result.refused:
        raise WriteRefused(
            f"MongoDB does not take {len(result.refused)} documents of {postings.name}:"
            f" {next(iter(result.refused.values()))}"
        )


@outlasting
async def write_all(
    postings: Collection, writes: Sequence[InsertOne[Document] | UpdateOne]
) -> WriteResult:
    """Write in any order; BulkWriteError for what no single document is to blame for."""
    try:
        result = await postings.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        known = {_DUPLICATE, *_DOCUMENT_REFUSED}
        if error.details.get("writeConcernErrors") or any(
            each["code"] not in known for each in failures
        ):
            raise
        taken = [each["index"] for each in failures if each["code"] == _DUPLICATE]
        refused = {
            each["index"]: str(each.get("errmsg", ""))[:300]
            for each in failures
            if each["code"] != _DUPLICATE
        }
        return WriteResult(error.details["nMatched"], taken, refused)
    return WriteResult(result.matched_count)
