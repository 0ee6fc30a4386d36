"""Routes of actions."""

from fastapi import APIRouter, Request

from jobimport_api.actions import service
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


@router.post("/{action}", status_code=202, responses=responses(400, 403, 404, 409))
async def act(
    request: Request,
    catalog: Known,
    viewer: Asking,
    imp: Shown,
    action: Action,
) -> Accepted:
    """Cancel the run, retry what failed, suspend, resume, or approve what the guard held back."""
    async with permitted(request, viewer, action.value, imp.key):
        return await service.act(catalog, viewer, imp, action)
