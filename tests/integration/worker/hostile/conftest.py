"""Many bad imports at once, by one real worker, over postings that must all stay open."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis

from jobimport.budgets import HostBudgets
from jobimport.ids import ImportKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.presets import effective_spec
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunStart, RunView, Task, TaskKind
from jobimport.resource.spec import JobImportSpec, Source
from jobimport.resource.status import LastRun
from jobimport.settings import WorkerSettings
from jobimport.snapshot import RunSnapshot
from jobimport.store.collections import Database
from jobimport_worker.decode import decoder_for
from jobimport_worker.errors import SourceError, Terminal
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import prepare
from jobimport_worker.fetch.turns import Manners, Turns
from jobimport_worker.loop import Worker
from jobimport_worker.memory import Memory, Share
from jobimport_worker.paginate import PageRef, sent_for
from jobimport_worker.progress import NoTarget

from .server import HostileServer, Send, answer, gives, hostile_server

SEEDED = 20
MOST_GROWTH_MIB = 256
_SLOTS = 24
_Result = TypeVar("_Result")


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


def _class_of(error: SourceError) -> str:
    return "Terminal" if isinstance(error, Terminal) else type(error).__name__


def memory_kib(word: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(word))


def reset_high_water() -> int:
    """Let the kernel measure the peak anew; the memory in use now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory_kib("VmRSS")


@dataclass
class Trial:
    """Holds what is true of all cases: told, the right class, nothing closed, memory bounded."""

    queue: Queue
    database: Database
    server: HostileServer
    fetcher: Fetcher
    memory: Memory = field(default_factory=Memory)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def judge(
        self, cases: Sequence[Case], *, runs: int = 8, slots: int = _SLOTS
    ) -> list[Ended]:
        """Fetch and decode every case, and run so many of them, spread evenly, as whole imports.
        `slots` are worked on at a time.

        AssertionError names each that ended otherwise than it says.
        """
        before = reset_high_water()
        wrong = await self._side_by_side(self._read, cases, slots)
        chosen = cases[:: max(1, len(cases) // runs)]
        return [*await self.run(chosen, complaints=wrong, before=before, slots=slots)]

    async def run(
        self,
        cases: Sequence[Case],
        *,
        complaints: Sequence[str] = (),
        before: int | None = None,
        slots: int = _SLOTS,
    ) -> list[Ended]:
        """Run cases as whole imports over postings that must all stay open."""
        seed = json.dumps({"jobs": [{"id": n, "title": f"Kept {n}"} for n in range(SEEDED)]})
        seeded = await self._run(Case("seed", gives(answer(seed)), ("",), 0))
        assert seeded.last.inserted == SEEDED, seeded.last
        before = reset_high_water() if before is None else before
        ended = await self._side_by_side(self._run, cases, slots)
        grown = (memory_kib("VmHWM") - before) // 1024
        wrong = [text for text in (*complaints, *map(_complaint, ended)) if text]
        assert not wrong, f"{len(wrong)} cases:\n" + "\n".join(wrong[:25])
        kept = await self.database["jobs"].count_documents(
            {"externalId": {"$in": [str(n) for n in range(SEEDED)]}, "closedAt": None}
        )
        assert kept == SEEDED, f"{SEEDED - kept} postings were closed"
        assert grown < MOST_GROWTH_MIB, f"memory grew by {grown} MiB"
        return ended

    async def _side_by_side(
        self, one: Callable[[Case], Awaitable[_Result]], cases: Sequence[Case], slots: int
    ) -> list[_Result]:
        places = asyncio.Semaphore(slots)

        async def bounded(case: Case) -> _Result:
            async with places:
                return await one(case)

        return list(await asyncio.gather(*map(bounded, cases)))

    async def _read(self, case: Case) -> str:
        """Fetch and decode one case; what is not as it says, empty where all is."""
        _, address = self.server.add(case.send)
        spec = effective_spec(JobImportSpec.model_validate(_spec(case, address)))
        source = spec.source
        kind, text = "read", ""
        try:
            with self.memory.share() as share:
                await self._decode(case, source, share)
        except SourceError as error:
            kind, text = _class_of(error), str(error)
        expected = {0: "read", 1: "Terminal", 2: "Transient"}[case.attempts]
        if kind != expected:
            return f"{case.name}: {kind}, not {expected}: {text!r:.200}"
        if case.attempts and not any(each in text for each in case.said):
            return f"{case.name}: no word of {case.said}: {text!r:.200}"
        return ""

    async def _decode(self, case: Case, source: Source, share: Share) -> None:
        """Read an answer as a page does that keeps none of its records."""
        prepared = prepare(source.request, {}, sent_for(source.pagination, PageRef()))
        async with self.fetcher.open(
            source.request, prepared, source.auth, source.response_rules, Manners(case.name)
        ) as found:
            decoder = decoder_for(source.format, found.content_type, found.charset, [])
            async for chunk in found.chunks():
                await share.read(chunk)
                if decoder.feed(chunk):
                    share.give(share.decoded())
            decoder.close()

    async def _run(self, case: Case) -> Ended:
        number, address = self.server.add(case.send)
        run, key = RunId(f"run-{number}"), ImportKey("ns", f"case-{number}")
        spec = _spec(case, address)
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
        async with asyncio.timeout(240):
            while True:
                view = await self.queue.run_view(run)
                if view is not None and view.finished_at_ms is not None:
                    return view
                await asyncio.sleep(0.1)
        raise AssertionError(case.name)


def _spec(case: Case, address: str) -> dict[str, Any]:
    """The import of a case."""
    source = {"format": {"type": "json", "records": "jobs"}, **case.source}
    request = {"url": address + case.path, "timeoutSeconds": 30, **source.get("request", {})}
    return {
        "source": {**source, "request": request},
        "mapping": {"externalId": "id", "title": "title", "required": ["title"]},
        "completeness": {"missesBeforeClose": 1, "confirmEmptyRuns": 2},
        "retry": {"maxAttempts": 2, "initialDelaySeconds": 0},
        **case.over,
    }


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
        yield Trial(queue, database, server, fetcher)
        worker.stop()
        await running
    await fetcher.close()
    await queue.close()
