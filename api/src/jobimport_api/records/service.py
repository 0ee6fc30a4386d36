"""The postings of an import, read from its collection by the source name that it owns."""

from datetime import datetime
from typing import Any, Final, Literal

import pymongo
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import ExecutionTimeout, NetworkTimeout, PyMongoError

from jobimport.resource.object import ImportObject
from jobimport.shapes import is_list, is_object
from jobimport.store.collections import SIGHTINGS, Document
from jobimport.store.postings import posting_id
from jobimport_api.catalog import Catalog
from jobimport_api.claims import claimed_source
from jobimport_api.cursors import read_cursor, write_cursor
from jobimport_api.model import Page
from jobimport_api.problems import not_found
from jobimport_api.records.query import Wanted, query_of
from jobimport_api.records.schemas import HistoryEntry, RecordDetail, RecordInfo
from jobimport_api.rejects.service import reject_of

Sort = Literal["-lastChanged", "-firstSeen", "title"]
_ORDERS: Final[dict[Sort, tuple[str, int]]] = {
    "-lastChanged": ("lastChangedAt", DESCENDING),
    "-firstSeen": ("firstSeenAt", DESCENDING),
    "title": ("title", ASCENDING),
}
_SEARCH_SECONDS: Final = 10.0
_COUNT_SECONDS: Final = 2.0
_SHOWN: Final = dict.fromkeys(
    (
        "externalId",
        "title",
        "company",
        "locations",
        "url",
        "firstSeenAt",
        "lastChangedAt",
        "closedAt",
        "closedReason",
        "partitions",
    ),
    1,
)
_LATEST_SIGHTINGS: Final = 2


async def source_of(catalog: Catalog, imp: ImportObject) -> str:
    """The source whose postings are the import's own."""
    return claimed_source(imp, await catalog.source.list())


async def list_records(
    catalog: Catalog, imp: ImportObject, wanted: Wanted, sort: Sort, limit: int, cursor: str | None
) -> Page[RecordInfo]:
    """A page of the postings that fit. `total` is null where counting them would take long."""
    source = await source_of(catalog, imp)
    last = imp.status.last_run
    query = query_of(source, wanted, last.id if last else None)
    field, direction = _ORDERS[sort]
    after = read_cursor(cursor, 2)
    paged = query if after is None else {"$and": [query, _beyond(field, direction, after)]}
    postings = catalog.postings(imp)
    with pymongo.timeout(_SEARCH_SECONDS):
        order = [(field, direction), ("_id", ASCENDING)]
        found = postings.find(paged, _SHOWN).sort(order).limit(limit + 1)
        rows = [each async for each in found]
    following = None
    if len(rows) > limit:
        following = write_cursor(rows[limit - 1].get(field), rows[limit - 1]["_id"])
    total = await _count(catalog, imp, query)
    return Page(
        items=[record_info(each) for each in rows[:limit]], next_cursor=following, total=total
    )


def _beyond(field: str, direction: int, after: list[Any]) -> Document:
    """What comes after a posting in the order of a field, then of the id; null is the lowest."""
    value, identity = after
    same = {field: value, "_id": {"$gt": identity}}
    if direction == DESCENDING:
        lower: list[Document] = [] if value is None else [{field: {"$lt": value}}, {field: None}]
        return {"$or": [*lower, same]}
    higher = {field: {"$ne": None}} if value is None else {field: {"$gt": value}}
    return {"$or": [higher, same]}


async def _count(catalog: Catalog, imp: ImportObject, query: Document) -> int | None:
    try:
        with pymongo.timeout(_COUNT_SECONDS):
            return await catalog.postings(imp).count_documents(query)
    except (ExecutionTimeout, NetworkTimeout):
        return None
    except PyMongoError as error:
        if error.timeout:
            return None
        raise


def record_info(posting: Document) -> RecordInfo:
    """A posting for a list."""
    partitions: list[Any] = posting.get("partitions") or []
    return RecordInfo(
        external_id=str(posting["externalId"]),
        id=str(posting["_id"]),
        title=_text(posting.get("title")),
        company=_text(posting.get("company")),
        locations=locations_text(posting.get("locations")),
        url=_text(posting.get("url")),
        first_seen_at=posting.get("firstSeenAt"),
        last_changed_at=posting.get("lastChangedAt"),
        closed_at=posting.get("closedAt"),
        closed_reason=posting.get("closedReason"),
        partitions=[str(each) for each in partitions],
    )


def locations_text(locations: Any) -> str:
    """Places in words: `Berlin, DE; Remote`."""
    places: list[str] = []
    for each in locations if is_list(locations) else []:
        if is_object(each):
            parts = [each.get(name) for name in ("city", "region", "country")]
            known = ", ".join(str(part) for part in parts if part) or each.get("text")
            if known:
                places.append(str(known))
        elif each:
            places.append(str(each))
    return "; ".join(dict.fromkeys(places))


async def record_detail(catalog: Catalog, imp: ImportObject, external_id: str) -> RecordDetail:
    """One posting with its history; ProblemError 404 where neither it nor a reject is there."""
    source = await source_of(catalog, imp)
    posting = await catalog.postings(imp).find_one({"_id": posting_id(source, external_id)})
    reject = await reject_of(catalog, imp, external_id)
    if posting is None and reject is None:
        raise not_found(f"A record {external_id!r} of import {imp.key}")
    history: list[Document] = (posting or {}).pop("history", None) or []
    return RecordDetail(
        posting=plain(posting) if posting else None,
        history=[HistoryEntry.model_validate(plain(each)) for each in history],
        raw=plain((posting or {}).get("raw")) if posting else None,
        last_seen_run=await last_seen_run(catalog, imp, source, external_id),
        reject=reject,
    )


async def last_seen_run(
    catalog: Catalog, imp: ImportObject, source: str, external_id: str
) -> str | None:
    """The newest of the last runs that saw an id; sightings of older ones are not kept."""
    status = imp.status
    runs = [each.id for each in (status.current_run, status.last_run) if each is not None]
    if status.last_successful_run is not None:
        runs.append(status.last_successful_run.id)
    if not runs:
        return None
    query = {"run": {"$in": runs[: _LATEST_SIGHTINGS + 1]}, "source": source, "ids": external_id}
    found = await catalog.database[SIGHTINGS].find_one(query, {"run": 1}, sort=[("at", DESCENDING)])
    return str(found["run"]) if found else None


def plain(value: Any) -> Any:
    """A stored value as JSON can hold it."""
    if is_object(value):
        return {str(name): plain(each) for name, each in value.items()}
    if is_list(value):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str | datetime):
        return value
    return str(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
