"""Runs as MongoDB knows them, and the totals that are read back from what is stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, UpdateOne

from jobimport.ids import PartitionKey, RunId
from jobimport.resource.status import Verdict
from jobimport.snapshot import RunSnapshot
from jobimport.store.collections import (
    PARTITIONS,
    REJECTS,
    RUNS,
    SIGHTINGS,
    Collection,
    Database,
    Document,
)
from jobimport.store.patience import outlasting
from jobimport.store.walks import forget_walk

_LONGEST_LINEAGE = 20


@outlasting
async def begin_run(database: Database, snapshot: RunSnapshot, now: datetime) -> Document:
    """Note that a run has begun, unless that is noted already; the run's document.

    A run that begins again with another generation of its spec (Redis lost its data, and the spec
    has changed since) walks anew: pages of two specs would not make one walk.
    """
    run = RunId(snapshot.run)
    key = f"{snapshot.namespace}/{snapshot.name}"
    created: Document = {
        "import": key,
        "namespace": snapshot.namespace,
        "name": snapshot.name,
        "uid": snapshot.uid,
        "source": snapshot.source_name,
        "sequence": snapshot.sequence,
        "reason": snapshot.reason,
        "retryOf": snapshot.retry_of,
        "retryPartition": snapshot.retry_partition,
        "startedAt": now,
        "state": "running",
        "outcome": None,
        "generation": snapshot.generation,
    }
    await database[RUNS].update_one({"_id": run}, {"$setOnInsert": created}, upsert=True)
    document = await database[RUNS].find_one({"_id": run})
    if document is None:
        return {"_id": run, **created}
    if document["generation"] != snapshot.generation and document["outcome"] is None:
        await forget_walk(database, run)
        update = {
            "$set": {"generation": snapshot.generation},
            "$unset": {"discovered": "", "problem": ""},
        }
        await database[RUNS].update_one({"_id": run}, update)
        document = {name: each for name, each in document.items() if name != "discovered"}
    return document


@outlasting
async def save_discovered(
    database: Database, run: RunId, partitions: Mapping[PartitionKey, Mapping[str, str]]
) -> None:
    """Note the partitions that the source named: the run keeps to them, whatever it names later."""
    named = [{"key": key, "values": dict(values)} for key, values in partitions.items()]
    await database[RUNS].update_one({"_id": run}, {"$set": {"discovered": named}})


@outlasting
async def load_discovered(
    database: Database, run: RunId
) -> dict[PartitionKey, dict[str, str]] | None:
    """The partitions that the source named for a run; None where it was not asked yet."""
    found = await database[RUNS].find_one({"_id": run}, {"discovered": 1})
    if found is None or found.get("discovered") is None:
        return None
    return {PartitionKey(each["key"]): each["values"] for each in found["discovered"]}


@outlasting
async def save_problem(database: Database, run: RunId, problem: str) -> None:
    """Note why a run could not be planned."""
    await database[RUNS].update_one({"_id": run}, {"$set": {"problem": problem}})


@outlasting
async def load_run(database: Database, run: RunId) -> Document | None:
    """A run's document."""
    return await database[RUNS].find_one({"_id": run})


@outlasting
async def unfinished_runs(database: Database, import_key: str) -> list[RunId]:
    """The runs of an import that have not ended."""
    found = database[RUNS].find({"import": import_key, "state": "running"}, {"_id": 1})
    return [RunId(each["_id"]) async for each in found]


@outlasting
async def lineage_of(database: Database, run: RunId, retry_of: str | None) -> list[RunId]:
    """A run and those that it continues, the oldest first."""
    lineage = [run]
    while retry_of and len(lineage) < _LONGEST_LINEAGE and retry_of not in lineage:
        lineage.append(RunId(retry_of))
        earlier = await database[RUNS].find_one({"_id": retry_of}, {"retryOf": 1})
        retry_of = earlier.get("retryOf") if earlier else None
    return lineage[::-1]


@outlasting
async def last_good_run(database: Database, import_key: str, sequence: int) -> Document | None:
    """The newest run before `sequence` that was judged good and looked at postings."""
    query = {
        "import": import_key,
        "sequence": {"$lt": sequence},
        "outcome.verdict": {"$in": [each.value for each in Verdict if each.successful]},
        "coverage.mapped": {"$gt": 0},
    }
    fields = {"coverage": 1, "retention": 1}
    return await database[RUNS].find_one(query, fields, sort=[("sequence", DESCENDING)])


@outlasting
async def end_run(
    database: Database,
    run: RunId,
    *,
    outcome: Mapping[str, Any],
    partitions: Sequence[Document],
    coverage: Mapping[str, Any],
    retention: Mapping[str, int],
    now: datetime,
) -> None:
    """Note a run's outcome; from then on finalizing it again reports the same."""
    await database[RUNS].update_one(
        {"_id": run},
        {
            "$set": {
                "outcome": dict(outcome),
                "partitions": list(partitions),
                "coverage": dict(coverage),
                "retention": dict(retention),
                "finishedAt": now,
                "state": "finished",
            }
        },
    )


@outlasting
async def totals_of(
    database: Database, postings: Collection, source: str, run: RunId
) -> dict[str, int]:
    """inserted, updated, closed, reopened, rejected and open, counted in what is stored."""
    mine = {"source": source}
    inserted = await postings.count_documents({**mine, "firstSeenRun": run})
    reopened = await postings.count_documents(
        {**mine, "reopenedRun": run, "firstSeenRun": {"$ne": run}}
    )
    updated = await postings.count_documents(
        {
            **mine,
            "lastChangedRun": run,
            "firstSeenRun": {"$ne": run},
            "reopenedRun": {"$ne": run},
            "closedRun": {"$ne": run},
        }
    )
    return {
        "inserted": inserted,
        "updated": updated,
        "reopened": reopened,
        "closed": await postings.count_documents({**mine, "closedRun": run}),
        "rejected": await database[REJECTS].count_documents({**mine, "run": run}),
        "open": await postings.count_documents({**mine, "closedAt": None}),
    }


@outlasting
async def load_partitions(database: Database, source: str) -> dict[PartitionKey, Document]:
    """What is remembered of the partitions of a source."""
    found = database[PARTITIONS].find({"source": source})
    return {PartitionKey(each["partition"]): each async for each in found}


@outlasting
async def save_partitions(
    database: Database, source: str, run: RunId, states: Mapping[PartitionKey, Document]
) -> None:
    """Remember partitions for the next run. Said twice for a run, it is noted once."""
    updates = [
        UpdateOne(
            {"_id": f"{source}/{partition}"},
            {"$set": {"source": source, "partition": partition, "lastRun": run, **state}},
            upsert=True,
        )
        for partition, state in states.items()
    ]
    if updates:
        await database[PARTITIONS].bulk_write(updates, ordered=False)


@outlasting
async def prune_history(
    database: Database, import_key: str, keep: int, lineage: Sequence[RunId]
) -> None:
    """Remove the oldest runs of an import beyond `keep`, and the sightings of all but two.

    Those of `lineage` stay, whose walk a retry may go on with: without their sightings it would
    look as if the source did not show their postings any more (P6).
    """
    newest_first = database[RUNS].find({"import": import_key}, {"_id": 1})
    runs = [each["_id"] async for each in newest_first.sort("sequence", DESCENDING)]
    for run in runs[2:keep]:
        if run not in lineage:
            await database[SIGHTINGS].delete_many({"run": run})
    for run in runs[keep:]:
        if run in lineage:
            continue
        await forget_walk(database, RunId(run))
        await database[RUNS].delete_one({"_id": run})
