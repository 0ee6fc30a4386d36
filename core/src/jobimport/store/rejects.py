"""Quarantine: records that could not become postings, with their reason and raw content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from pymongo import UpdateOne

from jobimport.ids import RunId, TaskId
from jobimport.store.collections import REJECTS, Database, Document

_MAX_RAW = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was refused. `external_id` None: it had none."""

    external_id: str | None
    reason: str
    message: str
    raw: str


def raw_text(record: object) -> str:
    """A record's raw content as JSON text, cut after 64 KiB."""
    text = orjson.dumps(record, default=str).decode("utf-8", "replace")
    return text if len(text) <= _MAX_RAW else text[:_MAX_RAW] + "…"


def reject_id(source: str, identity: str) -> str:
    """The `_id` of a reject: the same record is in quarantine once."""
    return hashlib.blake2b(f"{source}\n{identity}".encode(), digest_size=12).hexdigest()


async def save_rejects(
    database: Database,
    rejects: Sequence[Reject],
    *,
    run: RunId,
    import_key: str,
    source: str,
    partition: str,
    task: TaskId,
    at: datetime,
    keep_days: int,
) -> None:
    """Put records into quarantine, or renew what is there of them."""
    if not rejects:
        return
    common: Document = {
        "run": run,
        "import": import_key,
        "namespace": import_key.partition("/")[0],
        "name": import_key.partition("/")[2],
        "source": source,
        "partition": partition,
        "task": task,
        "at": at,
        "expireAt": at + timedelta(days=keep_days),
    }
    updates = [
        UpdateOne(
            {"_id": reject_id(source, each.external_id or each.raw)},
            {
                "$set": {
                    **common,
                    "externalId": each.external_id,
                    "reason": each.reason,
                    "message": each.message,
                    "raw": each.raw,
                },
                "$setOnInsert": {"firstRun": run, "firstAt": at},
            },
            upsert=True,
        )
        for each in rejects
    ]
    await database[REJECTS].bulk_write(updates, ordered=False)


async def release_rejects(database: Database, source: str, external_ids: Sequence[str]) -> None:
    """Take records out of quarantine that have become postings."""
    if external_ids:
        ids = [reject_id(source, each) for each in external_ids]
        await database[REJECTS].delete_many({"_id": {"$in": ids}})
