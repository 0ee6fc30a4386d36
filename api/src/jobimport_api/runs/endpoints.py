"""Routes of runs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from jobimport_api.asking import Cursor, Known, Limit, RunName, Shown
from jobimport_api.model import Page
from jobimport_api.problems import responses
from jobimport_api.runs import service
from jobimport_api.runs.log import run_log
from jobimport_api.runs.schemas import PageInfo, RunDetail, RunEvents, RunSummary

router = APIRouter(prefix="/imports/{namespace}/{name}/runs", tags=["runs"])


@router.get("", responses=responses(400, 404))
async def runs(
    catalog: Known, imp: Shown, limit: Limit = 20, cursor: Cursor = None
) -> Page[RunSummary]:
    """The runs of an import, the newest first."""
    return await service.list_runs(catalog, imp, limit, cursor)


@router.get("/{run}", responses=responses(404))
async def one_run(catalog: Known, imp: Shown, run: RunName) -> RunDetail:
    """One run, whole."""
    return await service.run_detail(catalog, imp, run)


@router.get("/{run}/pages", responses=responses(400, 404))
async def pages(
    catalog: Known,
    imp: Shown,
    run: RunName,
    state: Annotated[Literal["done", "failed"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PageInfo]:
    """The pages of a run."""
    await service.check_run(catalog, imp, run)
    return await service.list_pages(catalog, imp, run, state, limit, cursor)


@router.get("/{run}/events", responses=responses(404))
async def events(
    catalog: Known,
    imp: Shown,
    run: RunName,
    after: Annotated[
        str | None, Query(max_length=64, description="Id of the newest line that you have.")
    ] = None,
) -> RunEvents:
    """The log of a run; while it runs, the same lines come live to those who follow it."""
    await service.check_run(catalog, imp, run)
    return await run_log(catalog, imp, run, after)
