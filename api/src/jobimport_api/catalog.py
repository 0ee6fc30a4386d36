"""What the gateway knows: imports, their runs and what is stored of them, for one viewer."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from redis.asyncio import Redis

from jobimport.ids import ImportKey, RunId
from jobimport.presets import UnknownPreset, effective_spec
from jobimport.queue.events import known_pools
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunView
from jobimport.resource.object import ImportObject
from jobimport.resource.status import Verdict
from jobimport.store.collections import PAGES, REJECTS, RUNS, Database, Document
from jobimport_api.imports_source import ImportsSource
from jobimport_api.problems import ProblemError, not_found
from jobimport_api.schemas import (
    ErrorGroup,
    ImportDetail,
    ImportSummary,
    Page,
    PageInfo,
    PoolInfo,
    RejectGroup,
    RejectInfo,
    RejectPage,
    RunDetail,
    RunProgress,
    RunSummary,
)
from jobimport_api.viewers import Viewer

_LOOK_UPS_AT_A_TIME = 32
STATES = ("running", "failed", "stalled", "suspended", "ok")
SORTS = ("name", "-lastRun", "-open")


class Catalog:
    """Reads for endpoints and rooms; every method leaves out what the viewer may not see."""

    def __init__(self, source: ImportsSource, redis: Redis, database: Database) -> None:
        self.source = source
        self.redis = redis
        self._database = database

    async def visible(self, viewer: Viewer, namespace: str | None = None) -> list[ImportObject]:
        """The imports that the viewer may see."""
        imports = [
            each
            for each in await self.source.list()
            if namespace is None or each.namespace == namespace
        ]
        names = sorted({each.namespace for each in imports})
        answers = await asyncio.gather(*(viewer.may("list", each) for each in names))
        allowed = {name for name, answer in zip(names, answers, strict=True) if answer}
        return [each for each in imports if each.namespace in allowed]

    async def find(self, viewer: Viewer, key: ImportKey) -> ImportObject:
        """One import; ProblemError 404 where there is none that the viewer may see."""
        if not await viewer.may("get", key.namespace, key.name):
            raise not_found(f"Import {key}")
        for each in await self.source.list():
            if each.key == key:
                return each
        raise not_found(f"Import {key}")

    async def view_of(self, imp: ImportObject) -> RunView | None:
        """The current run of an import, as the queue has it."""
        current = imp.status.current_run
        if current is None:
            return None
        return await Queue(self.redis, imp.pool).run_view(RunId(current.id))

    async def summaries(self, imports: Sequence[ImportObject]) -> list[ImportSummary]:
        """Imports with their live progress."""
        limit = asyncio.Semaphore(_LOOK_UPS_AT_A_TIME)

        async def one(imp: ImportObject) -> ImportSummary:
            async with limit:
                return ImportSummary.of(imp, await self.view_of(imp))

        return list(await asyncio.gather(*(one(each) for each in imports)))

    async def page(
        self,
        viewer: Viewer,
        *,
        namespace: str | None,
        search: str,
        state: str | None,
        sort: str,
        limit: int,
        cursor: str | None,
    ) -> Page[ImportSummary]:
        """A page of the imports that fit."""
        word = search.casefold()
        fitting = [
            each
            for each in await self.visible(viewer, namespace)
            if word in f"{each.namespace}/{each.name}".casefold()
            and (state is None or state_of(each) == state)
        ]
        fitting.sort(key=lambda each: (each.namespace, each.name))
        if sort == "-lastRun":
            fitting.sort(key=_finished, reverse=True)
        elif sort == "-open":
            fitting.sort(key=_open, reverse=True)
        start = read_cursor(cursor)
        shown = fitting[start : start + limit]
        more = start + limit < len(fitting)
        return Page(
            items=await self.summaries(shown),
            next_cursor=write_cursor(start + limit) if more else None,
            total=len(fitting),
        )

    async def detail(self, imp: ImportObject) -> ImportDetail:
        """An import, whole."""
        summary = ImportSummary.of(imp, await self.view_of(imp))
        return ImportDetail(
            **dict(summary),
            spec=imp.raw_spec,
            effective_spec=_effective(imp),
            conditions=imp.status.conditions,
            workers=imp.status.workers,
            generation=imp.generation,
            observed_generation=imp.status.observed_generation,
            annotations=imp.annotations,
        )

    async def runs(self, key: ImportKey, limit: int, cursor: str | None) -> Page[RunSummary]:
        """A page of the runs of an import, the newest first."""
        query: dict[str, Any] = {"import": str(key)}
        if cursor is not None:
            query["sequence"] = {"$lt": read_cursor(cursor)}
        found = self._database[RUNS].find(query).sort("sequence", DESCENDING).limit(limit + 1)
        rows = [each async for each in found]
        following = write_cursor(rows[limit - 1]["sequence"]) if len(rows) > limit else None
        return Page(items=[_run(each) for each in rows[:limit]], next_cursor=following)

    async def run(self, imp: ImportObject, run: str) -> RunDetail:
        """One run; ProblemError 404 where the import has none of that id."""
        document = await self._database[RUNS].find_one({"_id": run, "import": str(imp.key)})
        view = await Queue(self.redis, imp.pool).run_view(RunId(run))
        if view is not None and view.import_key != imp.key:
            view = None
        if document is not None:
            summary = _run(document)
        elif view is not None:
            summary = _begun(view)
        else:
            raise not_found(f"Run {run} of import {imp.key}")
        return RunDetail(
            **dict(summary),
            progress=RunProgress.of(view) if view else None,
            partitions=(document or {}).get("partitions", []),
            coverage=(document or {}).get("coverage", {}),
            errors=await self._errors(run),
        )

    async def _errors(self, run: str) -> list[ErrorGroup]:
        groups: dict[str, ErrorGroup] = {}
        query = {"run": run, "$or": [{"state": "failed"}, {"problem": {"$ne": None}}]}
        fields = {"error": 1, "problem": 1}
        async for page in self._database[PAGES].find(query, fields).limit(1000):
            message = page.get("error") or page.get("problem") or "unknown"
            group = groups.setdefault(
                message, ErrorGroup(message=message, count=0, example=page["_id"])
            )
            group.count += 1
        return sorted(groups.values(), key=lambda each: -each.count)

    async def pages(
        self, run: str, state: str | None, limit: int, cursor: str | None
    ) -> Page[PageInfo]:
        """A page of the pages of a run, by partition and number."""
        query: dict[str, Any] = {"run": run}
        if state:
            query["state"] = state
        start = read_cursor(cursor)
        order = [("partition", ASCENDING), ("number", ASCENDING)]
        found = self._database[PAGES].find(query).sort(order).skip(start).limit(limit + 1)
        rows = [each async for each in found]
        return Page(
            items=[_page(each) for each in rows[:limit]],
            next_cursor=write_cursor(start + limit) if len(rows) > limit else None,
        )

    async def rejects(
        self, key: ImportKey, run: str | None, reason: str | None, limit: int, cursor: str | None
    ) -> RejectPage:
        """A page of the rejects of an import, the newest first, and all of them by reason."""
        mine: dict[str, Any] = {"import": str(key)}
        if run:
            mine["run"] = run
        query = {**mine, "reason": reason} if reason else mine
        start = read_cursor(cursor)
        rejects = self._database[REJECTS]
        found = rejects.find(query).sort([("at", DESCENDING), ("_id", ASCENDING)])
        rows = [each async for each in found.skip(start).limit(limit + 1)]
        counted = await rejects.aggregate(
            [{"$match": mine}, {"$group": {"_id": "$reason", "count": {"$sum": 1}}}]
        )
        groups = [RejectGroup(reason=each["_id"], count=each["count"]) async for each in counted]
        return RejectPage(
            items=[_reject(each) for each in rows[:limit]],
            next_cursor=write_cursor(start + limit) if len(rows) > limit else None,
            groups=sorted(groups, key=lambda each: -each.count),
        )

    async def pools(self, viewer: Viewer) -> list[PoolInfo]:
        """The pools of the namespaces that the viewer may see."""
        imports = await self.visible(viewer)
        said = {each.pool: each.status.workers for each in imports if each.status.workers}
        namespaces = {each.namespace for each in imports}
        found = {*(each.pool for each in imports), *await known_pools(self.redis)}
        return [
            PoolInfo.of(await Queue(self.redis, pool).pool_view(), said.get(pool))
            for pool in sorted(found)
            if pool.namespace in namespaces
        ]

    async def check(self) -> dict[str, bool]:
        """Whether Redis, MongoDB and the imports can be read."""

        async def can(step: Any) -> bool:
            try:
                await step
            except Exception:  # noqa: BLE001 - whatever it is, it means no
                return False
            return True

        return {
            "redis": await can(_ping(self.redis)),
            "mongodb": await can(self._database.command("ping")),
            "imports": await can(self.source.list()),
        }


async def _ping(redis: Any) -> None:
    await redis.ping()


def state_of(imp: ImportObject) -> str:
    """An import's state in one word, one of STATES."""
    if any(each.type == "Stalled" for each in imp.status.conditions):
        return "stalled"
    if imp.status.current_run is not None:
        return "running"
    if imp.spec is not None and imp.spec.suspend:
        return "suspended"
    last = imp.status.last_run
    return "failed" if last is not None and not Verdict(last.verdict).successful else "ok"


def read_cursor(cursor: str | None) -> int:
    """The number in a cursor; ProblemError 400 for one that is not ours."""
    if cursor is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(cursor.encode() + b"==")))
    except (ValueError, binascii.Error) as error:
        raise ProblemError(400, "cursor: not one of ours; leave it out to begin anew.") from error


def write_cursor(number: int) -> str:
    """A cursor that holds a number."""
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def _effective(imp: ImportObject) -> dict[str, Any] | None:
    if imp.spec is None:
        return None
    try:
        whole = effective_spec(imp.spec)
    except (UnknownPreset, ValueError):
        return None
    return whole.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def _finished(imp: ImportObject) -> float:
    last = imp.status.last_run
    return last.finished_at.timestamp() if last else 0.0


def _open(imp: ImportObject) -> int:
    return imp.status.last_run.open if imp.status.last_run else -1


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
            **dict.fromkeys(_COUNTS, 0),
        }
    )


def _page(document: Document) -> PageInfo:
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


def _reject(document: Document) -> RejectInfo:
    return RejectInfo(
        id=str(document["_id"]),
        run=document["run"],
        external_id=document.get("externalId"),
        reason=document["reason"],
        message=document["message"],
        raw=document["raw"],
        at=document["at"],
    )
