"""Routes of pools."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from jobimport.ids import PoolKey
from jobimport_api.asking import Asking, Known, Namespace
from jobimport_api.model import Page
from jobimport_api.pools.loads import load_of
from jobimport_api.pools.schemas import PoolInfo, PoolLoad
from jobimport_api.pools.service import list_pools
from jobimport_api.problems import responses

router = APIRouter(prefix="/pools", tags=["pools"])


@router.get("")
async def pools(request: Request, catalog: Known, viewer: Asking) -> Page[PoolInfo]:
    """The pools: their queues and workers."""
    found = await list_pools(catalog, viewer, request.app.state.pool_limits)
    return Page(items=found, total=len(found))


@router.get("/{namespace}/{pool}/load", responses=responses(403, 404))
async def pool_load(
    catalog: Known,
    viewer: Asking,
    namespace: Namespace,
    pool: Annotated[str, Path(max_length=63, description="Name of the pool.")],
) -> PoolLoad:
    """A pool's load as one number, for an autoscaler; an error, never 0, when it isn't known."""
    return await load_of(catalog, viewer, PoolKey(namespace, pool))
