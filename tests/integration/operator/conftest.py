"""A real Redis, a folder of imports, and an operator over both."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis.exceptions import ConnectionError as RedisConnectionError

from jobimport.ids import ImportKey, PoolKey
from jobimport.local import LocalImports
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.resource.status import JobImportStatus
from jobimport_cli.standins.redis_server import embedded_redis
from jobimport_operator.adapters.local.imports import FolderImports
from jobimport_operator.adapters.local.pools import LocalPools
from jobimport_operator.loops import Operator, Orders
from jobimport_operator.scaling import Limits

SCRIPTED = Path(__file__).with_name("scripted")
POOL = PoolKey("default", "default")
SPEC: dict[str, Any] = {
    "source": {
        "request": {"url": "https://jobs.example.com/list"},
        "format": {"type": "json", "records": "jobs"},
    },
    "mapping": {"externalId": "id", "title": "title"},
}


async def eventually(condition: Callable[[], Any], within: float = 90.0) -> Any:
    """Wait until the condition (or what it returns, awaited) is true, and return its value."""
    async with asyncio.timeout(within):
        while True:
            value = condition()
            if asyncio.iscoroutine(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.02)


@pytest.fixture
def redis_url() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


@dataclass
class Laptop:
    """A folder of imports with its state, and a Redis."""

    folder: Path
    redis_url: str
    pages: int = 8
    page_seconds: float = 0.1
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.imports = LocalImports(self.folder, self.state)
        self.redis = connect(self.redis_url)
        self.queue = Queue(self.redis, POOL)

    @property
    def state(self) -> Path:
        return self.folder / ".jobimport"

    def write(self, name: str, **spec: Any) -> ImportKey:
        manifest = {
            "apiVersion": "jobimport.dev/v1alpha1",
            "kind": "JobImport",
            "metadata": {"name": name},
            "spec": {**SPEC, **spec},
        }
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(manifest))
        return ImportKey("default", name)

    async def status(self, key: ImportKey) -> JobImportStatus:
        imp = await self.imports.get(key)
        return imp.status if imp is not None else JobImportStatus()

    async def finished(self, key: ImportKey) -> Any:
        status = await self.status(key)
        return status.last_run if status.current_run is None else None

    async def running(self, key: ImportKey) -> Any:
        run = (await self.status(key)).current_run
        view = await self.queue.run_view(run.id) if run is not None else None
        return view if view is not None and view.pages_done > 0 else None

    def worker_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(SCRIPTED),
            "REDIS_URL": self.redis_url,
            "SCRIPTED_PAGES": str(self.pages),
            "SCRIPTED_PAGE_SECONDS": str(self.page_seconds),
            **self.environment,
        }

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[LocalPools]:
        """Run the operator in this process."""
        pools = LocalPools(self.worker_environment(), stop_grace_seconds=3)
        orders = Orders(
            limits={"default": Limits(0, 2, 4, timedelta(seconds=1))},
            concurrency=2,
            max_crashes=3,
            sweep_seconds=0.2,
        )
        operator = Operator(FolderImports(self.folder, self.state), pools, self.redis, orders)
        loops = asyncio.create_task(operator.run())
        try:
            yield pools
        finally:
            loops.cancel()
            with suppress(asyncio.CancelledError):
                await loops
            await pools.close()

    @asynccontextmanager
    async def operator_process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the operator in a process of its own; the caller may kill it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jobimport_operator", "--local", str(self.folder)),
            env={**self.worker_environment(), "SWEEP_SECONDS": "0.2", "SCALE_DOWN_SECONDS": "1"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.communicate()


@pytest.fixture
async def laptop(tmp_path: Path, redis_url: str) -> AsyncIterator[Laptop]:
    made = Laptop(tmp_path / "imports", redis_url)
    try:
        await eventually(lambda: _answers(made))
        yield made
    finally:
        await made.redis.aclose()


async def _answers(laptop: Laptop) -> bool:
    with suppress(RedisConnectionError):
        return bool(await laptop.redis.ping())
    return False
