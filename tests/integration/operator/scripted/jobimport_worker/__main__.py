"""Stands in for the worker where a test is about the operator: it plays a script, fetches nothing.

A run has SCRIPTED_PAGES pages (8) of SCRIPTED_PAGE_SECONDS (0.1) each, of five records.
"""

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime

from jobimport.ids import PoolKey, TaskId, WorkerId
from jobimport.queue.connection import connect
from jobimport.queue.oneoffs import answer
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease, RunState, Task, TaskKind, WorkerView

PAGES = int(os.environ.get("SCRIPTED_PAGES", "8"))
SECONDS = float(os.environ.get("SCRIPTED_PAGE_SECONDS", "0.1"))


async def main() -> None:
    redis = connect(os.environ["REDIS_URL"])
    worker = WorkerId(os.environ["WORKER_NAME"])
    queue = Queue(redis, PoolKey(os.environ["WORKER_NAMESPACE"], os.environ["WORKER_POOL"]))
    if "SCRIPTED_CRASH" in os.environ:
        sys.exit(3)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    while not stopped.is_set():
        await queue.heartbeat(WorkerView(worker, 1, 0, draining=False, heartbeat_age_ms=0))
        claim = await queue.claim(worker, 1, 3000)
        for lease in claim.leases:
            await work(queue, lease)
        if not claim.leases:
            await queue.wait(claim, 200)
    await queue.retire(worker)
    await redis.aclose()


async def work(queue: Queue, lease: Lease) -> None:
    match lease.task.kind:
        case TaskKind.PLAN:
            pages = [Task(TaskId(f"{lease.run}/{n}"), TaskKind.PAGE) for n in range(PAGES)]
            await queue.finish(lease, Counts(), pages)
        case TaskKind.FINALIZE:
            await queue.finish(lease, Counts(), outcome=await outcome(queue, lease))
        case TaskKind.PREVIEW:
            await answer(queue, lease, {"records": 5})
        case _:
            await asyncio.sleep(SECONDS)
            await queue.finish(lease, Counts(records=5, inserted=5))


async def outcome(queue: Queue, lease: Lease) -> dict[str, object]:
    view = await queue.run_view(lease.run)
    assert view is not None
    cut = view.state == RunState.CANCELLED
    now = datetime.now(UTC).isoformat()
    return {
        "id": lease.run,
        "reason": view.reason,
        "startedAt": now,
        "finishedAt": now,
        "verdict": "Partial" if cut else "Complete",
        "pages": view.pages_done,
        "records": view.counts.records,
        "message": f"{view.counts.records} records at {time.time():.3f}.",
    }


asyncio.run(main())
