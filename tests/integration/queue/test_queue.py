"""The queue's promises, on a real Redis."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue, QueueRefused
from jobimport.queue.tasks import (
    Counts,
    Lease,
    RenewAnswer,
    RunStart,
    RunState,
    Task,
    TaskKind,
    TaskState,
)
from jobimport_cli.standins.redis_server import RedisServer

ONE, OTHER = WorkerId("one"), WorkerId("other")
LONG_MS = 60_000


@pytest.fixture
async def queue(redis: Redis) -> AsyncIterator[Queue]:
    queue = Queue(redis, PoolKey("ns", "pool"))
    yield queue
    await queue.close()


def a_run(name: str = "run", concurrency: int = 10, max_crashes: int = 3) -> RunStart:
    return RunStart(
        RunId(name),
        ImportKey("ns", "imp"),
        "uid",
        1,
        1,
        "Requested",
        concurrency,
        max_crashes,
        b"{}",
    )


def pages(run: str, count: int) -> list[Task]:
    return [
        Task(TaskId(f"{run}/{number}"), TaskKind.PAGE, PartitionKey("all"), {"number": number})
        for number in range(count)
    ]


async def start(queue: Queue, count: int, name: str = "run", **over: int) -> RunStart:
    run = a_run(name, **over)
    assert await queue.start_run(run, pages(name, count))
    return run


async def take(
    queue: Queue, limit: int = 1, worker: WorkerId = ONE, ms: int = LONG_MS
) -> list[Lease]:
    return (await queue.claim(worker, limit, ms)).leases


async def take_when_there(queue: Queue, worker: WorkerId = ONE, seconds: float = 10) -> Lease:
    async with asyncio.timeout(seconds):
        while True:
            claim = await queue.claim(worker, 1, LONG_MS)
            if claim.leases:
                return claim.leases[0]
            await queue.wait(claim, 1000)


async def finish_all(queue: Queue, leases: Sequence[Lease]) -> None:
    for lease in leases:
        assert await queue.finish(lease, Counts(records=1))


async def test_a_run_goes_from_its_first_page_to_its_outcome(queue: Queue) -> None:
    run = await start(queue, 3)
    await finish_all(queue, await take(queue, 10))
    (last,) = await take(queue, 10)
    assert last.task.kind is TaskKind.FINALIZE
    assert await queue.finish(last, Counts(), outcome={"verdict": "Complete"})
    view = await queue.run_view(run.id)
    assert view is not None
    assert (view.state, view.pages_done, view.counts.records) == (RunState.FINISHED, 3, 3)
    assert view.outcome == {"verdict": "Complete"}
    await queue.forget_run(run.id)
    assert await queue.run_view(run.id) is None


async def test_p1_a_stale_token_changes_nothing(queue: Queue) -> None:
    run = await start(queue, 1)
    (stale,) = await take(queue, ms=1)
    current = await take_when_there(queue, OTHER)
    assert current.token > stale.token
    before = await queue.run_view(run.id)
    assert not await queue.finish(stale, Counts(records=5))
    assert not await queue.fail(stale, "no")
    assert not await queue.retry_later(stale, 0, "no", uses_attempt=True)
    assert not await queue.give_back(stale)
    assert not await queue.add_tasks(stale, pages("more", 2))
    assert await queue.renew([stale], LONG_MS) == {stale.task.id: RenewAnswer.LOST}
    assert await queue.run_view(run.id) == before
    assert await queue.finish(current, Counts(records=5))


async def test_p1_a_task_is_accounted_for_once(queue: Queue) -> None:
    run = await start(queue, 2)
    (lease,) = await take(queue)
    assert await queue.finish(lease, Counts(records=7, inserted=7))
    assert not await queue.finish(lease, Counts(records=7, inserted=7))
    view = await queue.run_view(run.id)
    assert view is not None
    assert (view.pages_done, view.counts.inserted) == (1, 7)


async def test_p1_a_run_starts_once(queue: Queue) -> None:
    await start(queue, 2)
    assert not await queue.start_run(a_run(), pages("run", 2))
    assert len(await take(queue, 10)) == 2


async def test_p2_a_flush_in_mid_run_leaves_every_step_sane(queue: Queue, redis: Redis) -> None:
    run = await start(queue, 5)
    epoch, _ = await queue.ensure_epoch()
    (lease,) = await take(queue)
    await redis.flushall()
    assert await queue.ensure_epoch() != (epoch, False)
    assert not await queue.finish(lease, Counts())
    assert not await queue.retry_later(lease, 0, "no", uses_attempt=True)
    assert await queue.renew([lease], LONG_MS) == {lease.task.id: RenewAnswer.LOST}
    assert await take(queue, 10) == []
    assert await queue.run_view(run.id) is None
    assert (await queue.pool_view()).runs == []
    assert not await queue.cancel(run.id)
    assert await queue.start_run(run, pages("run", 5))
    again = await take(queue, 10)
    assert len(again) == 5
    assert min(each.token for each in again) > lease.token


async def test_p2_pages_that_were_done_are_restored_with_their_counts(queue: Queue) -> None:
    run = a_run()
    await queue.start_run(run, [Task(TaskId("run/plan"), TaskKind.PLAN)])
    (plan,) = await take(queue)
    done = [(task, Counts(records=20)) for task in pages("run", 3)]
    assert await queue.restore_done(plan, done)
    assert await queue.finish(plan, Counts(), pages("run", 5))
    view = await queue.run_view(run.id)
    assert view is not None
    assert (view.pages_done, view.pages_total, view.counts.records) == (3, 5, 60)
    assert len(await take(queue, 10)) == 2


async def test_p3_a_crash_is_not_an_attempt(queue: Queue) -> None:
    await start(queue, 1)
    (first,) = await take(queue, ms=1)
    second = await take_when_there(queue, OTHER)
    assert (first.attempt, second.attempt, second.crashes) == (1, 1, 1)


async def test_p3_a_killed_worker_gives_its_task_back(
    queue: Queue, redis_server: RedisServer
) -> None:
    await start(queue, 1)
    script = (
        "import asyncio\nfrom jobimport.ids import PoolKey\n"
        "from jobimport.queue.connection import connect\nfrom jobimport.queue.queue import Queue\n"
        "async def main():\n"
        f"    queue = Queue(connect({redis_server.url!r}), PoolKey('ns', 'pool'))\n"
        "    claim = await queue.claim('victim', 1, 1000)\n"
        "    print(len(claim.leases), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        assert await asyncio.to_thread(victim.stdout.readline) == b"1\n"
        victim.kill()
    lease = await take_when_there(queue)
    assert (lease.attempt, lease.crashes) == (1, 1)


async def test_p3_a_task_that_kills_its_workers_is_stopped(queue: Queue) -> None:
    run = await start(queue, 1, max_crashes=2)
    for _ in range(2):
        await take(queue, ms=1)
        await take_when_there(queue)
        await queue.recover()
        leases = [each for each in (await queue.task_views(run.id))[1] if each.state == "leased"]
        assert leases
        await expire(queue)
    async with asyncio.timeout(30):
        while (view := await queue.run_view(run.id)) is not None and not view.pages_failed:
            await queue.wait(await queue.claim(ONE, 1, 1), 100)
    assert view is not None
    assert "workers died" in (view.last_error or "")
    assert (await take_when_there(queue)).task.kind is TaskKind.FINALIZE


async def expire(queue: Queue) -> None:
    """Let every lease run out now."""
    redis = queue._redis
    for task in await redis.zrange(f"{queue.prefix}leases", 0, -1):
        await redis.zadd(f"{queue.prefix}leases", {task: 1})


async def test_p4_a_long_import_does_not_delay_small_ones(queue: Queue) -> None:
    await start(queue, 3000, "long", concurrency=4)
    for number in range(99):
        await start(queue, 5, f"small{number}", concurrency=4)
    claimed: dict[str, int] = {"long": 0}
    small_left = 99 * 5
    while small_left:
        leases = await take(queue, 20)
        for lease in leases:
            if lease.task.kind is TaskKind.PAGE:
                is_long = lease.run == "long"
                claimed["long"] += is_long
                small_left -= not is_long
        view = await queue.run_view(RunId("long"))
        assert view is not None
        assert view.active <= 4
        for lease in leases:
            await queue.finish(lease, Counts())
    assert claimed["long"] < 100, "the long import got more than its share"


async def test_p5_a_retry_is_due_when_it_was_asked_for(queue: Queue) -> None:
    """To 50 ms at low load: the machine may be busy otherwise, so three rounds may try for it."""
    await start(queue, 1)
    attempt, late = 0, list[float]()
    for _ in range(3):
        late = []
        for _ in range(7):
            attempt += 1
            lease = await take_when_there(queue)
            assert lease.attempt == attempt
            asked = time.monotonic()
            assert await queue.retry_later(lease, 300, "busy", uses_attempt=True)
            lease = await take_when_there(queue, OTHER)
            late.append(time.monotonic() - asked - 0.3)
            await queue.give_back(lease)
        assert min(late) >= -0.002, "a retry came too early"
        if statistics.median(late) < 0.05:
            break
    assert statistics.median(late) < 0.05


async def test_p5_a_pause_asked_for_uses_no_attempt(queue: Queue) -> None:
    run = await start(queue, 1)
    (lease,) = await take(queue)
    assert await queue.retry_later(lease, 0, "wait", uses_attempt=False)
    assert (await take_when_there(queue)).attempt == 1
    view = await queue.run_view(run.id)
    assert view is not None
    assert view.retries == 1


async def test_work_goes_on_within_a_second_after_redis_is_back(
    queue: Queue, redis_server: RedisServer
) -> None:
    """At low load: the machine may be busy otherwise, so three rounds may try for it."""
    took = list[float]()
    while not took or (took[-1] >= 1.5 and len(took) < 3):
        took.append(await seconds_until_work_goes_on(queue, redis_server, f"run-{len(took)}"))
    assert min(took) < 1.5, took


async def seconds_until_work_goes_on(queue: Queue, server: RedisServer, run: str) -> float:
    """Take Redis away while a worker waits, and start a run when it is back, and empty."""

    async def claim_until_there() -> float:
        while True:
            try:
                claim = await queue.claim(ONE, 1, LONG_MS)
                if claim.leases:
                    return time.monotonic()
                await queue.wait(claim, 500)
            except RedisError:
                await asyncio.sleep(0.05)

    claiming = asyncio.create_task(claim_until_there())
    server.stop()
    await asyncio.sleep(1)
    server.start()
    other = connect(server.url)
    back = time.monotonic()
    await Queue(other, queue.pool).start_run(a_run(run), pages(run, 1))
    async with asyncio.timeout(30):
        took = await claiming - back
    await other.aclose()
    return took


async def test_a_cancelled_run_drops_what_is_not_in_work_and_is_finalized(queue: Queue) -> None:
    run = await start(queue, 700, concurrency=3)
    leases = await take(queue, 2)
    assert await queue.cancel(run.id)
    answers = await queue.renew(leases, LONG_MS)
    assert set(answers.values()) == {RenewAnswer.CANCELLED}
    assert await take(queue, 10) == []
    for lease in leases:
        assert await queue.give_back(lease)
    (last,) = await take(queue, 10)
    assert last.task.kind is TaskKind.FINALIZE
    view = await queue.run_view(run.id)
    assert view is not None
    assert (view.state, view.backlog) == (RunState.CANCELLED, 0)


async def test_a_paused_run_claims_nothing_until_it_goes_on(queue: Queue) -> None:
    run = await start(queue, 5, concurrency=2)
    (lease,) = await take(queue)
    assert await queue.pause(run.id)
    assert await take(queue, 10) == []
    assert await queue.finish(lease, Counts())
    assert await take(queue, 10) == []
    assert await queue.resume(run.id)
    assert len(await take(queue, 10)) == 2


async def test_p8_a_busy_worker_is_not_drained_and_a_drained_one_claims_nothing(
    queue: Queue,
) -> None:
    await start(queue, 2)
    await take(queue)
    assert not await queue.drain(ONE, LONG_MS)
    assert await queue.drain(OTHER, LONG_MS)
    assert await take(queue, worker=OTHER) == []
    await queue.undrain(OTHER)
    assert len(await take(queue, worker=OTHER)) == 1


async def test_a_failed_page_does_not_stop_its_run(queue: Queue) -> None:
    run = await start(queue, 2)
    first, second = await take(queue, 2)
    assert await queue.fail(first, "gone")
    assert await queue.finish(second, Counts())
    view = await queue.run_view(run.id)
    assert view is not None
    assert (view.pages_failed, view.pages_done, view.last_error) == (1, 1, "gone")
    states = {each.id: each.state for each in (await queue.task_views(run.id))[1]}
    assert states[first.task.id] is TaskState.FAILED


async def test_a_server_that_throws_entries_away_is_refused(queue: Queue, redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(QueueRefused, match="allkeys-lru"):
            await queue.check_server()
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")
    await queue.check_server()
