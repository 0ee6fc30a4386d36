"""What the body of a page came to when it was last read: the ids and hashes of its records.

What a body's bytes are decoded to never changes, so that this can be remembered. Whether the
postings are still stored so is another question, and is asked of them each time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobimport.ids import PartitionKey
from jobimport.store.collections import BODIES, Database
from jobimport.store.patience import outlasting
from jobimport.store.walks import KEEP

_HASH_BYTES = 12


@dataclass(frozen=True, slots=True)
class BodyMemory:
    """A body that was read to its end: each of its records had an id of its own, and none was
    rejected.
    """

    digest: bytes
    """Of the body, and of all that decides what is read from it."""
    hashes: Mapping[str, str]
    """The raw hash of each record by its id, in the order of the page."""
    raw_records: int
    """All records of the page, those too that are filtered out."""
    filtered: int
    values: Mapping[str, Any]
    """What was asked for beside the records, by path."""


@outlasting
async def load_body(
    database: Database, source: str, partition: PartitionKey, number: int, digest: bytes
) -> BodyMemory | None:
    """What is remembered of a page, if its body was the same."""
    query = {"_id": _key(source, partition, number)}
    found = await database[BODIES].find_one(query)
    if found is None or found["digest"] != digest:
        return None
    hashes, step = found["hashes"].hex(), 2 * _HASH_BYTES
    parts = (hashes[start : start + step] for start in range(0, len(hashes), step))
    return BodyMemory(
        digest,
        dict(zip(found["ids"], parts, strict=True)),
        found["rawRecords"],
        found["filtered"],
        found["values"],
    )


@outlasting
async def save_body(
    database: Database,
    source: str,
    partition: PartitionKey,
    number: int,
    memory: BodyMemory,
    now: datetime,
) -> None:
    """Remember the body of a page in the place of the one before. To be called when it is done."""
    document = {
        "source": source,
        "digest": memory.digest,
        "ids": list(memory.hashes),
        "hashes": bytes.fromhex("".join(memory.hashes.values())),
        "rawRecords": memory.raw_records,
        "filtered": memory.filtered,
        "values": dict(memory.values),
        "expireAt": now + KEEP,
    }
    query = {"_id": _key(source, partition, number)}
    await database[BODIES].replace_one(query, document, upsert=True)


def _key(source: str, partition: PartitionKey, number: int) -> str:
    return hashlib.blake2b(f"{source}\n{partition}\n{number}".encode(), digest_size=16).hexdigest()
