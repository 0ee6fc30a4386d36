"""The programs that are compared: ours with its queue, and the rivals; each in its own process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pymongo import MongoClient

from bench.processes import PeakMemory, cpu_seconds, program_below
from jobimport.ids import ImportKey, PoolKey, RunId, TaskId
from jobimport.presets import effective_spec
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunStart, Task, TaskKind
from jobimport.resource.spec import JobImportSpec
from jobimport.snapshot import RunSnapshot
from jobimport_cli.standins.lifetime import die_with_parent
from jobimport_cli.standins.mongo_server import quicken

RIVALS = Path(__file__).parent / "rivals"
RIVALS_PYTHON = Path(__file__).parents[2] / ".venv-rivals" / "bin" / "python"
MAPPING = {
    "externalId": "id",
    "title": "title",
    "company": "employer.name",
    "description": "description",
    "locations": {"forEach": "offices", "city": "city", "country": "country"},
    "employmentTypes": "employment",
    "salary": {
        "min": "salary.from",
        "max": "salary.to",
        "currency": "salary.currency",
        "unit": "salary.per",
    },
    "datePosted": "published",
    "url": "url",
    "required": ["title"],
}
MAPPING_XML = MAPPING | {
    "company": "company",
    "locations": {"city": "city", "country": "country"},
    "employmentTypes": "jobtype",
    "salary": {"min": "salaryMin", "max": "salaryMax"},
    "datePosted": "date",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """What is fetched: `kind` json (of `size` postings) or xml (of `size` MiB)."""

    kind: str
    size: int
    server: str
    whole: bool = True
    """Whether our mapping keeps the description; without it the database in memory stays small."""

    def url(self, edition: int) -> str:
        """Where it is, in one of its editions."""
        if self.kind == "json":
            return f"{self.server}/jobs?edition={edition}&count={self.size}"
        return f"{self.server}/feed.xml.gz?edition={edition}&megabytes={self.size}"


@dataclass(frozen=True, slots=True)
class Used:
    """What one walk of a feed took."""

    records: int
    seconds: float
    program_cpu: float
    database_cpu: float
    peak_mib: int
    finding: str = ""
    """What the program itself says of its run, to be seen to have done the same."""

    @property
    def per_core_second(self) -> float:
        """Records a second of CPU, database included."""
        return self.records / (self.program_cpu + self.database_cpu)


class Contender(Protocol):
    """Walks feeds and stores their postings."""

    def walk(self, feed: Feed, edition: int) -> Used: ...

    def forget(self) -> None:
        """Remove all that it stored."""
        ...


@dataclass(frozen=True, slots=True)
class Stores:
    """The servers that all share."""

    mongodb: str
    redis: str
    database_pid: int
    redis_pid: int


@contextmanager
def measured(stores: Stores, pids: list[int]) -> Generator[list[Used]]:
    """Append what the processes and the database use while the context lasts."""
    found: list[Used] = []
    before = [cpu_seconds(pid) for pid in (*pids, stores.database_pid)]
    started = time.perf_counter()
    with PeakMemory(pids[0]) as peak:
        yield found
        seconds = time.perf_counter() - started
    after = [cpu_seconds(pid) for pid in (*pids, stores.database_pid)]
    used = [late - early for late, early in zip(after, before, strict=True)]
    found.append(Used(0, seconds, sum(used[:-1]), used[-1], peak.mib))


class Rival:
    """A program of rivals/: it says ready, walks when told to, and says how many records it had."""

    def __init__(self, script: str, collection: str, stores: Stores) -> None:
        self._script = script
        self._collection = collection
        self._stores = stores

    def walk(self, feed: Feed, edition: int) -> Used:
        environment = {
            **os.environ,
            "BENCH_FEED": feed.url(edition),
            "BENCH_KIND": feed.kind,
            "BENCH_MONGODB": self._stores.mongodb,
        }
        process = subprocess.Popen(
            [str(RIVALS_PYTHON), str(RIVALS / f"{self._script}.py")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent,
        )
        assert process.stdin
        self._line(process, "ready")
        with measured(self._stores, [process.pid]) as found:
            process.stdin.write("go\n")
            process.stdin.flush()
            records = int(self._line(process, "done").split()[1])
        process.communicate("bye\n")
        return replace(found[0], records=records)

    def forget(self) -> None:
        with MongoClient[dict[str, Any]](self._stores.mongodb) as client:
            client["bench"][self._collection].drop()

    def _line(self, process: subprocess.Popen[str], word: str) -> str:
        assert process.stdout
        for line in process.stdout:
            if line.startswith(word):
                return line
        raise RuntimeError(f"{self._script} ended with {process.wait()} before it said {word!r}")


@contextmanager
def worker_process(mongodb: str, redis: str, profile: Path | None = None) -> Generator[int]:
    """Run a worker as the operator starts it while the context lasts; gives its process id.

    Into `profile` it writes at its end what its processor time went into.
    """
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.profiled_worker" if profile else "jobimport_worker"],
        env={
            **os.environ,
            "REDIS_URL": redis,
            "MONGODB_URL": mongodb,
            "WORKER_NAMESPACE": "bench",
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "STATUS_TARGET": "none",
            "LOG_LEVEL": "WARNING",
            "BENCH_PROFILE": str(profile),
        },
        preexec_fn=die_with_parent,
    )
    try:
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait(600)


class Ours:
    """A worker as the operator starts it; a walk is a run, from its plan to its outcome."""

    def __init__(self, stores: Stores, profile: Path | None = None) -> None:
        self._stores = stores
        self._profile = profile
        quicken(stores.mongodb, "jobimport", ["jobs"])

    def walk(self, feed: Feed, edition: int) -> Used:
        stores = self._stores
        with worker_process(stores.mongodb, stores.redis, self._profile) as pid:
            return asyncio.run(self._run(pid, feed, edition))

    def forget(self) -> None:
        with MongoClient[dict[str, Any]](self._stores.mongodb) as client:
            client.drop_database("jobimport")
        quicken(self._stores.mongodb, "jobimport", ["jobs"])

    async def _run(self, pid: int, feed: Feed, edition: int) -> Used:
        redis = connect(self._stores.redis)
        queue = Queue(redis, PoolKey("bench", "default"))
        await until(queue.pool_view, lambda view: bool(view.workers))
        start = a_run(a_spec(feed, edition))
        pids = [pid, self._stores.redis_pid]
        with measured(self._stores, pids) as found:
            if self._profile is not None:
                os.kill(pid, signal.SIGUSR1)
            await queue.start_run(start, [Task(TaskId(f"{start.id}/plan"), TaskKind.PLAN)])
            view = await until(
                lambda: queue.run_view(start.id),
                lambda view: view is not None and view.finished_at_ms is not None,
            )
        await queue.close()
        await redis.aclose()
        outcome = view.outcome
        names = ("verdict", "inserted", "updated", "unchanged", "closed", "rejected")
        finding = ", ".join(f"{name} {outcome[name]}" for name in names)
        if outcome["verdict"] not in ("Complete", "Unchanged"):
            raise RuntimeError(f"the run ended with {finding}: {outcome['message']}")
        return replace(found[0], records=outcome["records"], finding=finding)


def a_run(spec: JobImportSpec) -> RunStart:
    """A run of the benchmark's import, newer than all before."""
    snapshot = RunSnapshot(
        namespace="bench",
        name="bench",
        uid="uid",
        generation=1,
        run=f"run-{time.time_ns()}",
        sequence=time.time_ns() // 1000,
        reason="Requested",
        source_name="bench.bench",
        spec=spec,
    )
    return RunStart(
        RunId(snapshot.run), ImportKey("bench", "bench"), "uid", snapshot.sequence, 1,
        "Requested", 4, 3, snapshot.model_dump_json(by_alias=True).encode(),
    )  # fmt: skip


def a_spec(feed: Feed, edition: int) -> JobImportSpec:
    """The import of a feed."""
    source: dict[str, Any] = {
        "request": {"url": feed.url(edition), "timeoutSeconds": 60},
        "politeness": {"requests": 100_000, "periodSeconds": 1, "maxInFlight": 16},
        "format": {"type": "json", "records": "jobs"},
        "pagination": {
            "type": "page",
            "send": {"in": "query", "name": "page"},
            "size": {"in": "query", "name": "per_page", "value": 500},
            "stop": {"total": "total"},
        },
    }
    if feed.kind == "xml":
        source |= {"format": {"type": "xml", "records": "source.job"}, "pagination": {}}
    mapping = dict(MAPPING if feed.kind == "json" else MAPPING_XML)
    if not feed.whole:
        del mapping["description"]
    return effective_spec(JobImportSpec.model_validate({"source": source, "mapping": mapping}))


async def until(ask: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    """Ask until it is so; RuntimeError after an hour."""
    async with asyncio.timeout(3600):
        while True:
            answer = await ask()
            if is_so(answer):
                return answer
            await asyncio.sleep(0.05)


def the_stores(mongodb: str, redis: str) -> Stores:
    """The servers with their processes, which are children of this one."""
    return Stores(
        mongodb,
        redis,
        program_below(os.getpid(), "java"),
        program_below(os.getpid(), "redis-server"),
    )
