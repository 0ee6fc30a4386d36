"""A sample board, an operator on a folder, and workers that can be killed and have defects."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pymongo import AsyncMongoClient

from jobimport.ids import ImportKey, PoolKey
from jobimport.local import LocalImports
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.resource.names import RUN_REQUESTED
from jobimport.resource.status import LastRun
from jobimport.store.collections import DETAILS
from jobimport_cli.board.compare import compare
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving
from jobimport_cli.standins.lifetime import die_with_parent, stop
from jobimport_cli.standins.mongo_server import quicken

WORKER = Path(__file__).with_name("worker_with_defect.py")
DEADLINE_SECONDS = 120.0
POOL = PoolKey("default", "default")
PER_PAGE = 20

MAPPING: dict[str, Any] = {
    FeedStyle.PAGES: {
        "externalId": "id",
        "title": "title",
        "company": "employer.name",
        "description": "description",
        "locations": {"forEach": "offices", "city": "city"},
        "url": "url",
        "required": ["title"],
    },
    FeedStyle.XML: {
        "externalId": "referencenumber",
        "title": "title",
        "company": "company",
        "description": "description",
        "locations": {"city": "city"},
        "url": "url",
        "required": ["title"],
    },
}


def a_spec(feed: Feed, address: str, **over: Any) -> dict[str, Any]:
    """The spec that imports a feed of the board; retries come soon and are many."""
    if feed.style is FeedStyle.PAGES:
        source: dict[str, Any] = {
            "request": {"url": f"{address}/{feed.name}/jobs"},
            "format": {"type": "json", "records": "jobs"},
            "pagination": {
                "type": "page",
                "size": {"name": "per_page", "value": PER_PAGE},
                "stop": {"total": "total"},
            },
        }
    else:
        source = {
            "request": {"url": f"{address}/{feed.name}/feed.xml.gz"},
            "format": {"type": "xml", "records": "source.job"},
        }
    return {
        "source": source,
        "mapping": MAPPING[feed.style],
        "retry": {"maxAttempts": 50, "initialDelaySeconds": 0, "maxDelaySeconds": 1},
        "batchSize": 50,
        **over,
    }


@dataclass
class Stage:
    """Everything that a chaos test works with."""

    folder: Path
    redis_url: str
    mongo_url: str
    database: str
    board: Board
    address: str = ""
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    operator: "subprocess.Popen[bytes] | None" = None
    number: int = 0
    commands: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """How operator and worker are started, where not as this release's."""

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, redis_url: str, mongo_url: str) -> AsyncIterator["Stage"]:
        """A stage with an empty Redis and a database of its own."""
        database = f"chaos_{uuid.uuid4().hex[:10]}"
        quicken(mongo_url, database, ["jobs"])
        stage = cls(folder, redis_url, mongo_url, database, Board({}))
        await stage.flush()
        (folder / "imports").mkdir()
        try:
            yield stage
        finally:
            for process in [*stage.workers, *([stage.operator] if stage.operator else [])]:
                if process.poll() is None:
                    process.send_signal(signal.SIGCONT)
                stop(process)
            async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
                await client.drop_database(database)

    @asynccontextmanager
    async def serving(
        self, *feeds: Feed, where: tuple[str, int] = ("127.0.0.1", 0), **board: Any
    ) -> AsyncIterator["Stage"]:
        """Serve feeds while the context lasts, `where` (host, port)."""
        self.board = Board({feed.name: feed for feed in feeds}, **board)
        async with serving(self.board, host=where[0], port=where[1]) as self.address:
            yield self

    def apply(self, feed: Feed, **over: Any) -> None:
        """Write the YAML file of a feed's import."""
        manifest = {
            "apiVersion": "jobimport.dev/v1alpha1",
            "kind": "JobImport",
            "metadata": {"name": feed.name},
            "spec": a_spec(feed, self.address, **over),
        }
        path = self.folder / "imports" / f"{feed.name}.yaml"
        path.with_suffix(".new").write_text(yaml.safe_dump(manifest))
        path.with_suffix(".new").replace(path)

    def start_operator(self) -> None:
        """Start the operator on the folder; the workers are the test's own."""
        where = ["--local", str(self.folder / "imports"), "--state", str(self.folder / "state")]
        pools = '{"default": {"min": 0, "max": 0}}'
        command = self.commands.get("operator", [sys.executable, "-m", "jobimport_operator"])
        self.operator = self._start(
            "operator",
            [*command, *where],
            {"POOLS": pools, "SWEEP_SECONDS": "0.3"},
        )

    def start_worker(self, *defects: str, lease_seconds: float = 2) -> "subprocess.Popen[bytes]":
        """Start a worker with defects."""
        self.number += 1
        settings = {
            "WORKER_NAME": f"worker-{self.number}",
            "LEASE_SECONDS": str(lease_seconds),
            "WORKER_CONCURRENCY": "2",
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "STATUS_TARGET": "none",
            "DEFECTS": ",".join(defects),
        }
        command = self.commands.get("worker", [sys.executable, str(WORKER)])
        process = self._start(f"worker-{self.number}", command, settings)
        self.workers.append(process)
        return process

    def _start(
        self, name: str, command: list[str], settings: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        common = {
            "REDIS_URL": self.redis_url,
            "MONGODB_URL": self.mongo_url,
            "MONGODB_DATABASE": self.database,
            "LOG_FORMAT": "text",
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **common, **settings},
                preexec_fn=die_with_parent,
            )

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """kill -9."""
        process.kill()
        process.wait()

    async def flush(self) -> None:
        """FLUSHALL."""
        redis = connect(self.redis_url)
        await redis.flushall()
        await redis.aclose()

    async def redis_knows_nothing(self) -> bool:
        """Whether no run is in the queue."""
        redis = connect(self.redis_url)
        try:
            return not await Queue(redis, POOL).run_ids()
        finally:
            await redis.aclose()

    async def finished(self, name: str, *, after: str | None = None) -> LastRun:
        """The last run of an import, once it is another one than `after`."""
        imports = LocalImports(self.folder / "imports", self.folder / "state")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                imp = await imports.get(ImportKey("default", name))
                status = imp.status if imp else None
                last = status.last_run if status and not status.current_run else None
                if last is not None and last.id != after:
                    return last
                await asyncio.sleep(0.1)

    async def run_again(self, name: str, last: LastRun, *, request: str = RUN_REQUESTED) -> LastRun:
        """Request a run by an annotation and wait for its end."""
        imports = LocalImports(self.folder / "imports", self.folder / "state")
        await imports.annotate(ImportKey("default", name), {request: uuid.uuid4().hex})
        return await self.finished(name, after=last.id)

    async def differences(self, name: str, last: LastRun, *, of_status: bool = True) -> list[str]:
        """What does not fit between the board's ledger, MongoDB and, if asked for, the status."""
        ledger = self.board.ledgers[name]
        async with AsyncMongoClient[dict[str, Any]](self.mongo_url) as client:
            database = client[self.database]
            result = await compare(database, "jobs", f"default.{name}", ledger)
        found = [] if result.same else [str(result)]
        if not of_status:
            return found
        if last.verdict not in ("Complete", "Unchanged"):
            found.append(f"verdict {last.verdict}: {last.message}")
        for what, said, true in (
            ("open", last.open, result.stored),
            ("records", last.records, len(ledger.postings)),
            ("rejected", last.rejected, result.rejected),
            ("sum", last.inserted + last.updated + last.unchanged + last.reopened, result.stored),
        ):
            if said != true:
                found.append(f"status says {what} {said}, true is {true}")
        return found

    async def until_stored(self, count: int) -> None:
        """Wait until so many postings are stored."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await self.stored({}) < count:
                await asyncio.sleep(0.005)

    async def details(self) -> AsyncIterator[dict[str, Any]]:
        """What is noted of details, one after the other."""
        async with AsyncMongoClient[dict[str, Any]](self.mongo_url) as client:
            async for each in client[self.database][DETAILS].find({}):
                yield each

    async def stored(self, query: dict[str, Any]) -> int:
        """Postings that fit a query."""
        async with AsyncMongoClient[dict[str, Any]](self.mongo_url) as client:
            return await client[self.database]["jobs"].count_documents(query)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)
