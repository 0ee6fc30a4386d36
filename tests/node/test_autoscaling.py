"""The pool's size on a real Deployment: up in seconds, down without harm, held when in doubt."""

import asyncio
import json
import time

from cluster.release import NAMESPACE, Installed

from .imports import (
    a_board,
    counting,
    importing,
    met,
    pool_view,
    queue_of,
    size,
    status_of,
    until,
    workers,
)

MOST = 3


async def test_p8_a_burst_gets_all_workers_in_seconds_and_a_busy_one_outlives_the_scale_down(
    installed: Installed,
) -> None:
    cluster = installed.cluster
    burst, long = a_board(delay_seconds=1.0), a_board(records=50)
    asked, held = counting(long), asyncio.Event()
    count = long.before_answer

    async def hold(path: str) -> None:
        if count is not None:
            await count(path)
        await held.wait()

    long.before_answer = hold
    async with importing(installed, long, "long"), queue_of(installed) as redis:
        await until("the page that takes long", asked.total, cluster)
        begun = time.monotonic()
        async with importing(installed, burst, "burst", concurrency=8):
            await until("all workers asked for", lambda: size(cluster)[0] == MOST, cluster, 20)
            assert time.monotonic() - begun < 15
            await until("all workers ready", lambda: size(cluster)[1] == MOST, cluster)

            def says_why() -> bool:
                said = status_of(cluster, "burst").get("workers", {})
                return "maximum is 3" in said.get("reason", "")

            await until("the status says why not more", says_why, cluster, 20)
            await met(installed, burst, "burst")
        await until("the idle ones are gone", lambda: size(cluster) == (1, 1), cluster, 60)
        left = await until(
            "one pod is left", lambda: len(workers(cluster)) == 1 and workers(cluster), cluster
        )
        busy = [each.id for each in (await pool_view(redis)).workers if each.busy]
        assert busy == left, "the one that has the page must be the one that stays"
        held.set()
        await met(installed, long, "long")
        assert set(asked.values()) == {1}, "no page was begun again"
        await until("no worker is left", lambda: size(cluster) == (0, 0), cluster)


async def test_the_size_is_held_while_redis_is_away_and_the_run_comes_back_from_nothing(
    installed: Installed,
) -> None:
    cluster = installed.cluster
    board = a_board(delay_seconds=1.0)
    async with importing(installed, board, "away", concurrency=4):
        await until("workers", lambda: size(cluster)[1] >= 1, cluster)
        wanted = size(cluster)[0]
        await asyncio.to_thread(installed.redis.stop)
        try:

            def says_so() -> bool:
                said = json.dumps(status_of(cluster, "away"))
                return "could not be read" in said or "does not answer" in said

            await until("the status says so", says_so, cluster, 40)
            assert size(cluster)[0] == wanted
        finally:
            # Not in a thread: a child ends with the thread that started it.
            installed.redis.start()
        await met(installed, board, "away", 180)
    events = cluster.kubectl(
        "-n", NAMESPACE, "get", "events", "--field-selector=reason=RunComplete"
    )
    assert "away" in events
