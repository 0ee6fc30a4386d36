"""The load of a pool, as an autoscaler asks for it."""

from typing import Final

from jobimport.ids import PoolKey
from jobimport.queue.events import known_pools
from jobimport.queue.queue import Queue
from jobimport_api.access.viewers import Viewer
from jobimport_api.catalog import Catalog
from jobimport_api.pools.schemas import PoolLoad
from jobimport_api.problems import ProblemError, not_found

_DUE_SOON_MS: Final = 5_000


async def load_of(catalog: Catalog, viewer: Viewer, pool: PoolKey) -> PoolLoad:
    """What a pool has to do, by the right to get the JobImports of its namespace.

    ProblemError 403 without that right, and 404 for a pool that no import and no queue names.
    RedisError (503) when the queue can't be read: the asker must hold, and not scale to zero.
    """
    if not await viewer.may("get", pool.namespace):
        raise ProblemError(
            403, f"You may not get the JobImports of {pool.namespace}: ask for the verb get there."
        )
    known = pool in await known_pools(catalog.redis)
    if not known and all(each.pool != pool for each in await catalog.source.list()):
        raise not_found(f"Pool {pool}")
    view = await Queue(catalog.redis, pool).pool_view(_DUE_SOON_MS)
    return PoolLoad(load=view.ready + view.leased + view.due_soon)
