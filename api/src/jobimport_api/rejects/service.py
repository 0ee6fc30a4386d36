"""The rejects of an import."""

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson
from pymongo import ASCENDING, DESCENDING

from jobimport.resource.object import ImportObject
from jobimport.store.collections import REJECTS, Document
from jobimport_api.catalog import Catalog
from jobimport_api.cursors import read_cursor, write_cursor
from jobimport_api.rejects.schemas import RejectGroup, RejectInfo, RejectPage

_SHOWN_RAW: Final = 64 * 1024


def query_of(imp: ImportObject, run: str | None, reason: str | None) -> Document:
    """The rejects of an import, of a run and reason where given."""
    query: Document = {"import": str(imp.key)}
    if run:
        query["run"] = run
    if reason:
        query["reason"] = reason
    return query


async def list_rejects(
    catalog: Catalog,
    imp: ImportObject,
    run: str | None,
    reason: str | None,
    limit: int,
    cursor: str | None,
) -> RejectPage:
    """A page of the rejects of an import, the newest first, and all of them by reason."""
    query = query_of(imp, run, reason)
    rejects = catalog.database[REJECTS]
    after = read_cursor(cursor, 2)
    paged = query
    if after is not None:
        at, identity = after
        paged = {**query, "$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$gt": identity}}]}
    order = [("at", DESCENDING), ("_id", ASCENDING)]
    rows = [each async for each in rejects.find(paged).sort(order).limit(limit + 1)]
    counted = await rejects.aggregate(
        [
            {"$match": query_of(imp, run, None)},
            {"$group": {"_id": "$reason", "count": {"$sum": 1}}},
        ]
    )
    groups = [RejectGroup(reason=each["_id"], count=each["count"]) async for each in counted]
    following = None
    if len(rows) > limit:
        following = write_cursor(rows[limit - 1]["at"], rows[limit - 1]["_id"])
    return RejectPage(
        items=[_shortened(reject_info(each)) for each in rows[:limit]],
        next_cursor=following,
        groups=sorted(groups, key=lambda each: -each.count),
        total=sum(each.count for each in groups if reason in (None, "", each.reason)),
    )


async def reject_of(catalog: Catalog, imp: ImportObject, external_id: str) -> RejectInfo | None:
    """The reject of a record; None where it is not in quarantine."""
    query: dict[str, Any] = {"import": str(imp.key), "externalId": external_id}
    found = await catalog.database[REJECTS].find_one(query)
    return reject_info(found) if found else None


async def download(
    catalog: Catalog, imp: ImportObject, run: str | None, reason: str | None
) -> AsyncIterator[bytes]:
    """The rejects as lines of JSON, the newest first; read while they are sent."""
    found = catalog.database[REJECTS].find(query_of(imp, run, reason)).sort("at", DESCENDING)
    async for each in found:
        yield orjson.dumps(reject_info(each).to_json()) + b"\n"


def _shortened(reject: RejectInfo) -> RejectInfo:
    """A reject for a list, whose raw content may be large; the download has it whole."""
    if len(reject.raw) <= _SHOWN_RAW:
        return reject
    return reject.model_copy(update={"raw": f"{reject.raw[:_SHOWN_RAW]}…"})


def reject_info(document: Document) -> RejectInfo:
    """A reject as MongoDB has it."""
    return RejectInfo(
        id=str(document["_id"]),
        run=document["run"],
        external_id=document.get("externalId"),
        reason=document["reason"],
        message=document["message"],
        raw=document["raw"],
        at=document["at"],
        partition=document.get("partition"),
    )
