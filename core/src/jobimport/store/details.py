"""What is remembered of records' details, so that they are fetched again only for a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import UpdateOne

from jobimport.ids import RunId
from jobimport.store.collections import DETAILS, Collection, Database
from jobimport.store.patience import outlasting
from jobimport.store.postings import posting_id, write_all_whole

KEEP = timedelta(days=90)
"""How long a detail is taken for unchanged without a look."""


@dataclass(frozen=True, slots=True)
class DetailMemory:
    """A detail as it was when its posting was last written by it.

    It is noted after the posting: that it is there proves that the posting holds the detail.
    """

    record_hash: str
    """Of the record of the list, without its detail."""
    spec_hash: str
    """Of what is asked, and of the mapping that was used."""
    raw_hash: str
    """Of the record and its detail together."""
    run: RunId
    """The run that last looked."""
    etag: str | None = None
    last_modified: str | None = None


@outlasting
async def load_details(
    database: Database, source: str, external_ids: Sequence[str]
) -> dict[str, DetailMemory]:
    """What is remembered of the given ids, by external id."""
    ids = {posting_id(source, each): each for each in external_ids}
    return {
        ids[found["_id"]]: DetailMemory(
            found["recordHash"],
            found["specHash"],
            found["rawHash"],
            RunId(found["run"]),
            found.get("etag"),
            found.get("lastModified"),
        )
        async for found in database[DETAILS].find({"_id": {"$in": list(ids)}})
    }


@outlasting
async def known_ids(postings: Collection, source: str, external_ids: Sequence[str]) -> set[str]:
    """Those of the given ids that a posting is stored of."""
    ids = {posting_id(source, each): each for each in external_ids}
    found = postings.find({"_id": {"$in": list(ids)}}, {"_id": 1})
    return {ids[each["_id"]] async for each in found}


async def save_details(
    database: Database,
    source: str,
    memories: Mapping[str, DetailMemory],
    *,
    token: str,
    now: datetime,
) -> None:
    """Remember details, by external id. To be called when their postings are written.

    What a write with a newer token has noted stays, as it does for postings (P1).
    """
    updates = [
        UpdateOne(
            {"_id": posting_id(source, external_id), "token": {"$lte": token}},
            {
                "$set": {
                    "source": source,
                    "token": token,
                    "recordHash": each.record_hash,
                    "specHash": each.spec_hash,
                    "rawHash": each.raw_hash,
                    "run": each.run,
                    "etag": each.etag,
                    "lastModified": each.last_modified,
                    "at": now,
                    "expireAt": now + KEEP,
                }
            },
            upsert=True,
        )
        for external_id, each in memories.items()
    ]
    if updates:
        await write_all_whole(database[DETAILS], updates)
