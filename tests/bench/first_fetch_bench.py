"""How long after a run was put into the queue its source gets the first request, at low load."""

import asyncio
import json
import statistics
import time
from typing import Any

from aiohttp import web

from bench.contenders import Feed, a_run, a_spec, until, worker_process
from jobimport.ids import PoolKey, TaskId
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Task, TaskKind
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import embedded_redis

ROUNDS, WARM = 60, 10


class Source:
    """One posting, and the time of the newest request for it."""

    def __init__(self) -> None:
        self.asked_at = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked_at = time.perf_counter()
        return web.json_response({"total": 1, "jobs": [{"id": "1", "title": "Welder"}]})


async def delays(redis_url: str) -> list[float]:
    """Milliseconds of each round: a run of its own, through a real worker's plan and page."""
    source, app = Source(), web.Application()
    app.router.add_get("/jobs", source.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    redis = connect(redis_url)
    queue, found = Queue(redis, PoolKey("bench", "default")), []
    await until(queue.pool_view, lambda view: bool(view.workers))
    for _ in range(ROUNDS):
        start = a_run(a_spec(Feed("json", 1, address), 1))
        began = time.perf_counter()
        await queue.start_run(start, [Task(TaskId(f"{start.id}/plan"), TaskKind.PLAN)])
        await until(
            lambda start=start: queue.run_view(start.id),
            lambda view: view is not None and view.finished_at_ms is not None,
        )
        found.append((source.asked_at - began) * 1000)
    await queue.close()
    await redis.aclose()
    await runner.cleanup()
    return sorted(found[WARM:])


def measure() -> dict[str, Any]:
    """Run a worker on servers of our own; the first rounds warm up and are left out."""
    with embedded_redis() as redis, mongo_stand_in() as mongodb:
        quicken(mongodb, "jobimport", ["jobs"])
        with worker_process(mongodb, redis):
            found = asyncio.run(delays(redis))
    return {
        "rounds": len(found),
        "firstFetchP50Ms": round(statistics.median(found), 1),
        "firstFetchP99Ms": round(found[int(len(found) * 0.99)], 1),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
