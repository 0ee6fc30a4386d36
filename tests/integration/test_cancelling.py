"""A task that is told to stop while it talks to a store stops."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from jobimport.cancelling import mend_wait_for
from jobimport.store.collections import Database

ROUNDS = 30


async def ends_when_cancelled(call: Callable[[], Awaitable[object]]) -> None:
    async def again_and_again() -> None:
        while True:
            await call()

    for _ in range(ROUNDS):
        task = asyncio.create_task(again_and_again())
        await asyncio.sleep(0.02)
        task.cancel()
        async with asyncio.timeout(30):
            await asyncio.wait({task})
        assert task.cancelled()


@pytest.mark.timeout(60)
async def test_a_task_that_talks_to_redis_ends_when_it_is_cancelled(redis: Redis) -> None:
    await ends_when_cancelled(lambda: redis.get("key"))


@pytest.mark.timeout(120)
async def test_a_task_that_talks_to_mongodb_ends_when_it_is_cancelled(database: Database) -> None:
    await ends_when_cancelled(lambda: database["jobs"].find_one({"_id": "key"}))


async def test_what_takes_too_long_is_a_time_out_and_what_is_there_is_given() -> None:
    mend_wait_for()

    async def soon() -> str:
        await asyncio.sleep(0)
        return "there"

    assert await asyncio.wait_for(soon(), 10) == "there"
    assert await asyncio.wait_for(soon(), None) == "there"
    for seconds in (0.01, 0, -1):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), seconds)
