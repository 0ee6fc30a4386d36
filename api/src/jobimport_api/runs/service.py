"""Runs of an import: those that MongoDB has, and what the queue says of the current one."""

from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from redis.exceptions import RedisError

from jobimport.ids import RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunView
from jobimport.resource.object import ImportObject
from jobimport.store.collections import PAGES, RUNS, Document
from jobimport_api.catalog import Catalog
from jobimport_api.cursors import read_cursor, write_cursor
from jobimport_api.model import Page
from jobimport_api.outages import REDIS_AWAY
from jobimport_api.problems import not_found
from jobimport_api.runs.errors import errors_of
from jobimport_api.runs.schemas import PageInfo, Partition, RunDetail, RunProgress, RunSummary

_COUNTS = (
    "pages",
    "records",
    "inserted",
    "updated",
    "unchanged",
    "closed",
    "reopened",
    "rejected",
    "failedPages",
    "retries",
)


async def list_runs(
    catalog: Catalog, imp: ImportObject, limit: int, cursor: str | None
) -> Page[RunSummary]:
    """A page of the runs of an import, the newest first."""
    query: dict[str, Any] = {"import": str(imp.key)}
    runs = catalog.database[RUNS]
    total = await runs.count_documents(query)
    after = read_cursor(cursor, 1)
    if after is not None:
        query["sequence"] = {"$lt": after[0]}
    found = runs.find(query).sort("sequence", DESCENDING).limit(limit + 1)
    rows = [each async for each in found]
    following = write_cursor(rows[limit - 1]["sequence"]) if len(rows) > limit else None
    return Page(items=[_run(each) for each in rows[:limit]], next_cursor=following, total=total)


async def run_detail(catalog: Catalog, imp: ImportObject, run: str) -> RunDetail:
    """One run; ProblemError 404 where the import has none of that id."""
    document = await catalog.database[RUNS].find_one({"_id": run, "import": str(imp.key)})
    unknown: list[str] = []
    view = None
    try:
        view = await run_view(catalog, imp, run)
    except RedisError:
        if document is None:
            raise
        if document["state"] != "finished":
            unknown.append(REDIS_AWAY)
    if document is not None:
        summary = _run(document)
    elif view is not None:
        summary = _begun(view)
    else:
        raise not_found(f"Run {run} of import {imp.key}")
    stored: Document = document or {}
    return RunDetail(
        **dict(summary),
        progress=RunProgress.of(view) if view else None,
        partitions=[Partition.of(each) for each in stored.get("partitions", [])],
        coverage=stored.get("coverage", {}),
        errors=await errors_of(catalog, imp, run),
        retry_of=stored.get("retryOf"),
        retry_partition=stored.get("retryPartition"),
        unknown=unknown,
    )


async def run_view(catalog: Catalog, imp: ImportObject, run: str) -> RunView | None:
    """A run of the import as the queue has it; None where it has none of that id."""
    view = await Queue(catalog.redis, imp.pool).run_view(RunId(run))
    return view if view is not None and view.import_key == imp.key else None


async def check_run(catalog: Catalog, imp: ImportObject, run: str) -> None:
    """Raise ProblemError 404 where the import has no run of that id."""
    query = {"_id": run, "import": str(imp.key)}
    if await catalog.database[RUNS].find_one(query, {"_id": 1}) is not None:
        return
    if await run_view(catalog, imp, run) is None:
        raise not_found(f"Run {run} of import {imp.key}")


async def list_pages(
    catalog: Catalog, imp: ImportObject, run: str, state: str | None, limit: int, cursor: str | None
) -> Page[PageInfo]:
    """A page of the pages of a run, by partition and number."""
    query: dict[str, Any] = {"run": run, "import": str(imp.key)}
    if state:
        query["state"] = state
    pages = catalog.database[PAGES]
    total = await pages.count_documents(query)
    after = read_cursor(cursor, 3)
    if after is not None:
        partition, number, identity = after
        query["$or"] = [
            {"partition": {"$gt": partition}},
            {"partition": partition, "number": {"$gt": number}},
            {"partition": partition, "number": number, "_id": {"$gt": identity}},
        ]
    order = [("partition", ASCENDING), ("number", ASCENDING), ("_id", ASCENDING)]
    rows = [each async for each in pages.find(query).sort(order).limit(limit + 1)]
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = write_cursor(last["partition"], last["number"], last["_id"])
    return Page(
        items=[page_info(each) for each in rows[:limit]], next_cursor=following, total=total
    )


def page_info(document: Document) -> PageInfo:
    """A page as MongoDB has it."""
    counts: dict[str, Any] = document.get("counts") or {}
    return PageInfo(
        id=document["_id"],
        partition=document["partition"],
        number=document["number"],
        state=document["state"],
        attempt=document.get("attempt", 1),
        http_status=document.get("httpStatus"),
        url=document.get("url"),
        records=counts.get("records", 0),
        rejected=counts.get("rejected", 0),
        error=document.get("error") or document.get("problem"),
        at=document["at"],
    )


def _run(document: Document) -> RunSummary:
    outcome: dict[str, Any] = document.get("outcome") or {}
    return RunSummary.model_validate(
        {
            "id": document["_id"],
            "sequence": document["sequence"],
            "reason": document["reason"],
            "state": document["state"],
            "startedAt": document["startedAt"],
            "finishedAt": document.get("finishedAt"),
            "verdict": outcome.get("verdict"),
            "message": outcome.get("message", ""),
            "open": outcome.get("open"),
            **{name: outcome.get(name, 0) for name in _COUNTS},
        }
    )


def _begun(view: RunView) -> RunSummary:
    """A run that the queue knows and MongoDB does not yet."""
    return RunSummary.model_validate(
        {
            "id": view.id,
            "sequence": view.sequence,
            "reason": view.reason,
            "state": view.state,
            "startedAt": datetime.fromtimestamp(view.started_at_ms / 1000, UTC),
            "finishedAt": None,
            "verdict": None,
            "message": "",
            "open": None,
            **dict.fromkeys(_COUNTS, 0),
        }
    )
