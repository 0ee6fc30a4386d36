"""Tasks that belong to no run keep the queue's promises, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from jobimport.ids import ImportKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.events import known_pools, read_events
from jobimport.queue.oneoffs import (
    MOST_OPEN,
    OneOffAnswer,
    TooManyAsked,
    answer,
    answer_of,
    ask,
    asked_for,
)
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Lease, RenewAnswer, TaskKind

ONE, OTHER = WorkerId("one"), WorkerId("other")
IMPORT = ImportKey("ns", "imp")
LONG_MS = 60_000


@pytest.fixture
async def queue(redis: Redis) -> AsyncIterator[Queue]:
    queue = Queue(redis, PoolKey("ns", "pool"))
    yield queue
    await queue.close()


async def ask_preview(queue: Queue) -> TaskId:
    return await ask(queue, TaskKind.PREVIEW, IMPORT, {"limit": 5})


async def take(queue: Queue, worker: WorkerId = ONE, ms: int = LONG_MS) -> list[Lease]:
    return (await queue.claim(worker, 10, ms)).leases


async def take_when_there(queue: Queue, worker: WorkerId = ONE) -> Lease:
    async with asyncio.timeout(20):
        while True:
            claim = await queue.claim(worker, 1, LONG_MS)
            if claim.leases:
                return claim.leases[0]
            await queue.wait(claim, 500)


async def state_of(queue: Queue, task: TaskId) -> OneOffAnswer:
    found = await answer_of(queue, task)
    assert found is not None
    return found


async def test_what_was_asked_is_answered_once(queue: Queue) -> None:
    task = await ask_preview(queue)
    assert await state_of(queue, task) == OneOffAnswer("waiting", import_key=IMPORT)
    (lease,) = await take(queue)
    assert (lease.run, lease.task.id, lease.attempt) == (RunId(""), task, 1)
    assert (lease.task.payload["limit"], asked_for(lease)) == (5, IMPORT)
    assert (await state_of(queue, task)).state == "working"
    assert await answer(queue, lease, {"records": 3})
    assert await state_of(queue, task) == OneOffAnswer("done", {"records": 3}, None, IMPORT)
    assert not await answer(queue, lease, {"records": 4})
    assert await take(queue) == []


async def test_nobody_guesses_an_id_and_a_page_is_no_answer(queue: Queue) -> None:
    assert await answer_of(queue, TaskId("oneoff/1")) is None
    with pytest.raises(ValueError, match="belong to runs"):
        await ask(queue, TaskKind.PAGE, IMPORT, {})
    assert await ask_preview(queue) != await ask_preview(queue)


async def test_p1_a_stale_token_answers_nothing(queue: Queue) -> None:
    task = await ask_preview(queue)
    (stale,) = await take(queue, ms=1)
    current = await take_when_there(queue, OTHER)
    assert current.token > stale.token
    assert not await answer(queue, stale, {"wrong": True})
    assert not await queue.fail(stale, "wrong")
    assert not await queue.give_back(stale)
    assert not await queue.retry_later(stale, 0, "wrong", uses_attempt=True)
    assert await queue.renew([stale], LONG_MS) == {task: RenewAnswer.LOST}
    assert await answer(queue, current, {"right": True})
    assert (await state_of(queue, task)).result == {"right": True}


async def test_p3_a_worker_that_dies_gives_it_back_and_one_that_kills_is_stopped(
    queue: Queue,
) -> None:
    task = await ask_preview(queue)
    for crashes in range(4):
        lease = (await take(queue, ms=1) or [await take_when_there(queue)])[0]
        assert (lease.attempt, lease.crashes) == (1, crashes)
        await expire(queue)
    assert await take(queue) == []
    found = await state_of(queue, task)
    assert found.state == "failed"
    assert "4 workers died" in (found.error or "")
    await nothing_is_left_in_work(queue)


async def test_p5_a_next_try_is_due_when_it_was_asked_for(queue: Queue) -> None:
    task = await ask_preview(queue)
    (lease,) = await take(queue)
    assert await queue.retry_later(lease, 200, "busy", uses_attempt=True)
    assert await state_of(queue, task) == OneOffAnswer("waiting", None, "busy", IMPORT)
    assert (await queue.pool_view()).due_soon == 1
    assert (await take_when_there(queue, OTHER)).attempt == 2


async def test_a_worker_that_stops_gives_it_back(queue: Queue) -> None:
    await ask_preview(queue)
    (lease,) = await take(queue)
    assert await queue.give_back(lease)
    (again,) = await take(queue, OTHER)
    assert (again.attempt, again.crashes) == (1, 0)


async def test_p8_whoever_works_on_it_is_busy(queue: Queue) -> None:
    await ask_preview(queue)
    await take(queue)
    assert not await queue.drain(ONE, LONG_MS)
    assert await queue.drain(OTHER, LONG_MS)


async def test_the_load_of_a_pool_counts_it_and_the_pool_is_found(
    queue: Queue, redis: Redis
) -> None:
    assert await known_pools(redis) == []
    await ask_preview(queue)
    assert await known_pools(redis) == [queue.pool]
    view = await queue.pool_view()
    assert (view.ready, view.leased, view.runs) == (1, 0, [])
    (lease,) = await take(queue)
    view = await queue.pool_view()
    assert (view.ready, view.leased) == (0, 1)
    await answer(queue, lease, {})
    await nothing_is_left_in_work(queue)


async def test_events_tell_that_it_was_asked_and_answered(queue: Queue, redis: Redis) -> None:
    task = await ask_preview(queue)
    (lease,) = await take(queue)
    await answer(queue, lease, {})
    events = await read_events(redis, [queue.pool], {}, 100)
    assert [(each.type, each.import_key, each.run) for each in events] == [
        ("task.asked", IMPORT, ""),
        ("task.answered", IMPORT, ""),
    ]
    assert events[0].data == {"task": task, "kind": "preview"}


async def test_what_no_worker_takes_in_ten_minutes_is_given_up(queue: Queue, redis: Redis) -> None:
    waiting = await ask_preview(queue)
    (lease,) = await take(queue)
    await queue.retry_later(lease, LONG_MS, "busy", uses_attempt=True)
    other = await ask_preview(queue)
    await let_time_run_out(queue, redis)
    for task in (waiting, other):
        found = await state_of(queue, task)
        assert (found.state, "no worker" in (found.error or "")) == ("failed", True)
    await nothing_is_left_in_work(queue)
    assert await take(queue) == []


async def test_one_that_is_in_work_is_not_given_up(queue: Queue, redis: Redis) -> None:
    task = await ask_preview(queue)
    (lease,) = await take(queue)
    left = await redis.zscore(f"{queue.prefix}oneoffs", task)
    assert await queue.renew([lease], LONG_MS * 2) == {task: RenewAnswer.HELD}
    renewed = await redis.zscore(f"{queue.prefix}oneoffs", task)
    assert left is not None
    assert renewed is not None
    assert renewed >= left + LONG_MS


async def test_an_answer_expires_and_nothing_of_it_stays(queue: Queue, redis: Redis) -> None:
    task = await ask_preview(queue)
    (lease,) = await take(queue)
    await answer(queue, lease, {})
    assert 590_000 < await redis.pttl(f"{queue.prefix}task:{task}") <= 600_000
    await redis.delete(f"{queue.prefix}task:{task}")
    assert await answer_of(queue, task) is None
    assert await redis.zcard(f"{queue.prefix}oneoffs") == 0


async def test_p4_a_flood_of_them_is_refused(queue: Queue) -> None:
    for _ in range(MOST_OPEN):
        await ask_preview(queue)
    with pytest.raises(TooManyAsked, match="ns/pool"):
        await ask_preview(queue)
    lease, *_ = await take(queue)
    await answer(queue, lease, {})
    await ask_preview(queue)


async def test_p2_a_flush_loses_what_was_asked_and_nothing_else(queue: Queue, redis: Redis) -> None:
    task = await ask_preview(queue)
    (lease,) = await take(queue)
    await redis.flushall()
    assert await answer_of(queue, task) is None
    assert not await answer(queue, lease, {})
    assert await queue.renew([lease], LONG_MS) == {task: RenewAnswer.LOST}
    await ask_preview(queue)
    assert len(await take(queue)) == 1


async def test_all_keys_of_a_pool_are_in_one_slot_of_a_cluster(queue: Queue, redis: Redis) -> None:
    await ask_preview(queue)
    await take(queue, ms=1)
    keys = {each.decode() for each in await redis.keys("*")} - {"ji:pools"}
    assert keys
    assert all(each.startswith(queue.prefix) for each in keys), keys


async def expire(queue: Queue) -> None:
    """Let every lease run out now, and be recovered."""
    redis = queue._redis
    for task in await redis.zrange(f"{queue.prefix}leases", 0, -1):
        await redis.zadd(f"{queue.prefix}leases", {task: 1})
    await queue.recover()


async def let_time_run_out(queue: Queue, redis: Redis) -> None:
    for task in await redis.zrange(f"{queue.prefix}oneoffs", 0, -1):
        await redis.zadd(f"{queue.prefix}oneoffs", {task: 1})


async def nothing_is_left_in_work(queue: Queue) -> None:
    view = await queue.pool_view()
    assert (view.ready, view.leased, view.retry, view.backlog) == (0, 0, 0, 0)
    assert await queue._redis.exists(f"{queue.prefix}run:") == 0
