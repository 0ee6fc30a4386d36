"""A worker in the test's own loop, and a source that answers as a test says."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from jobimport.budgets import HostBudgets
from jobimport.ids import ImportKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.presets import effective_spec
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunStart, RunView, Task, TaskKind
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import LastRun
from jobimport.settings import WorkerSettings
from jobimport.snapshot import RunSnapshot
from jobimport.store.collections import Database
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.turns import Turns
from jobimport_worker.loop import Worker
from jobimport_worker.progress import NoTarget

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Source:
    """A source whose answers a test gives; `asked` keeps the requests."""

    address: str = ""
    handler: Handler | None = None
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        assert self.handler is not None
        return await self.handler(request)

    def gives(self, body: bytes | str, content_type: str = "application/json", **over: Any) -> None:
        """Answer every request the same."""
        data = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": content_type, **over.pop("headers", {})}

        async def handler(request: web.Request) -> web.StreamResponse:
            return web.Response(body=data, headers=headers, **over)

        self.handler = handler


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    source = Source()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", source.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    source.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield source
    await runner.cleanup()


@dataclass
class Rig:
    """Runs imports with a real worker; Redis and MongoDB are real too."""

    queue: Queue
    database: Database
    source: Source
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    started: RunStart | None = None

    async def run(self, spec: dict[str, Any], **over: Any) -> LastRun:
        """Run a spec to its end; its outcome."""
        outcome = (await self.view(spec, **over)).outcome
        assert outcome is not None
        return LastRun.model_validate(outcome)

    async def view(self, spec: dict[str, Any], *, cancel: bool = False, **over: Any) -> RunView:
        """Run a spec to its end; the run as the queue has it."""
        number = next(self.numbers)
        run = RunId(f"run-{number}")
        snapshot = RunSnapshot(
            namespace="ns",
            name="imp",
            uid="uid",
            generation=over.pop("generation", 1),
            run=run,
            sequence=number,
            reason="Requested",
            source_name="ns.imp",
            spec=effective_spec(JobImportSpec.model_validate(spec)),
            **over,
        )
        start = RunStart(
            run, ImportKey("ns", "imp"), "uid", number, 1, "Requested", 4, 3,
            snapshot.to_json(),
        )  # fmt: skip
        self.started = start
        await self.start()
        async with asyncio.timeout(180):
            while True:
                view = await self.queue.run_view(run)
                if view is not None and view.finished_at_ms is not None:
                    return view
                await asyncio.sleep(0.02)

    async def start(self) -> None:
        """Start the newest run, as an operator does that finds Redis without it."""
        assert self.started is not None
        plan = Task(TaskId(f"{self.started.id}/plan"), TaskKind.PLAN)
        await self.queue.start_run(self.started, [plan])

    def postings(self) -> Any:
        return self.database["jobs"]

    async def stored(self, **query: Any) -> int:
        return await self.postings().count_documents(query)


@asynccontextmanager
async def running_rig(
    queue: Queue, redis: Redis, database: Database, source: Source, folder: Path, **over: Any
) -> AsyncIterator[Rig]:
    """A worker with a connection to Redis of its own beside the queue's, which starts the runs.

    `over` are settings of the worker.
    """
    given: dict[str, Any] = {
        "retry_initial_delay_seconds": 0.01,
        "retry_max_attempts": 2,
        "batch_size": 20,
        "lease_seconds": 20,
        "credentials_wait_seconds": 12,
    }
    settings = WorkerSettings(**{**given, **over})
    (folder / "api-key").write_text("s3cr3t-value\n")
    turns = Turns(HostBudgets(redis), settings.lease_seconds)
    fetcher = Fetcher(parse_networks("127.0.0.0/8"), folder, "test", turns)
    mine = Queue(redis, queue.pool)
    worker = Worker(settings, WorkerId("w"), mine, database, fetcher, NoTarget(), "test")
    running = asyncio.create_task(worker.run())
    yield Rig(queue, database, source)
    worker.stop()
    await running
    await fetcher.close()
    await mine.close()
    await queue.close()


@pytest.fixture
async def rig(
    redis: Redis, database: Database, source: Source, tmp_path: Path
) -> AsyncIterator[Rig]:
    queue = Queue(redis, PoolKey("ns", "pool"))
    async with running_rig(queue, redis, database, source, tmp_path) as made:
        yield made
