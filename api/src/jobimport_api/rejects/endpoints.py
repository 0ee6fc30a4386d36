"""Routes of quarantine."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import StreamingResponse

from jobimport_api.actions.permission import permitted
from jobimport_api.asking import Asking, Cursor, Known, Limit, Shown
from jobimport_api.problems import responses
from jobimport_api.rejects import service
from jobimport_api.rejects.schemas import RejectPage, Replay
from jobimport_api.tasks.schemas import Asked
from jobimport_api.tasks.service import ask_replay

router = APIRouter(prefix="/imports/{namespace}/{name}/rejects", tags=["rejects"])

Run = Annotated[str | None, Query(max_length=253, description="Those of this run.")]
Reason = Annotated[str | None, Query(max_length=500, description="Those of this reason.")]
_LINES = "application/x-ndjson"


@router.get("", responses=responses(400, 404))
async def rejects(
    catalog: Known,
    imp: Shown,
    run: Run = None,
    reason: Reason = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RejectPage:
    """The records of an import that are in quarantine."""
    return await service.list_rejects(catalog, imp, run, reason, limit, cursor)


@router.get(
    "/download",
    response_class=StreamingResponse,
    responses={
        **responses(404),
        200: {"content": {_LINES: {}}, "description": "A RejectInfo as JSON on each line."},
    },
)
async def download(
    catalog: Known, imp: Shown, run: Run = None, reason: Reason = None
) -> StreamingResponse:
    """All of them, with their raw content, as lines of JSON."""
    await catalog.database.command("ping")  # once lines flow, an outage could not be told any more
    name = f"rejects-{imp.namespace}-{imp.name}.jsonl"
    return StreamingResponse(
        service.download(catalog, imp, run, reason),
        media_type=_LINES,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post("/replay", status_code=202, responses=responses(403, 404, 409, 429))
async def replay(
    request: Request,
    catalog: Known,
    viewer: Asking,
    imp: Shown,
    wanted: Annotated[Replay | None, Body()] = None,
) -> Asked:
    """Map rejects again with the present mapping, without fetching; a worker does it."""
    async with permitted(request, viewer, "replay", imp.key):
        return await ask_replay(catalog, imp, wanted or Replay())
