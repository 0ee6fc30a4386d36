"""The pools of the namespaces that a viewer may see."""

import asyncio
from collections.abc import Mapping

from jobimport.ids import PoolKey
from jobimport.queue.events import known_pools
from jobimport.queue.queue import Queue
from jobimport.settings import PoolLimits
from jobimport_api.access.viewers import Viewer
from jobimport_api.catalog import Catalog
from jobimport_api.pools.schemas import PoolInfo


async def list_pools(
    catalog: Catalog, viewer: Viewer, limits: Mapping[str, PoolLimits]
) -> list[PoolInfo]:
    """Pools that an import or the queue names."""
    imports = await catalog.visible(viewer)
    newest = sorted(imports, key=lambda each: _said_at(each.status.last_run))
    said = {each.pool: each.status.workers for each in newest if each.status.workers}
    named = {each.pool for each in imports}
    known = [each for each in await known_pools(catalog.redis) if each not in named]
    mine = await catalog.visible_namespaces(viewer, {each.namespace for each in known})
    shown = sorted({*named, *(each for each in known if each.namespace in mine)})

    async def one(pool: PoolKey) -> PoolInfo:
        view = await Queue(catalog.redis, pool).pool_view()
        return PoolInfo.of(view, said.get(pool), limits.get(pool.pool))

    return list(await asyncio.gather(*(one(each) for each in shown)))


def _said_at(last_run: object) -> float:
    finished = getattr(last_run, "finished_at", None)
    return finished.timestamp() if finished else 0.0
