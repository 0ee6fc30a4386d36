"""REST under /api/v1."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import State

from jobimport.ids import ImportKey, PoolKey
from jobimport.resource.names import CANCEL_REQUESTED, REQUESTED_BY, RETRY_REQUESTED, RUN_REQUESTED
from jobimport_api.catalog import Catalog
from jobimport_api.loads import load_of
from jobimport_api.problems import ProblemError, responses
from jobimport_api.schemas import (
    Accepted,
    ImportDetail,
    ImportSummary,
    Info,
    Page,
    PageInfo,
    PoolInfo,
    PoolLoad,
    RejectPage,
    RunDetail,
    RunSummary,
)
from jobimport_api.viewers import Viewer

router = APIRouter(prefix="/api/v1", responses=responses(401, 422, 503))

Limit = Annotated[int, Query(ge=1, le=500, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="Cursor of a page.")]
Action = Literal["retry", "cancel"]


def _catalog(request: Request) -> Catalog:
    state: State = request.app.state
    return state.catalog


async def _viewer(request: Request) -> Viewer:
    return await request.app.state.viewers.of(request.headers.get("authorization"))


def _key(namespace: str, name: str) -> ImportKey:
    return ImportKey(namespace, name)


Known = Annotated[Catalog, Depends(_catalog)]
Asking = Annotated[Viewer, Depends(_viewer)]
Key = Annotated[ImportKey, Depends(_key)]


@router.get("/info", tags=["gateway"])
async def info(request: Request) -> Info:
    """What this gateway is."""
    return request.app.state.info


@router.get("/imports", tags=["imports"], responses=responses(400))
async def imports(
    catalog: Known,
    viewer: Asking,
    namespace: Annotated[str | None, Query(max_length=63)] = None,
    search: Annotated[str, Query(max_length=200, description="Part of namespace/name.")] = "",
    state: Annotated[
        Literal["running", "failed", "stalled", "suspended", "ok"] | None, Query()
    ] = None,
    sort: Annotated[Literal["name", "-lastRun", "-open"], Query()] = "name",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ImportSummary]:
    """The imports, with the live progress of those that run."""
    return await catalog.page(
        viewer,
        namespace=namespace,
        search=search,
        state=state,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )


@router.get("/imports/{namespace}/{name}", tags=["imports"], responses=responses(404))
async def one_import(catalog: Known, viewer: Asking, key: Key) -> ImportDetail:
    """One import, whole."""
    return await catalog.detail(await catalog.find(viewer, key))


@router.get("/imports/{namespace}/{name}/runs", tags=["runs"], responses=responses(400, 404))
async def runs(
    catalog: Known, viewer: Asking, key: Key, limit: Limit = 20, cursor: Cursor = None
) -> Page[RunSummary]:
    """The runs of an import, the newest first."""
    await catalog.find(viewer, key)
    return await catalog.runs(key, limit, cursor)


@router.get("/imports/{namespace}/{name}/runs/{run}", tags=["runs"], responses=responses(404))
async def one_run(catalog: Known, viewer: Asking, key: Key, run: str) -> RunDetail:
    """One run, whole."""
    return await catalog.run(await catalog.find(viewer, key), run)


@router.get(
    "/imports/{namespace}/{name}/runs/{run}/pages", tags=["runs"], responses=responses(400, 404)
)
async def pages(
    catalog: Known,
    viewer: Asking,
    key: Key,
    run: str,
    state: Annotated[Literal["done", "failed"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PageInfo]:
    """The pages of a run."""
    await catalog.run(await catalog.find(viewer, key), run)
    return await catalog.pages(run, state, limit, cursor)


@router.get("/imports/{namespace}/{name}/rejects", tags=["rejects"], responses=responses(400, 404))
async def rejects(
    catalog: Known,
    viewer: Asking,
    key: Key,
    run: Annotated[str | None, Query(max_length=200)] = None,
    reason: Annotated[str | None, Query(max_length=500)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RejectPage:
    """The records of an import that are in quarantine."""
    await catalog.find(viewer, key)
    return await catalog.rejects(key, run, reason, limit, cursor)


@router.get("/pools", tags=["pools"])
async def pools(catalog: Known, viewer: Asking) -> Page[PoolInfo]:
    """The pools: their queues and workers."""
    found = await catalog.pools(viewer)
    return Page(items=found, total=len(found))


@router.get("/pools/{namespace}/{pool}/load", tags=["pools"], responses=responses(403, 404))
async def pool_load(catalog: Known, viewer: Asking, namespace: str, pool: str) -> PoolLoad:
    """A pool's load as one number, for an autoscaler; an error, never 0, when it isn't known."""
    return await load_of(catalog, viewer, PoolKey(namespace, pool))


@router.post(
    "/imports/{namespace}/{name}/runs",
    tags=["actions"],
    status_code=202,
    responses=responses(403, 404),
)
async def run_now(catalog: Known, viewer: Asking, key: Key, response: Response) -> Accepted:
    """Run an import now, or right after its current run."""
    return await _annotate(catalog, viewer, key, RUN_REQUESTED)


@router.post(
    "/imports/{namespace}/{name}/{action}",
    tags=["actions"],
    status_code=202,
    responses=responses(403, 404),
)
async def act(catalog: Known, viewer: Asking, key: Key, action: Action) -> Accepted:
    """Cancel the current run, or walk again what failed in the last one."""
    annotation = {"cancel": CANCEL_REQUESTED, "retry": RETRY_REQUESTED}[action]
    return await _annotate(catalog, viewer, key, annotation)


async def _annotate(catalog: Catalog, viewer: Viewer, key: ImportKey, annotation: str) -> Accepted:
    await catalog.find(viewer, key)
    if not await viewer.may("patch", key.namespace, key.name):
        raise ProblemError(403, f"You may see {key}, but not change it: ask for the verb patch.")
    token = f"{datetime.now(UTC).isoformat(timespec='milliseconds')}-{secrets.token_hex(3)}"
    await catalog.source.annotate(key, {annotation: token, REQUESTED_BY: viewer.name}, viewer)
    return Accepted(token=token)
