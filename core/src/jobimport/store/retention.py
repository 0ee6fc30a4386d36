"""How long what is over is kept. MongoDB removes it by TTL indexes on `expireAt`."""

from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import UpdateOne

from jobimport.store.collections import REJECTS, RUNS, Collection, Database, Document
from jobimport.store.patience import outlasting

KEEP_RUNS: Final = timedelta(days=180)
"""How long the history of an import is kept after its last run."""

_BATCH = 1000


@outlasting
async def keep_history(database: Database, import_key: str, now: datetime) -> None:
    """Keep the runs of an import that still runs."""
    expire = {"$set": {"expireAt": now + KEEP_RUNS}}
    await database[RUNS].update_many({"import": import_key}, expire)


@outlasting
async def apply_retention(
    database: Database, postings: Collection, source: str, *, closed_days: int, reject_days: int
) -> None:
    """Give what is closed or rejected already the retention of the present spec."""
    closed = {"source": source, "closedAt": {"$ne": None}}
    await _expire(postings, closed, "closedAt", timedelta(days=closed_days))
    await _expire(database[REJECTS], {"source": source}, "at", timedelta(days=reject_days))


async def _expire(collection: Collection, query: Document, since: str, keep: timedelta) -> None:
    updates: list[UpdateOne] = []
    async for found in collection.find(query, {since: 1, "expireAt": 1}):
        due = found[since] + keep
        if found.get("expireAt") != due:
            query_of_one: dict[str, Any] = {"_id": found["_id"], since: found[since]}
            updates.append(UpdateOne(query_of_one, {"$set": {"expireAt": due}}))
        if len(updates) >= _BATCH:
            await collection.bulk_write(updates, ordered=False)
            updates = []
    if updates:
        await collection.bulk_write(updates, ordered=False)
