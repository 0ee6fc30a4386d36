"""The whole of JobImport on one machine: servers, operator with its workers, and gateway."""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from jobimport_cli.processes import Part, require_free, running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import embedded_redis
from jobimport_operator.adapters.local.running import sole_operator

_READY_SECONDS = 60
_COLLECTION = re.compile(r"collection:\s*([A-Za-z_][A-Za-z0-9_-]*)")
_LOOPBACK = "127.0.0.0/8,::1/128"


@dataclass(frozen=True, slots=True)
class LaptopOptions:
    """What `jobimport dev` can be told."""

    folder: Path
    state: Path
    port: int = 0
    workers: int = 2
    credentials: Path | None = None
    """Folder with the keys of jobimport-credentials; None: as the environment says."""


@dataclass(frozen=True, slots=True)
class Laptop:
    """A running JobImport: where it listens and what it is made of."""

    url: str
    redis_url: str
    mongodb_url: str
    database: str
    parts: tuple[Part, ...]

    async def watch(self) -> None:
        """Wait until a part dies, and raise its PartDied."""
        watches = [asyncio.ensure_future(part.ended()) for part in self.parts]
        try:
            await asyncio.gather(*watches)
        finally:
            for watch in watches:
                watch.cancel()

    async def stay_up(self) -> None:
        """Return at SIGINT or SIGTERM; PartDied when a part ends before."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        watch = asyncio.ensure_future(self.watch())
        waiting = asyncio.ensure_future(stop.wait())
        await asyncio.wait({watch, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if watch.done():
            watch.result()
        watch.cancel()


@asynccontextmanager
async def running_laptop(options: LaptopOptions) -> AsyncGenerator[Laptop]:
    """Run everything while the context lasts.

    REDIS_URL and MONGODB_URL name the servers to use; without them, ones of our own are started
    and everything in them is gone at the end. Sources on this machine's loopback are allowed.
    PortTaken where something else listens at the port, FolderInUseError where another operator
    works with the state.
    """
    if options.port:
        require_free(options.port, "--port")
    statuses = _statuses(options)
    async with AsyncExitStack() as stack:
        redis_url = os.environ.get("REDIS_URL") or stack.enter_context(embedded_redis())
        database = os.environ.get("MONGODB_DATABASE", "jobimport")
        mongodb_url = os.environ.get("MONGODB_URL") or ""
        if not mongodb_url:
            mongodb_url = stack.enter_context(mongo_stand_in())
            quicken(mongodb_url, database, collections_of(options.folder))
        environment = {
            "REDIS_URL": redis_url,
            "MONGODB_URL": mongodb_url,
            "MONGODB_DATABASE": database,
            "ALLOWED_NETWORKS": os.environ.get("ALLOWED_NETWORKS", _LOOPBACK),
            "STATUS_TARGET": "none",
            "LOG_FORMAT": "text",
            "POOLS": orjson.dumps(_pools(options.workers)).decode(),
            "DASHBOARD_DIR": str(dashboard_folder() or ""),
        }
        if options.credentials is not None:
            environment["CREDENTIALS_DIR"] = str(options.credentials)
        where = ["--local", str(options.folder), "--state", str(statuses)]
        logs = options.state / "logs"
        port = options.port or free_port()
        operator = await stack.enter_async_context(
            running_part("operator", "jobimport_operator", where, environment, logs)
        )
        gateway = await stack.enter_async_context(
            running_part(
                "gateway",
                "jobimport_api",
                [*where, "--host", "127.0.0.1", "--port", str(port)],
                {**environment, "AUTH_MODE": "none"},
                logs,
            )
        )
        laptop = Laptop(
            f"http://127.0.0.1:{port}", redis_url, mongodb_url, database, (operator, gateway)
        )
        await _until_ready(laptop)
        yield laptop


def _statuses(options: LaptopOptions) -> Path:
    """Where statuses are kept: as long as the postings that they are about, and no longer.

    FolderInUseError where another operator works there.
    """
    if os.environ.get("MONGODB_URL"):
        return options.state
    folder = options.state / "for-now"
    with sole_operator(folder):
        for each in folder.iterdir():
            if each.is_dir():
                shutil.rmtree(each)
    return folder


def dashboard_folder() -> Path | None:
    """Where the dashboard is: named by DASHBOARD_DIR, built in the checkout, or part of this
    package; None: nowhere.
    """
    here, named = Path(__file__), os.environ.get("DASHBOARD_DIR")
    ours = [here.parents[3] / "frontend" / "out", here.parent / "dashboard"]
    places = [Path(named)] if named else ours
    return next((each for each in places if (each / "index.html").exists()), None)


def collections_of(folder: Path) -> set[str]:
    """The collections that the folder's imports write to."""
    found = {"jobs"}
    for path in [*folder.glob("**/*.yaml"), *folder.glob("**/*.yml")]:
        found |= set(_COLLECTION.findall(path.read_text(errors="replace")))
    return found


def _pools(workers: int) -> dict[str, dict[str, int]]:
    return {"default": {"min": workers, "max": max(workers, os.cpu_count() or workers)}}


async def _until_ready(laptop: Laptop) -> None:
    """Wait for the gateway to answer; PartDied when something ended first."""
    watch = asyncio.ensure_future(laptop.watch())
    try:
        async with asyncio.timeout(_READY_SECONDS), httpx.AsyncClient() as client:
            while not await _answers(client, f"{laptop.url}/readyz"):
                if watch.done():
                    watch.result()
                await asyncio.sleep(0.1)
    finally:
        watch.cancel()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
