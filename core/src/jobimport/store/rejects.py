"""Quarantine: records that could not become postings, with their reason and raw content."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from pymongo import UpdateOne

from jobimport.ids import PartitionKey, RunId, TaskId
from jobimport.mapping.hashes import json_bytes
from jobimport.store.collections import REJECTS, Database, Document
from jobimport.store.patience import outlasting

_MAX_RAW = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was refused. `external_id` None: it had none."""

    external_id: str | None
    reason: str
    message: str
    raw: str
    needs_fetch: bool = False
    """Whether its raw content is not all that a posting is made of, so that it cannot be replayed.
    """


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rejects come from: the run and page that saw them, and the mapping that refused."""

    run: RunId
    sequence: int
    import_key: str
    source: str
    partition: str
    task: TaskId
    mapping_hash: str
    keep_days: int


def raw_text(record: object) -> str:
    """A record's raw content as JSON text, cut after 1 MiB; empty where it cannot be written."""
    try:
        written = orjson.dumps(record, default=str)
    except TypeError:  # deeper than orjson writes
        try:
            written = json_bytes(record)
        except ValueError:
            return ""
    text = written[: 4 * _MAX_RAW].decode("utf-8", "ignore")
    if len(written) <= 4 * _MAX_RAW and len(text) <= _MAX_RAW:
        return text
    return text[:_MAX_RAW] + "…"


def raw_record(raw: str) -> Any:
    """The record of a raw text; ValueError where it was cut or could not be written."""
    return orjson.loads(raw)


def reject_id(source: str, identity: str) -> str:
    """The `_id` of a reject: the same record is in quarantine once."""
    return hashlib.blake2b(f"{source}\n{identity}".encode(), digest_size=12).hexdigest()


@outlasting
async def save_rejects(
    database: Database, rejects: Sequence[Reject], origin: Origin, at: datetime
) -> None:
    """Put records into quarantine, or renew what is there of them."""
    if not rejects:
        return
    namespace, _, name = origin.import_key.partition("/")
    common: Document = {
        "run": origin.run,
        "sequence": origin.sequence,
        "import": origin.import_key,
        "namespace": namespace,
        "name": name,
        "source": origin.source,
        "partition": origin.partition,
        "task": origin.task,
        "mappingHash": origin.mapping_hash,
        "at": at,
        "expireAt": at + timedelta(days=origin.keep_days),
    }
    updates = [
        UpdateOne(
            {"_id": reject_id(origin.source, each.external_id or each.raw)},
            {
                "$set": {
                    **common,
                    "externalId": each.external_id,
                    "reason": each.reason,
                    "message": each.message,
                    "raw": each.raw,
                    "needsFetch": each.needs_fetch,
                },
                "$setOnInsert": {"firstRun": origin.run, "firstAt": at},
                "$unset": {"goneRun": ""},
            },
            upsert=True,
        )
        for each in rejects
    ]
    await database[REJECTS].bulk_write(updates, ordered=False)


@outlasting
async def mark_gone(
    database: Database, source: str, lineage: Sequence[RunId], complete: Iterable[PartitionKey]
) -> None:
    """Note which rejects complete walks of their partitions did not show any more.

    They are kept for their time, but a replay would bring back what the source has taken down.
    """
    query: Document = {
        "source": source,
        "partition": {"$in": sorted(complete)},
        "run": {"$nin": list(lineage)},
        "goneRun": {"$exists": False},
    }
    await database[REJECTS].update_many(query, {"$set": {"goneRun": lineage[-1]}})


@outlasting
async def load_rejects(
    database: Database, query: Mapping[str, Any], *, after: str, most: int
) -> list[Document]:
    """Up to `most` rejects in the order of their ids, from the id `after` on."""
    found = database[REJECTS].find({**query, "_id": {"$gt": after}}).sort("_id", 1)
    return await found.limit(most).to_list()


async def release_rejects(database: Database, source: str, external_ids: Sequence[str]) -> None:
    """Take records out of quarantine that have become postings."""
    await remove_rejects(database, [reject_id(source, each) for each in external_ids])


@outlasting
async def remove_rejects(database: Database, ids: Sequence[str]) -> None:
    """Take rejects out of quarantine."""
    if ids:
        await database[REJECTS].delete_many({"_id": {"$in": list(ids)}})
