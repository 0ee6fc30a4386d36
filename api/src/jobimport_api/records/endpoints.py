"""Routes of postings."""

from typing import Annotated

from fastapi import APIRouter, Query

from jobimport_api.asking import Cursor, Known, Limit, Shown
from jobimport_api.model import Page
from jobimport_api.problems import responses
from jobimport_api.records import query, service
from jobimport_api.records.schemas import RecordDetail, RecordInfo, Why
from jobimport_api.records.why import why

router = APIRouter(prefix="/imports/{namespace}/{name}", tags=["records"])


@router.get("/records", responses=responses(400, 404, 409))
async def records(
    catalog: Known,
    imp: Shown,
    search: Annotated[
        str, Query(max_length=200, description="Words of title, company, city, id or URL.")
    ] = "",
    state: Annotated[query.State, Query()] = "open",
    partition: Annotated[str | None, Query(max_length=500)] = None,
    run: Annotated[
        str | None, Query(max_length=253, description="Those that this run changed.")
    ] = None,
    changed: Annotated[
        query.Changed | None, Query(description="What the run, else the last one, did to them.")
    ] = None,
    sort: Annotated[service.Sort, Query()] = "-lastChanged",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RecordInfo]:
    """The postings of an import."""
    wanted = query.Wanted(search, state, partition, run, changed)
    return await service.list_records(catalog, imp, wanted, sort, limit, cursor)


@router.get("/record", responses=responses(404, 409))
async def record(
    catalog: Known,
    imp: Shown,
    identity: Annotated[
        str, Query(alias="id", min_length=1, max_length=2000, description="Its externalId.")
    ],
) -> RecordDetail:
    """One posting with its history, raw content and, if it was refused, why."""
    return await service.record_detail(catalog, imp, identity)


@router.get("/why", responses=responses(404, 409))
async def why_here(
    catalog: Known,
    imp: Shown,
    asked: Annotated[
        str, Query(alias="q", min_length=1, max_length=4000, description="A job's URL or id.")
    ],
) -> Why:
    """Why a job is, or is not, among the postings."""
    return await why(catalog, imp, asked)
