"""A worker that is told to stop keeps nothing that it has just claimed."""

import asyncio
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from jobimport.budgets import HostBudgets
from jobimport.ids import ImportKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Claim, RunStart, Task, TaskKind
from jobimport.settings import WorkerSettings
from jobimport.store.collections import Database
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.turns import Turns
from jobimport_worker.loop import Worker
from jobimport_worker.progress import NoTarget

POOL = PoolKey("ns", "pool")


class SlowReplies(Queue):
    """A queue whose claims are carried out at once, and told only when the test says so."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis, POOL)
        self.carried_out, self.told = asyncio.Event(), asyncio.Event()

    async def claim(self, *arguments: Any) -> Claim:
        claim = await super().claim(*arguments)
        if claim.leases:
            self.carried_out.set()
            await self.told.wait()
        return claim


async def test_p3_what_was_claimed_while_it_stopped_is_given_back_and_is_no_crash(
    redis: Redis, database: Database, tmp_path: Path
) -> None:
    settings = WorkerSettings(lease_seconds=300)
    mine, queue = SlowReplies(redis), Queue(redis, POOL)
    turns = Turns(HostBudgets(redis), settings.lease_seconds)
    fetcher = Fetcher(parse_networks(""), tmp_path, "test", turns)
    worker = Worker(settings, WorkerId("w"), mine, database, fetcher, NoTarget(), "test")
    running = asyncio.create_task(worker.run())
    run = RunStart(RunId("run"), ImportKey("ns", "imp"), "uid", 1, 1, "Requested", 4, 3, b"{}")
    await queue.start_run(run, [Task(TaskId("run/plan"), TaskKind.PLAN)])
    async with asyncio.timeout(30):
        await mine.carried_out.wait()
        worker.stop()
        await asyncio.sleep(0)
        mine.told.set()
        await running
    (lease,) = (await queue.claim(WorkerId("other"), 1, 60_000)).leases
    assert (lease.attempt, lease.crashes) == (1, 0)
    await fetcher.close()
    await mine.close()
    await queue.close()
