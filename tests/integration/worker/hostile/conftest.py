"""Many bad imports at once, by one real worker, over postings that must all stay open."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
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

from .server import HostileServer, Send, answer, gives, hostile_server

SEEDED = 20
MOST_GROWTH_MIB = 256
_SLOTS = 24


@dataclass(frozen=True)
class Case:
    """One bad source and what must come of it.

    `said` are texts of which the run's message has one. `attempts`: those of the failed page, 1 for
    an error that is final, 2 for one that is tried again; 0: the page does not fail.
    """

    name: str
    send: Send
    said: tuple[str, ...]
    attempts: int
    verdicts: tuple[str, ...] = ("Failed",)
    source: dict[str, Any] = field(default_factory=dict[str, Any])
    over: dict[str, Any] = field(default_factory=dict[str, Any])
    path: str = "/jobs"


@dataclass
class Ended:
    """A case with its run."""

    case: Case
    number: int
    view: RunView
    last: LastRun
    page: dict[str, Any] | None


def memory_kib(word: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(word))


def reset_high_water() -> int:
    """Let the kernel measure the peak anew; the memory in use now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory_kib("VmRSS")


@dataclass
class Trial:
    """Runs cases and holds what is true of all: told, nothing closed, memory bounded."""

    queue: Queue
    database: Database
    server: HostileServer
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def judge(self, cases: Sequence[Case]) -> list[Ended]:
        """Run all cases, several at a time; AssertionError names each that ended otherwise."""
        seed = json.dumps({"jobs": [{"id": n, "title": f"Kept {n}"} for n in range(SEEDED)]})
        seeded = await self._run(Case("seed", gives(answer(seed)), ("",), 0))
        assert seeded.last.inserted == SEEDED, seeded.last
        before = reset_high_water()
        places = asyncio.Semaphore(_SLOTS)

        async def one(case: Case) -> Ended:
            async with places:
                return await self._run(case)

        ended = await asyncio.gather(*(one(case) for case in cases))
        grown = (memory_kib("VmHWM") - before) // 1024
        wrong = [text for each in ended if (text := _complaint(each))]
        assert not wrong, f"{len(wrong)} of {len(cases)} cases:\n" + "\n".join(wrong[:25])
        kept = await self.database["jobs"].count_documents(
            {"externalId": {"$in": [str(n) for n in range(SEEDED)]}, "closedAt": None}
        )
        assert kept == SEEDED, f"{SEEDED - kept} postings were closed"
        assert grown < MOST_GROWTH_MIB, f"memory grew by {grown} MiB"
        return ended

    async def _run(self, case: Case) -> Ended:
        number, address = self.server.add(case.send)
        run, key = RunId(f"run-{number}"), ImportKey("ns", f"case-{number}")
        source = {
            "request": {"url": address + case.path, "timeoutSeconds": 1},
            "format": {"type": "json", "records": "jobs"},
        }
        request = {**source["request"], **case.source.get("request", {})}
        spec = {
            "source": {**source, **case.source, "request": request},
            "mapping": {"externalId": "id", "title": "title", "required": ["title"]},
            "completeness": {"missesBeforeClose": 1, "confirmEmptyRuns": 2},
            "retry": {"maxAttempts": 2, "initialDelaySeconds": 0},
            **case.over,
        }
        snapshot = RunSnapshot(
            namespace=key.namespace,
            name=key.name,
            uid="uid",
            generation=1,
            run=run,
            sequence=next(self.numbers),
            reason="Requested",
            source_name="ns.imp",
            spec=effective_spec(JobImportSpec.model_validate(spec)),
        )
        start = RunStart(
            run, key, "uid", snapshot.sequence, 1, "Requested", 4, 3,
            snapshot.model_dump_json(by_alias=True).encode(),
        )  # fmt: skip
        await self.queue.start_run(start, [Task(TaskId(f"{run}/plan"), TaskKind.PLAN)])
        view = await self._ended(run, case)
        page = await self.database["jobimport.pages"].find_one({"run": run, "state": "failed"})
        assert view.outcome is not None
        return Ended(case, number, view, LastRun.model_validate(view.outcome), page)

    async def _ended(self, run: RunId, case: Case) -> RunView:
        async with asyncio.timeout(120):
            while True:
                view = await self.queue.run_view(run)
                if view is not None and view.finished_at_ms is not None:
                    return view
                await asyncio.sleep(0.1)
        raise AssertionError(case.name)


def _complaint(ended: Ended) -> str:
    """What is not as the case says; empty where all is."""
    case, last = ended.case, ended.last
    attempts = ended.page["attempt"] if ended.page else 0
    found = f"{case.name}: {last.verdict}, attempts {attempts}, {last.message!r}"
    if "of JobImport itself" in last.message:
        return f"an error of our own: {found}"
    if last.verdict not in case.verdicts:
        return f"verdict not {case.verdicts}: {found}"
    if not any(text in last.message for text in case.said):
        return f"message without {case.said}: {found}"
    if attempts != case.attempts:
        return f"attempts not {case.attempts}: {found}"
    return f"closed {last.closed}: {found}" if last.closed else ""


@pytest.fixture
async def trial(redis: Redis, database: Database, tmp_path: Path) -> AsyncIterator[Trial]:
    queue = Queue(redis, PoolKey("ns", "hostile"))
    settings = WorkerSettings(
        retry_initial_delay_seconds=0.01,
        retry_max_attempts=2,
        batch_size=50,
        lease_seconds=30,
        worker_concurrency=_SLOTS,
    )
    turns = Turns(HostBudgets(redis), settings.lease_seconds)
    fetcher = Fetcher(parse_networks("127.0.0.0/8"), tmp_path, "test", turns)
    worker = Worker(settings, WorkerId("w"), queue, database, fetcher, NoTarget(), "test")
    running = asyncio.create_task(worker.run())
    async with hostile_server() as server:
        yield Trial(queue, database, server)
        worker.stop()
        await running
    await fetcher.close()
    await queue.close()
