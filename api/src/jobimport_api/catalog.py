"""What the gateway reads from, and which imports a viewer may see."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from redis.asyncio import Redis

from jobimport.ids import ImportKey, RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunView
from jobimport.resource.object import ImportObject
from jobimport.store.collections import Collection, Database
from jobimport_api.access.viewers import Viewer
from jobimport_api.problems import not_found
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
        """One import; ProblemError 404 where there is none that the viewer may see."""
        if not await viewer.may("get", key.namespace, key.name):
            raise not_found(f"Import {key}")
        found = await self.source.get(key)
        if found is None:
            raise not_found(f"Import {key}")
        return found

    async def view_of(self, imp: ImportObject) -> RunView | None:
        """The current run of an import, as the queue has it."""
        current = imp.status.current_run
        if current is None:
            return None
        return await Queue(self.redis, imp.pool).run_view(RunId(current.id))

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
