"""How far a run has come: its pages that are done, and the ids that it saw.

A run may continue another, of which it walks only what failed: its lineage is then the ids of both.
Pages of the lineage count as one walk; of two that are the same page, the later run's counts.
"""

from array import array
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from jobimport.ids import PartitionKey, RunId, TaskId
from jobimport.store.collections import PAGES, RUNS, SIGHTINGS, Database, Document
from jobimport.store.patience import outlasting
from jobimport.store.seen import SeenIds, id_hash

KEEP = timedelta(days=30)
"""How long the pages of a run are kept."""

_KEEP_SIGHTINGS = KEEP + timedelta(days=1)
"""How long its sightings are: a page that is done never stands there without its own."""

_SIGHTINGS_AT_ONCE = 20
"""Sightings an answer: each has as many ids as a batch has records, up to 10,000."""


def page_task_id(run: RunId, partition: PartitionKey, number: int) -> TaskId:
    """The task of a page: the same page of the same run is always the same task."""
    return TaskId(f"{run}/page/{partition}/{number}")


@outlasting
async def save_page(database: Database, task: TaskId, token: int, page: Document) -> None:
    """Note a page as done or failed, unless a later lease has done so (P1)."""
    document = {**page, "token": token, "expireAt": page["at"] + KEEP}
    try:
        await database[PAGES].insert_one({"_id": task, **document})
    except DuplicateKeyError:
        query = {"_id": task, "token": {"$lte": token}}
        await database[PAGES].update_one(query, {"$set": document})


@outlasting
async def load_pages(database: Database, lineage: Sequence[RunId]) -> list[Document]:
    """The pages of a run's walk, one for each partition and number.

    A run that has begun anew with another generation of its spec has none of the one before: a page
    that was in work then may be noted as done afterwards.
    """
    newest = {run: index for index, run in enumerate(lineage)}
    runs = database[RUNS].find({"_id": {"$in": list(lineage)}}, {"generation": 1})
    generations = {each["_id"]: each.get("generation") async for each in runs}
    found: dict[tuple[str, int], Document] = {}
    async for page in database[PAGES].find({"run": {"$in": list(lineage)}}):
        generation = generations.get(page["run"])
        if page.get("generation", generation) != generation:
            continue
        key = (page["partition"], page["number"])
        known = found.get(key)
        if known is None or _rank(page, newest) > _rank(known, newest):
            found[key] = page
    return [found[key] for key in sorted(found)]


def _rank(page: Document, newest: dict[RunId, int]) -> tuple[bool, int]:
    """A page that is done stands before one that failed, then a later run's before an earlier's."""
    return page["state"] == "done", newest[page["run"]]


@outlasting
async def page_like(
    database: Database,
    run: RunId,
    partition: PartitionKey,
    number: int,
    *,
    generation: int,
    fingerprint: str | None,
    leads_to: str | None,
) -> int | None:
    """The number of another page of the walk with the same records, or that leads to the same next
    page; None where there is none.
    """
    asked = {"fingerprint": fingerprint, "leadsTo": leads_to}
    signs = [{name: value} for name, value in asked.items() if value is not None]
    if not signs:
        return None
    query: dict[str, Any] = {"run": run, "partition": partition, "number": {"$ne": number}}
    query |= {"generation": {"$in": [generation, None]}, "$or": signs}
    found = await database[PAGES].find_one(query, {"number": 1})
    return found["number"] if found else None


@outlasting
async def save_sighting(
    database: Database,
    *,
    run: RunId,
    source: str,
    partition: PartitionKey,
    task: TaskId,
    token: int,
    batch: int,
    ids: Sequence[str],
    at: datetime,
) -> None:
    """Note the ids that one batch of one attempt saw. Said twice, it is noted once."""
    document = {
        "run": run,
        "source": source,
        "partition": partition,
        "task": task,
        "token": token,
        "ids": list(ids),
        "at": at,
        "expireAt": at + _KEEP_SIGHTINGS,
    }
    await database[SIGHTINGS].replace_one({"_id": f"{task}#{token}#{batch}"}, document, upsert=True)


@outlasting
async def seen_ids(database: Database, pages: Sequence[Document]) -> dict[PartitionKey, SeenIds]:
    """The ids seen in the given pages by their finished attempts, by partition."""
    finished = {(page["_id"], page["token"]) for page in pages if page["state"] == "done"}
    runs = sorted({page["run"] for page in pages})
    found: dict[PartitionKey, array[int]] = {}
    cursor = database[SIGHTINGS].find(
        {"run": {"$in": runs}},
        {"partition": 1, "task": 1, "token": 1, "ids": 1},
        batch_size=_SIGHTINGS_AT_ONCE,
    )
    async for sighting in cursor:
        if (sighting["task"], sighting["token"]) in finished:
            hashes = found.setdefault(sighting["partition"], array("Q"))
            hashes.extend(map(id_hash, sighting["ids"]))
    return {partition: SeenIds(found.pop(partition)) for partition in list(found)}


@outlasting
async def forget_walk(database: Database, run: RunId) -> None:
    """Remove a run's pages and sightings."""
    query: dict[str, Any] = {"run": run}
    await database[PAGES].delete_many(query)
    await database[SIGHTINGS].delete_many(query)
