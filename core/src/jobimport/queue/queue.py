"""The queue of one pool: every method is one atomic step in Redis."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from jobimport.ids import PartitionKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.connection import BLOCK_MS_MAX
from jobimport.queue.steps import Argument, Steps
from jobimport.queue.tasks import (
    Claim,
    Counts,
    Lease,
    PoolView,
    RenewAnswer,
    RunStart,
    RunView,
    Task,
    TaskView,
    WorkerView,
)
from jobimport.queue.views import (
    counts_row,
    read_claim,
    read_pool,
    read_run,
    read_task,
    task_row,
    text,
)

POOLS_KEY = "ji:pools"
"""A set of `<namespace>/<pool>`, so that a reader finds the pools that there are."""

_UPKEEP_BATCH = 100
_ADD_BATCH = 500
_VIEWS_BATCH = 100
_OLDEST_REDIS = (6, 2)


class QueueRefused(RuntimeError):
    """The Redis server cannot carry the queue; the message says why and what to change."""


def prefix_of(pool: PoolKey) -> str:
    """What every key of a pool begins with; the braces keep them in one slot of a cluster."""
    return f"ji:{{{pool}}}:"


class Queue:
    """Runs and tasks of one pool.

    Methods that take a lease answer False where its token is stale: then nothing was changed, and
    the work belongs to somebody else. All may raise redis.exceptions.RedisError.
    """

    def __init__(self, redis: Redis, pool: PoolKey) -> None:
        self.pool = pool
        self.prefix = prefix_of(pool)
        self._redis = redis
        self._steps = Steps(redis, self.prefix)
        self._blocked: asyncio.Future[None] | None = None

    async def check_server(self) -> None:
        """Raise QueueRefused where the server is too old or would throw away entries."""
        await check_server(self._redis)

    async def ensure_epoch(self) -> tuple[str, bool]:
        """The epoch of the pool's data, and whether it was made just now.

        A new epoch where there had been one means that Redis lost its data (P2).
        """
        mine = uuid.uuid4().hex[:12]
        key = f"{self.prefix}epoch"
        made = bool(await self._redis.set(key, mine, nx=True))
        if made:
            return mine, True
        return text(await self._redis.get(key) or mine), False

    async def start_run(self, run: RunStart, tasks: Sequence[Task]) -> bool:
        """Start a run with its first tasks; False where it is there already."""
        fields = {
            "import": str(run.import_key),
            "uid": run.import_uid,
            "sequence": str(run.sequence),
            "generation": str(run.generation),
            "reason": run.reason,
            "concurrency": str(run.concurrency),
            "max_crashes": str(run.max_crashes),
        }
        rows = [task_row(task) for task in tasks]
        await self.make_known()
        reply = await self._steps.run(
            "start_run", run.id, orjson.dumps(fields), orjson.dumps(rows), run.snapshot
        )
        return bool(reply)

    async def make_known(self) -> None:
        """Put the pool among those that readers such as the autoscaler look at."""
        await self._redis.sadd(POOLS_KEY, str(self.pool))

    async def step(self, name: str, *arguments: Argument) -> Any:
        """Run one of the queue's scripts, for the modules that add kinds of work to it."""
        return await self._steps.run(name, *arguments)

    async def claim(self, worker: WorkerId, limit: int, lease_ms: int) -> Claim:
        """Take up to `limit` tasks for `lease_ms`; a draining worker gets none.

        The same step makes due retries ready and recovers expired leases.
        """
        reply = await self._steps.run("claim", worker, limit, lease_ms, _UPKEEP_BATCH)
        return read_claim(reply, self.pool, worker, lease_ms)

    async def wait(self, claim: Claim, timeout_ms: int) -> None:
        """Return when something may be there to claim, at the latest after `timeout_ms`.

        The time is kept here: Redis looks for blocked clients that are due ten times a second only,
        which is not the exact delay that a retry was asked for (P5). So the blocking read goes on
        when the time is over, and the next wait takes it up; `close` ends it.
        """
        block = min(timeout_ms, BLOCK_MS_MAX)
        if claim.next_due_ms is not None:
            block = min(block, claim.next_due_ms)
        if block <= 0:
            return
        if self._blocked is None:
            self._blocked = asyncio.ensure_future(self._block(claim))
        done, _ = await asyncio.wait({self._blocked}, timeout=block / 1000)
        if done:
            blocked, self._blocked = self._blocked, None
            blocked.result()

    async def _block(self, claim: Claim) -> None:
        ready, wake = claim.cursor
        streams: dict[Any, Any] = {f"{self.prefix}ready": ready, f"{self.prefix}wake": wake}
        await self._redis.xread(streams, count=1, block=BLOCK_MS_MAX)

    async def close(self) -> None:
        """End a blocking read that `wait` left open."""
        if self._blocked is not None:
            self._blocked.cancel()
            await asyncio.gather(self._blocked, return_exceptions=True)
            self._blocked = None

    async def renew(
        self,
        leases: Sequence[Lease],
        lease_ms: int,
        partial: Mapping[TaskId, Counts] | None = None,
    ) -> dict[TaskId, RenewAnswer]:
        """Hold leases for `lease_ms` from now; `partial` is what their tasks have so far."""
        arguments: list[Argument] = [lease_ms]
        for lease in leases:
            counts = (partial or {}).get(lease.task.id)
            row = counts_row(counts) if counts else ""
            arguments += [lease.task.id, lease.token, row]
        answers = await self._steps.run("renew", *arguments)
        pairs = zip(leases, answers, strict=True)
        return {lease.task.id: RenewAnswer(text(answer)) for lease, answer in pairs}

    async def add_tasks(self, lease: Lease, tasks: Sequence[Task]) -> bool:
        """Add tasks to the lease's run; one whose id is there already is passed over."""
        return await self._add(lease, [task_row(task) for task in tasks])

    async def restore_done(self, lease: Lease, done: Sequence[tuple[Task, Counts]]) -> bool:
        """Add pages that were done before Redis lost its data, with what they came to."""
        return await self._add(
            lease, [[*task_row(task), orjson.loads(counts_row(counts))] for task, counts in done]
        )

    async def _add(self, lease: Lease, rows: Sequence[list[Any]]) -> bool:
        for batch in batched_lists(rows, _ADD_BATCH):
            added = await self._steps.run(
                "add_tasks", lease.task.id, lease.token, orjson.dumps(batch)
            )
            if not added:
                return False
        return True

    async def finish(
        self,
        lease: Lease,
        counts: Counts,
        follow_ups: Sequence[Task] = (),
        *,
        open_walks: Sequence[PartitionKey] = (),
        walk_closed: bool = False,
        outcome: dict[str, Any] | None = None,
    ) -> bool:
        """Finish a task and add what follows from it.

        `open_walks` are partitions whose number of pages is not known yet; `walk_closed` says that
        this page's partition has all its pages in the queue. `outcome` comes with finalize alone.
        """
        rows = [task_row(task) for task in follow_ups]
        last = len(rows) // _ADD_BATCH * _ADD_BATCH
        if last and not await self._add(lease, rows[:last]):
            return False
        reply = await self._steps.run(
            "finish",
            lease.task.id,
            lease.token,
            counts_row(counts),
            orjson.dumps(rows[last:]),
            orjson.dumps(list(open_walks)),
            "1" if walk_closed else "",
            orjson.dumps(outcome) if outcome is not None else "",
        )
        return bool(reply[0])

    async def finish_many(self, done: Sequence[tuple[Lease, Counts]]) -> list[bool]:
        """Finish tasks that nothing follows from, in one step."""
        arguments: list[Argument] = []
        for lease, counts in done:
            row = (lease.task.id, lease.token, counts_row(counts), "[]", "[]", "", "")
            arguments.extend(row)
        return [bool(each) for each in await self._steps.run("finish", *arguments)]

    async def retry_later(
        self, lease: Lease, delay_ms: int, reason: str, *, uses_attempt: bool
    ) -> bool:
        """Make the task ready again in `delay_ms`; `reason` is shown to people."""
        reply = await self._steps.run(
            "retry_later",
            lease.task.id,
            lease.token,
            max(delay_ms, 0),
            reason,
            "1" if uses_attempt else "",
        )
        return bool(reply)

    async def wait_turn(self, lease: Lease, delay_ms: int, reason: str) -> bool:
        """Make the task ready again in `delay_ms`: nothing went wrong, it has to wait its turn."""
        arguments = (lease.task.id, lease.token, max(delay_ms, 0), reason, "turn")
        return bool(await self._steps.run("retry_later", *arguments))

    async def wait_blocked(self, lease: Lease, delay_ms: int, reason: str) -> bool:
        """Make the task ready again in `delay_ms`: a person has to mend something before it can go
        on, and the run says so until then.
        """
        arguments = (lease.task.id, lease.token, max(delay_ms, 0), reason, "blocked")
        return bool(await self._steps.run("retry_later", *arguments))

    async def give_back(self, lease: Lease) -> bool:
        """Make the task ready again at once, as if it had not been claimed."""
        return bool(await self._steps.run("give_back", lease.task.id, lease.token))

    async def fail(self, lease: Lease, reason: str) -> bool:
        """End the task for good; its run goes on with the others."""
        return bool(await self._steps.run("fail", lease.task.id, lease.token, reason))

    async def recover(self, limit: int = _UPKEEP_BATCH) -> int:
        """Put up to `limit` tasks with expired leases back; how many there were."""
        return int(await self._steps.run("recover", limit))

    async def cancel(self, run: RunId) -> bool:
        """Cancel a run: what is not in work is dropped, then it is finalized."""
        changed = bool(await self._steps.run("set_state", run, "cancelled"))
        if changed:
            await self._sweep(run, "drop")
        return changed

    async def pause(self, run: RunId) -> bool:
        """Let no more of the run's pages be claimed; those in work end as usual."""
        return bool(await self._steps.run("set_state", run, "paused"))

    async def resume(self, run: RunId) -> bool:
        """Let a paused run go on."""
        return bool(await self._steps.run("set_state", run, "running"))

    async def forget_run(self, run: RunId) -> None:
        """Remove all that is known of a run."""
        await self._sweep(run, "forget")

    async def _sweep(self, run: RunId, mode: str) -> None:
        cursor = "0"
        while True:
            cursor = text(await self._steps.run("sweep_run", run, cursor, mode))
            if cursor == "0":
                return

    async def forget_pool(self) -> bool:
        """Remove all that is known of the pool, where nothing waits in it and no worker lives."""
        if not await self._steps.run("forget_pool"):
            return False
        await self._redis.srem(POOLS_KEY, str(self.pool))
        return True

    async def run_view(self, run: RunId) -> RunView | None:
        """The run as it is now; None where Redis does not know it."""
        return (await self.run_views([run])).get(run)

    async def run_views(self, runs: Sequence[RunId]) -> dict[RunId, RunView]:
        """Runs as they are now; those that Redis does not know are left out."""
        found: dict[RunId, RunView] = {}
        for start in range(0, len(runs), _VIEWS_BATCH):
            batch = runs[start : start + _VIEWS_BATCH]
            replies = await self._steps.run("run_views", *batch)
            pairs = zip(batch, replies, strict=True)
            found |= {run: read_run(run, reply) for run, reply in pairs if reply is not None}
        return found

    async def snapshot(self, run: RunId) -> bytes | None:
        """The snapshot that the run was started with."""
        found = await self._redis.hget(f"{self.prefix}run:{run}", "snapshot")
        return found.encode() if isinstance(found, str) else found

    async def run_ids(self) -> list[RunId]:
        """The runs that Redis knows."""
        return sorted(
            RunId(text(each)) for each in await self._redis.smembers(f"{self.prefix}runs")
        )

    async def pool_view(self, due_within_ms: int = 5000) -> PoolView:
        """The pool's load; retries due within `due_within_ms` count as due soon."""
        return read_pool(self.pool, await self._steps.run("pool_view", due_within_ms))

    async def task_views(
        self, run: RunId, cursor: str = "0", count: int = 100
    ) -> tuple[str, list[TaskView]]:
        """About `count` tasks of a run from a cursor on, and the next cursor; `0` at the end."""
        following, rows = await self._steps.run("task_views", run, cursor, count)
        return text(following), [read_task(row) for row in rows]

    async def heartbeat(self, worker: WorkerView) -> None:
        """Say that a worker lives, and how many tasks it takes at a time."""
        described = orjson.dumps({"slots": worker.slots, "version": worker.version})
        await self._steps.run("heartbeat", worker.id, described)

    async def retire(self, worker: WorkerId) -> None:
        """Say that a worker has ended."""
        await self._steps.run("heartbeat", worker, "")

    async def drain(self, worker: WorkerId, ttl_ms: int) -> bool:
        """Mark an idle worker, so that it claims no more for `ttl_ms`; False where it is busy."""
        return bool(await self._steps.run("drain", worker, ttl_ms))

    async def undrain(self, worker: WorkerId) -> None:
        """Let a marked worker claim again."""
        await self._redis.zrem(f"{self.prefix}drain", worker)

    async def may_report(self, run: RunId, every_ms: int) -> bool:
        """Whether the caller, of all workers, is the one to report the run's progress now."""
        key = f"{self.prefix}run:{run}:report"
        return bool(await self._redis.set(key, "1", nx=True, px=every_ms))


def batched_lists(rows: Sequence[list[Any]], size: int) -> list[list[list[Any]]]:
    """Cut rows into lists of at most `size`."""
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]


async def check_server(redis: Redis) -> None:
    """Raise QueueRefused where the server is too old or would throw away entries."""
    server: Any = redis
    info: dict[str, Any] = await server.info("server")
    version = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if version < _OLDEST_REDIS:
        raise QueueRefused(f"Redis {info['redis_version']} is too old: 6.2 or newer is needed")
    try:
        policy = (await server.config_get("maxmemory-policy")).get("maxmemory-policy")
    except ResponseError:  # hosted servers forbid CONFIG; INFO says it too
        policy = (await server.info("memory")).get("maxmemory_policy")
    if policy not in (None, "noeviction"):
        raise QueueRefused(
            f"Redis' maxmemory-policy is {policy}: it would throw queue entries away when memory "
            "is short. Set maxmemory-policy to noeviction."
        )
