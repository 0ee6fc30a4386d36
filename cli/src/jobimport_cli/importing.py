"""One import in this process: the same worker as in a cluster, on a Redis of its own."""

import asyncio
import os
import secrets as random_names
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from jobimport.budgets import HostBudgets
from jobimport.ids import ImportKey, PoolKey, RunId, TaskId, WorkerId, run_id
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunStart, RunView, Task, TaskKind
from jobimport.resource.defaults import wanted_source_name
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import LastRun, RunReason
from jobimport.settings import WorkerSettings
from jobimport.snapshot import RunSnapshot
from jobimport.store.collections import RUNS, Database, Document, open_client, open_database
from jobimport_cli.credentials import credentials_folder
from jobimport_cli.files import Found
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import embedded_redis
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.turns import Turns
from jobimport_worker.loop import Worker
from jobimport_worker.progress import NoTarget

_LOOK_SECONDS = 0.1
_CONCURRENCY = 4
_MAX_CRASHES = 3
_VERSION = "cli"
_POOL = "cli"
_INTERNAL = frozenset({"source", "writeToken", "rawHash", "mappingHash", "contentHash", "misses"})


@dataclass(frozen=True, slots=True)
class Importing:
    """Where an import runs and what it needs. Without `mongodb_url` it is a stand-in."""

    found: Found
    spec: JobImportSpec
    secrets: list[str]
    networks: str
    mongodb_url: str
    database: str

    @property
    def key(self) -> ImportKey:
        """The import."""
        return ImportKey(self.found.reading.namespace, self.found.reading.name)

    @property
    def source(self) -> str:
        """The <source> of its postings."""
        return wanted_source_name(self.spec, self.key.namespace, self.key.name)


@dataclass(frozen=True, slots=True)
class Place:
    """The servers of one import, and its worker's queue."""

    importing: Importing
    queue: Queue
    database: Database

    async def run(self, show: Callable[[RunView], None]) -> LastRun:
        """Run the import once, to its end; `show` is told how far it is."""
        start = await self._start()
        await self.queue.start_run(start, [Task(TaskId(f"{start.id}/plan"), TaskKind.PLAN)])
        while True:
            view = await self.queue.run_view(start.id)
            if view is not None:
                show(view)
                if view.outcome is not None:
                    return LastRun.model_validate(view.outcome)
            await asyncio.sleep(_LOOK_SECONDS)

    async def postings(self) -> AsyncIterator[Document]:
        """What is open of the source, as a program would want it."""
        collection = self.database[self.importing.spec.destination.collection]
        query = {"source": self.importing.source, "closedAt": None}
        async for posting in collection.find(query).sort("_id", 1):
            yield {name: each for name, each in posting.items() if name not in _INTERNAL}

    async def _start(self) -> RunStart:
        importing, spec = self.importing, self.importing.spec
        newest: Any = await self.database[RUNS].find_one(
            {"import": str(importing.key)}, sort=[("sequence", -1)]
        )
        sequence = (newest["sequence"] if newest else 0) + 1
        uid = f"cli-{importing.key}"
        run: RunId = run_id(importing.key.name, uid, random_names.token_hex(8))
        snapshot = RunSnapshot(
            namespace=importing.key.namespace,
            name=importing.key.name,
            uid=uid,
            generation=1,
            run=run,
            sequence=sequence,
            reason=RunReason.REQUESTED,
            source_name=importing.source,
            spec=spec,
        )
        return RunStart(
            run,
            importing.key,
            uid,
            sequence,
            1,
            RunReason.REQUESTED,
            spec.concurrency or _CONCURRENCY,
            _MAX_CRASHES,
            snapshot.to_json(),
        )


@asynccontextmanager
async def importing_place(importing: Importing) -> AsyncGenerator[Place]:
    """Servers and a worker for one import, while the context lasts."""
    async with AsyncExitStack() as stack:
        url = importing.mongodb_url
        if not url:
            url = await asyncio.to_thread(stack.enter_context, mongo_stand_in())
            collection = importing.spec.destination.collection
            await asyncio.to_thread(quicken, url, importing.database, [collection])
        client = open_client(url)
        stack.push_async_callback(client.close)
        database = open_database(client, importing.database)
        redis_url = await asyncio.to_thread(stack.enter_context, embedded_redis())
        redis = connect(redis_url)
        stack.push_async_callback(redis.aclose)
        queue = Queue(redis, PoolKey(importing.key.namespace, _POOL))
        stack.push_async_callback(queue.close)
        credentials = stack.enter_context(credentials_folder(importing.secrets))
        settings = WorkerSettings(
            worker_concurrency=importing.spec.concurrency or _CONCURRENCY,
            credentials_wait_seconds=0,  # nobody adds a key to a command that has been started
            shutdown_grace_seconds=1,  # who interrupts it waits for no page
        )
        turns = Turns(HostBudgets(redis), settings.lease_seconds)
        fetcher = Fetcher(parse_networks(importing.networks), credentials, _VERSION, turns)
        stack.push_async_callback(fetcher.close)
        name = WorkerId(f"cli-{os.getpid()}")
        worker = Worker(settings, name, queue, database, fetcher, NoTarget(), _VERSION)
        working = asyncio.create_task(worker.run())
        try:
            yield Place(importing, queue, database)
        finally:
            worker.stop()
            await working
