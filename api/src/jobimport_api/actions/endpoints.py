"""Routes of actions."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from jobimport_api.actions import retrying, service
from jobimport_api.actions.permission import permitted
from jobimport_api.actions.schemas import Accepted, Action
from jobimport_api.asking import Asking, Known, Shown
from jobimport_api.problems import responses

router = APIRouter(prefix="/imports/{namespace}/{name}", tags=["actions"])


@router.post("/runs", status_code=202, responses=responses(403, 404, 409))
async def run_now(request: Request, catalog: Known, viewer: Asking, imp: Shown) -> Accepted:
    """Run an import now, or right after its current run."""
    async with permitted(request, viewer, "run", imp.key):
        return await service.request_run(catalog, viewer, imp)


@router.post("/retry", status_code=202, responses=responses(403, 404, 409))
async def retry(
    request: Request,
    catalog: Known,
    viewer: Asking,
    imp: Shown,
    partition: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Key of the partition that alone is walked again; absent: all that failed.",
        ),
    ] = None,
) -> Accepted:
    """Walk again what failed in the last run, of all partitions or of one, and nothing else.

    A partition that the last run does not have is 404; where nothing failed it is 409.
    """
    async with permitted(request, viewer, "retry", imp.key, partition=partition):
        return await retrying.request_retry(catalog, viewer, imp, partition)


@router.post("/{action}", status_code=202, responses=responses(400, 403, 404, 409))
async def act(
    request: Request,
    catalog: Known,
    viewer: Asking,
    imp: Shown,
    action: Action,
) -> Accepted:
    """Cancel the run, suspend, resume, or approve what the guard held back."""
    async with permitted(request, viewer, action.value, imp.key):
        return await service.act(catalog, viewer, imp, action)
