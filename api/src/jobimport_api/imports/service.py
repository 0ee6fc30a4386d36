"""Imports for one viewer: searched, filtered, sorted and paged here, not in the browser."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pymongo import DESCENDING
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from jobimport.presets import UnknownPreset, effective_spec
from jobimport.queue.tasks import RunView
from jobimport.resource.names import OWNER, REQUESTED_BY
from jobimport.resource.object import ImportObject
from jobimport.resource.status import Verdict
from jobimport.store.collections import REJECTS, RUNS, Document
from jobimport_api.access.viewers import Viewer
from jobimport_api.catalog import Catalog
from jobimport_api.cursors import read_cursor, write_cursor
from jobimport_api.imports.attention import attention_of
from jobimport_api.imports.coverage import coverage_of
from jobimport_api.imports.schemas import (
    EventInfo,
    ImportDetail,
    ImportSummary,
    Permissions,
    Requests,
)
from jobimport_api.model import Page
from jobimport_api.outages import MONGODB_AWAY, REDIS_AWAY, briefly
from jobimport_api.runs.schemas import Partition

State = Literal["running", "failed", "stalled", "suspended", "ok"]
Sort = Literal["name", "-lastRun", "-open", "attention", "nextRun"]
_TREND = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which imports to list, and how."""

    namespace: str | None = None
    search: str = ""
    state: State | None = None
    verdict: Verdict | None = None
    mine: bool = False
    sort: Sort = "name"


async def list_imports(
    catalog: Catalog, viewer: Viewer, wanted: Wanted, limit: int, cursor: str | None
) -> Page[ImportSummary]:
    """A page of the imports that fit; what Redis or MongoDB cannot say now is null."""
    now = datetime.now(UTC)
    keyed = [
        (_sort_key(each, wanted.sort, now), each)
        for each in await catalog.visible(viewer, wanted.namespace)
        if _fits(each, wanted, viewer.name)
    ]
    keyed.sort(key=lambda pair: pair[0])
    after = read_cursor(cursor, 3)
    rest = keyed if after is None else [pair for pair in keyed if _after(pair[0], after)]
    shown = rest[:limit]
    return Page(
        items=await summaries(catalog, [imp for _, imp in shown], trends=True),
        next_cursor=write_cursor(*shown[-1][0]) if len(rest) > limit else None,
        total=len(keyed),
    )


def _after(key: tuple[float, str, str], cursor: list[Any]) -> bool:
    try:
        return key > (float(cursor[0]), str(cursor[1]), str(cursor[2]))
    except (TypeError, ValueError):
        return False


def _fits(imp: ImportObject, wanted: Wanted, viewer: str) -> bool:
    last = imp.status.last_run
    return (
        all(word in _words(imp) for word in wanted.search.casefold().split())
        and (wanted.state is None or state_of(imp) == wanted.state)
        and (wanted.verdict is None or (last is not None and last.verdict is wanted.verdict))
        and (not wanted.mine or is_mine(imp, viewer))
    )


def _words(imp: ImportObject) -> str:
    owner = imp.annotations.get(OWNER, "")
    return f"{imp.namespace}/{imp.name} {imp.status.source_name or ''} {owner}".casefold()


def is_mine(imp: ImportObject, viewer: str) -> bool:
    """Whether a viewer owns an import, or last requested something of it."""
    return viewer in (imp.annotations.get(OWNER), imp.annotations.get(REQUESTED_BY))


def state_of(imp: ImportObject) -> State:
    """An import's state in one word."""
    if any(each.type == "Stalled" for each in imp.status.conditions):
        return "stalled"
    if imp.status.current_run is not None:
        return "running"
    if imp.spec is not None and imp.spec.suspend:
        return "suspended"
    last = imp.status.last_run
    return "failed" if last is not None and not last.verdict.successful else "ok"


def _sort_key(imp: ImportObject, sort: Sort, now: datetime) -> tuple[float, str, str]:
    """What a list is sorted by, ascending; the name decides between equals."""
    status = imp.status
    first = 0.0
    if sort == "-lastRun":
        first = -status.last_run.finished_at.timestamp() if status.last_run else 0.0
    elif sort == "-open":
        first = -float(status.last_run.open) if status.last_run else 1.0
    elif sort == "attention":
        first = -float(attention_of(imp, now).rank)
    elif sort == "nextRun":
        first = status.next_run_time.timestamp() if status.next_run_time else 1e18
    return first, imp.namespace, imp.name


async def summaries(
    catalog: Catalog, imports: Sequence[ImportObject], *, trends: bool = False
) -> list[ImportSummary]:
    """Imports with their live progress and, if asked for, their trends."""
    views, trend = await asyncio.gather(
        _views(catalog, imports), _trends(catalog, imports) if trends else _no_trends()
    )
    found: list[ImportSummary] = []
    for imp in imports:
        summary = ImportSummary.of(imp, (views or {}).get(imp.uid))
        unknown: list[str] = []
        if views is None and summary.current_run is not None:
            unknown.append(REDIS_AWAY)
        if trends and trend is None:
            unknown.append(MONGODB_AWAY)
        shown = None if trend is None or not trends else trend.get(str(imp.key), [])
        found.append(summary.model_copy(update={"trend": shown, "unknown": unknown}))
    return found


async def _views(catalog: Catalog, imports: Sequence[ImportObject]) -> dict[str, RunView] | None:
    """The current runs by the import's UID; None where Redis cannot be read."""
    try:
        return await catalog.views_of(imports)
    except RedisError:
        return None


async def _no_trends() -> dict[str, list[int]] | None:
    return None


async def _trends(catalog: Catalog, imports: Sequence[ImportObject]) -> dict[str, list[int]] | None:
    """Open postings after each of the last runs, by import; None where MongoDB cannot be read."""
    if not imports:
        return {}
    query = {"import": {"$in": [str(each.key) for each in imports]}, "state": "finished"}
    fields = {"import": 1, "outcome.open": 1}
    newest: dict[str, list[int]] = {}
    try:
        with briefly():
            found = catalog.database[RUNS].find(query, fields).sort("sequence", DESCENDING)
            async for each in found:
                known = newest.setdefault(each["import"], [])
                outcome: Document = each.get("outcome") or {}
                if len(known) < _TREND:
                    known.append(int(outcome.get("open", 0)))
    except PyMongoError:
        return None
    return {key: values[::-1] for key, values in newest.items()}


async def import_detail(
    catalog: Catalog, imp: ImportObject, viewer: Viewer | None = None
) -> ImportDetail:
    """An import, whole; with a viewer, also what they may do with it."""
    (summary,) = await summaries(catalog, [imp], trends=True)
    (partitions, coverage, unknown), rejects = await asyncio.gather(
        _last_walk(catalog, imp), _rejects(catalog, imp)
    )
    reasons = list(dict.fromkeys([*summary.unknown, *unknown]))
    return ImportDetail(
        **dict(summary.model_copy(update={"unknown": reasons})),
        spec=imp.raw_spec,
        effective_spec=_effective(imp),
        conditions=imp.status.conditions,
        workers=imp.status.workers,
        generation=imp.generation,
        observed_generation=imp.status.observed_generation,
        annotations=imp.annotations,
        permissions=await _permissions(viewer, imp) if viewer else None,
        requests=Requests.of(imp),
        partitions=partitions,
        coverage=coverage,
        rejects=rejects,
    )


async def _permissions(viewer: Viewer, imp: ImportObject) -> Permissions:
    patch, delete = await asyncio.gather(
        viewer.may("patch", imp.namespace, imp.name), viewer.may("delete", imp.namespace, imp.name)
    )
    return Permissions(patch=patch, delete=delete)


async def _last_walk(catalog: Catalog, imp: ImportObject) -> tuple[list[Partition], Any, list[str]]:
    """The last run's partitions and coverage; what status has of them where MongoDB has nothing."""
    last = imp.status.last_run
    known = [Partition.from_outcome(each) for each in last.partitions] if last else []
    query = {"import": str(imp.key), "state": "finished"}
    try:
        with briefly():
            found = catalog.database[RUNS].find(query).sort("sequence", DESCENDING).limit(_TREND)
            runs = [each async for each in found]
    except PyMongoError:
        return known, None, [MONGODB_AWAY]
    partitions = [Partition.of(each) for each in runs[0].get("partitions", [])] if runs else []
    return partitions or known, coverage_of(runs), []


async def _rejects(catalog: Catalog, imp: ImportObject) -> int | None:
    """How many records are in quarantine; None where MongoDB cannot be read."""
    try:
        with briefly():
            return await catalog.database[REJECTS].count_documents({"import": str(imp.key)})
    except PyMongoError:
        return None


async def events_of(catalog: Catalog, imp: ImportObject) -> Page[EventInfo]:
    """What happened to an import, the newest first."""
    found = await catalog.source.events(imp)
    items = [EventInfo.model_validate(each, from_attributes=True) for each in found]
    return Page(items=items, total=len(items))


def _effective(imp: ImportObject) -> dict[str, Any] | None:
    if imp.spec is None:
        return None
    try:
        whole = effective_spec(imp.spec)
    except (UnknownPreset, ValueError):
        return None
    return whole.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
