"""Single documents that their source gave a validator for: which page of which run read them last.

A document that is as it was (304) shows the ids that it showed then: the sightings of that page are
copied to the one that found it so, and the run is judged as if it had read them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReplaceOne

from jobimport.ids import PartitionKey, RunId, TaskId
from jobimport.store.collections import (
    DOCUMENTS,
    PAGES,
    REJECTS,
    SIGHTINGS,
    Collection,
    Database,
    Document,
)
from jobimport.store.patience import outlasting
from jobimport.store.walks import KEEP

_COPIED = 100


@dataclass(frozen=True, slots=True)
class DocumentMemory:
    """A document as it was read last, and the page that did it."""

    spec_hash: str
    """Of how it was asked for, read and mapped."""
    run: RunId
    task: TaskId
    token: int
    batches: int
    """Sightings that the page left."""
    etag: str | None
    last_modified: str | None


def document_id(source: str, partition: PartitionKey, url: str) -> str:
    """The `_id` of a document's memory."""
    text = f"{source}\n{partition}\n{url}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@outlasting
async def load_document(
    database: Database, key: str, spec_hash: str
) -> tuple[DocumentMemory, Document] | None:
    """What is remembered of a document, and the page that read it.

    None where it was read in another way, or where not all that the page saw is stored any more.
    """
    found = await database[DOCUMENTS].find_one({"_id": key, "specHash": spec_hash})
    if found is None:
        return None
    memory = DocumentMemory(
        found["specHash"],
        RunId(found["run"]),
        TaskId(found["task"]),
        found["token"],
        found["batches"],
        found.get("etag"),
        found.get("lastModified"),
    )
    page = await database[PAGES].find_one(
        {"_id": memory.task, "token": memory.token, "state": "done"}
    )
    if page is None:
        return None
    sightings = await database[SIGHTINGS].count_documents(_sightings_of(memory))
    return (memory, page) if sightings == memory.batches else None


@outlasting
async def save_document(
    database: Database, key: str, memory: DocumentMemory, source: str, now: datetime
) -> None:
    """Remember a document. To be called when its page is done."""
    document: Document = {
        "source": source,
        "specHash": memory.spec_hash,
        "run": memory.run,
        "task": memory.task,
        "token": memory.token,
        "batches": memory.batches,
        "etag": memory.etag,
        "lastModified": memory.last_modified,
        "at": now,
        "expireAt": now + KEEP,
    }
    await database[DOCUMENTS].replace_one({"_id": key}, document, upsert=True)


@outlasting
async def forget_document(database: Database, key: str) -> None:
    """Forget a document: next time it is read whatever its source says."""
    await database[DOCUMENTS].delete_one({"_id": key})


@outlasting
async def see_again(
    database: Database,
    memory: DocumentMemory,
    *,
    run: RunId,
    task: TaskId,
    token: int,
    now: datetime,
    keep_rejects: timedelta,
) -> None:
    """Note for a page what the document showed: the same ids, and the same rejects."""
    copies: list[Document] = []
    index = 0
    async for sighting in database[SIGHTINGS].find(_sightings_of(memory)).sort("_id", 1):
        index += 1
        copies.append(
            {
                **sighting,
                "_id": f"{task}#{token}#{index}",
                "run": run,
                "task": task,
                "token": token,
                "at": now,
                "expireAt": now + KEEP,
            }
        )
        if len(copies) >= _COPIED:
            await _put(database[SIGHTINGS], copies)
            copies = []
    await _put(database[SIGHTINGS], copies)
    await database[REJECTS].update_many(
        {"run": memory.run, "task": memory.task},
        {"$set": {"run": run, "task": task, "at": now, "expireAt": now + keep_rejects}},
    )


async def _put(sightings: Collection, copies: Sequence[Document]) -> None:
    puts = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in copies]
    if puts:
        await sightings.bulk_write(puts, ordered=False)


def _sightings_of(memory: DocumentMemory) -> dict[str, Any]:
    return {"run": memory.run, "task": memory.task, "token": memory.token}
