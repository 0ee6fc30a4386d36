"""The live feed under load: many clients on one gateway process, in one room and in a hundred.

    python -m bench.live_bench --clients 1000 --rate 5000 --seconds 20

Lines are written into the queue's stream of events as the queue writes them, and timed from there
(Redis' clock) to the client: through Redis, the gateway's reader, its hub and the loopback. Clients
and gateway share this machine's cores. The last line printed is JSON.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from redis.asyncio import Redis

from gateways import a_manifest
from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId
from jobimport.local import LocalImports
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue, prefix_of
from jobimport.queue.tasks import RunStart, Task, TaskKind
from jobimport_cli.processes import Part, running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import embedded_redis

POOL = PoolKey("default", "default")
PROCESSES = 2
_SETTLE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured. Times in milliseconds, memory in KiB a client; the gateway's own processor
    time in microseconds a delivery and in percent of a core, which says what a core could do,
    however busy the machine is. `deliveries_per_second` are lines and progress, `rate` lines alone.
    """

    clients: int
    rooms: int
    rate: int
    deliveries_per_second: int
    p50: float
    p99: float
    longest: float
    memory_per_client: int
    cpu_per_delivery: int
    cpu_percent: int
    lines_sent: int
    lines_missed: int


@asynccontextmanager
async def a_gateway(folder: Path, rooms: int) -> AsyncGenerator[tuple[str, Redis, Part]]:
    """One gateway process over `rooms` imports, each with a run in the queue."""
    imports = folder / "imports"
    imports.mkdir()
    for number in range(rooms):
        text = yaml.safe_dump(a_manifest(f"i{number}"))
        (imports / f"i{number}.yaml").write_text(text)
    await LocalImports(imports, folder / "state", owner=True).list()
    port = free_port()
    async with AsyncExitStack() as stack:
        redis_url = stack.enter_context(embedded_redis())
        mongo_url = stack.enter_context(mongo_stand_in())
        redis = connect(redis_url)
        stack.push_async_callback(redis.aclose)
        queue = Queue(redis, POOL)
        await queue.ensure_epoch()
        for number in range(rooms):
            run = RunId(f"r{number}")
            key = ImportKey("default", f"i{number}")
            start = RunStart(run, key, f"u{number}", 1, 1, "Requested", 4, 3, b"{}")
            task = Task(TaskId(f"{run}/page/all/0"), TaskKind.PAGE, PartitionKey("all"))
            await queue.start_run(start, [task])
        where = ["--local", str(imports), "--state", str(folder / "state"), "--port", str(port)]
        environment = {"REDIS_URL": redis_url, "MONGODB_URL": mongo_url, "LOG_FORMAT": "text"}
        part = await stack.enter_async_context(
            running_part("gateway", "jobimport_api", where, environment, folder)
        )
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url)
        yield url, redis, part


async def _until_ready(url: str) -> None:
    async with asyncio.timeout(90), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def write_lines(redis: Redis, rooms: int, per_second: float, seconds: float) -> int:
    """Write lines of log at an even rate, over all rooms in turn; how many for each room."""
    total = max(int(per_second * seconds) // rooms, 1) * rooms
    began = time.monotonic()
    for number in range(total):
        room = number % rooms
        run = f"r{room}"
        data = {"task": f"{run}/page/all/0", "reason": "HTTP 503", "delayMs": 2000}
        entry: dict[Any, Any] = {
            "type": "task.retry",
            "import": f"default/i{room}",
            "run": run,
            "at": str(int(time.time() * 1000)),
            "data": json.dumps(data),
        }
        await redis.xadd(f"{prefix_of(POOL)}events", entry, maxlen=20_000, approximate=True)
        ahead = began + (number + 1) / per_second - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(ahead)
    return total // rooms


async def clients_of(url: str, count: int, rooms: int, first: int) -> asyncio.subprocess.Process:
    """Start a process of clients, and wait until all of them follow."""
    arguments = [str(each) for each in (url, count, rooms, first)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.live_clients",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()) == b"ready\n"
    return process


def resident(pid: int) -> int:
    """The resident memory of a process, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(clients: int, rooms: int, rate: int, seconds: float) -> Measured:
    """Measure `clients` in `rooms` at `rate` deliveries of lines a second."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_gateway(Path(folder), rooms) as (url, redis, gateway):
            before = resident(gateway.process.pid)
            share = clients // PROCESSES
            started = [clients_of(url, share, rooms, n * share) for n in range(PROCESSES)]
            processes = await asyncio.gather(*started)
            memory = (resident(gateway.process.pid) - before) // clients
            busy = processor_seconds(gateway.process.pid)
            per_second = rate / (clients / rooms)
            sent = await write_lines(redis, rooms, per_second, seconds)
            await asyncio.sleep(_SETTLE_SECONDS)
            busy = processor_seconds(gateway.process.pid) - busy
            told = [json.loads((await each.communicate(b""))[0]) for each in processes]
    latencies = sorted(each for one in told for each in one["latencies"])
    deliveries = sum(each["deliveries"] for each in told)
    missed = sent * share * PROCESSES - len(latencies)
    return Measured(
        clients=share * PROCESSES,
        rooms=rooms,
        rate=rate,
        deliveries_per_second=round(deliveries / seconds),
        p50=latencies[len(latencies) // 2],
        p99=latencies[int(len(latencies) * 0.99)],
        longest=latencies[-1],
        memory_per_client=memory,
        cpu_per_delivery=round(busy * 1e6 / max(deliveries, 1)),
        cpu_percent=round(100 * busy / (seconds + _SETTLE_SECONDS)),
        lines_sent=sent,
        lines_missed=missed,
    )


def table(found: list[dict[str, Any]]) -> str:
    """What was measured as docs/performance.md shows it."""
    heads = (
        "rooms",
        "deliveries a second",
        "p50, p99, longest",
        "lost",
        "gateway's CPU",
        "memory a client",
    )
    rows = [
        (
            str(each["rooms"]),
            f"{each['deliveries_per_second']:,}",
            f"{each['p50']:.0f}, {each['p99']:.0f}, {each['longest']:.0f} ms",
            str(each["lines_missed"]),
            f"{each['cpu_percent']}% of a core, {each['cpu_per_delivery']} µs a delivery",
            f"{each['memory_per_client']} KiB",
        )
        for each in found
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


def main() -> None:
    """Measure one room and a hundred."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=5000, help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    for rooms in (1, 100):
        measured = asyncio.run(measure(options.clients, rooms, options.rate, options.seconds))
        sys.stderr.write(f"{measured}\n")
        found.append(asdict(measured))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
