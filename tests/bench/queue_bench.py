"""How many tasks a second one process claims and finishes, and how soon a task is picked up."""

import asyncio
import json
import statistics
import time
from typing import Any

from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, RunStart, Task, TaskKind
from jobimport_cli.standins.redis_server import embedded_redis

TASKS, BATCH, ROUNDS = 20_000, 100, 300
WORKER = WorkerId("bench")


def a_run(name: str, concurrency: int) -> RunStart:
    key = ImportKey("bench", name)
    return RunStart(RunId(name), key, "uid", 1, 1, "Requested", concurrency, 3, b"{}")


async def throughput(queue: Queue) -> float:
    """Tasks a second through claim and finish, in batches."""
    tasks = [Task(TaskId(f"t/{n}"), TaskKind.PAGE, PartitionKey("all")) for n in range(TASKS)]
    await queue.start_run(a_run("t", 2 * BATCH), tasks)
    started = time.perf_counter()
    done = 0
    while done < TASKS:
        claim = await queue.claim(WORKER, BATCH, 60_000)
        done += len(claim.leases)
        await queue.finish_many([(lease, Counts(records=20)) for lease in claim.leases])
    return TASKS / (time.perf_counter() - started)


async def pick_up(waiting: Queue, starting: Queue) -> list[float]:
    """Milliseconds from enqueueing to the lease, with nothing else going on."""
    found: list[float] = []
    for number in range(ROUNDS):
        while (claim := await waiting.claim(WORKER, 1, 60_000)).leases:
            await waiting.finish(claim.leases[0], Counts(), outcome={})
        blocked = asyncio.create_task(waiting.wait(claim, 2000))
        await asyncio.sleep(0.005)
        began = time.perf_counter()
        task = Task(TaskId(f"p{number}/1"), TaskKind.PAGE, PartitionKey("all"))
        await starting.start_run(a_run(f"p{number}", 1), [task])
        leases = []
        while not leases:
            await blocked
            claim = await waiting.claim(WORKER, 1, 60_000)
            leases = claim.leases
            blocked = asyncio.create_task(waiting.wait(claim, 2000))
        found.append((time.perf_counter() - began) * 1000)
        blocked.cancel()
        await waiting.finish(leases[0], Counts())
    return sorted(found)


async def measure() -> dict[str, Any]:
    """Run both on a Redis of our own."""
    with embedded_redis() as url:
        one, other = connect(url), connect(url)
        queue = Queue(one, PoolKey("bench", "throughput"))
        rate = await throughput(queue)
        waiting = Queue(one, PoolKey("bench", "latency"))
        latencies = await pick_up(waiting, Queue(other, waiting.pool))
        await waiting.close()
        await one.aclose()
        await other.aclose()
    return {
        "tasksPerSecond": round(rate),
        "pickUpP50Ms": round(statistics.median(latencies), 2),
        "pickUpP99Ms": round(latencies[int(len(latencies) * 0.99)], 2),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure())))
