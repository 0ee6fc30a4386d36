"""What the gateway reads from, and which imports a viewer may see."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from redis.asyncio import Redis

from jobimport.ids import ImportKey, PoolKey, RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunView
from jobimport.resource.object import ImportObject
from jobimport.store.collections import Collection, Database
from jobimport_api.access.viewers import Viewer
from jobimport_api.problems import not_found, not_permitted
from jobimport_api.sources import ImportsSource

_DEFAULT_COLLECTION = "jobs"


class Catalog:
    """Reads for endpoints and rooms; what takes a viewer leaves out what they may not see."""

    def __init__(self, source: ImportsSource, redis: Redis, database: Database) -> None:
        self.source = source
        self.redis = redis
        self.database = database

    async def visible(self, viewer: Viewer, namespace: str | None = None) -> list[ImportObject]:
        """The imports that the viewer may see."""
        imports = [
            each
            for each in await self.source.list()
            if namespace is None or each.namespace == namespace
        ]
        allowed = await self.visible_namespaces(viewer, {each.namespace for each in imports})
        return [each for each in imports if each.namespace in allowed]

    async def visible_namespaces(self, viewer: Viewer, names: set[str]) -> set[str]:
        """Those of the namespaces whose imports the viewer may list."""
        if not names or await viewer.may("list", ""):
            return names
        ordered = sorted(names)
        answers = await asyncio.gather(*(viewer.may("list", each) for each in ordered))
        return {name for name, answer in zip(ordered, answers, strict=True) if answer}

    async def find(self, viewer: Viewer, key: ImportKey) -> ImportObject:
        """One import; ProblemError 403 where the viewer may not see it, whether or not it is there,
        and 404 where it is not.
        """
        if not await viewer.may("get", key.namespace, key.name):
            raise not_permitted(f"see import {key}", "get", key.namespace)
        found = await self.source.get(key)
        if found is None:
            raise not_found(f"Import {key}")
        return found

    async def view_of(self, imp: ImportObject) -> RunView | None:
        """The current run of an import, as the queue has it."""
        return (await self.views_of([imp])).get(imp.uid)

    async def views_of(self, imports: Iterable[ImportObject]) -> dict[str, RunView]:
        """The current runs of imports, as their queues have them, by the imports' UIDs."""
        by_pool: dict[PoolKey, dict[RunId, ImportObject]] = {}
        for imp in imports:
            if (current := imp.status.current_run) is not None:
                by_pool.setdefault(imp.pool, {})[RunId(current.id)] = imp
        asked = [Queue(self.redis, pool).run_views(list(runs)) for pool, runs in by_pool.items()]
        answers = await asyncio.gather(*asked)
        return {
            runs[run].uid: view
            for runs, views in zip(by_pool.values(), answers, strict=True)
            for run, view in views.items()
            if view.import_key == runs[run].key
        }

    def postings(self, imp: ImportObject) -> Collection:
        """The collection that an import writes to."""
        name = imp.spec.destination.collection if imp.spec else _DEFAULT_COLLECTION
        return self.database[name]

    async def check(self) -> dict[str, bool]:
        """Whether Redis, MongoDB and the imports can be read."""
        redis: Any = self.redis
        redis_there, mongodb_there, imports_there = await asyncio.gather(
            _can(redis.ping()), _can(self.database.command("ping")), _can(self.source.list())
        )
        return {"redis": redis_there, "mongodb": mongodb_there, "imports": imports_there}


async def _can(step: Awaitable[object]) -> bool:
    try:
        await step
    except Exception:  # noqa: BLE001 - whatever it is, it means no
        return False
    return True
