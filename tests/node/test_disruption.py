"""Workers killed, drained and rolled in mid-page: the ledger is met each time."""

import asyncio
import contextlib
from typing import Any

from cluster.release import CHART, NAMESPACE, RELEASE, SYSTEM, Installed
from jobimport_cli.board.faults import FaultPlan

from .imports import (
    DEPLOYMENT,
    POOL,
    a_board,
    counting,
    finished,
    importing,
    met,
    queue_of,
    size,
    until,
    workers,
)

LONG = 8000
"""Records of a run that goes on for half a minute at least, with two seconds a page."""


async def test_p1_p3_workers_killed_in_mid_page_lose_nothing(installed: Installed) -> None:
    cluster = installed.cluster
    board = a_board(faults=FaultPlan(throttled=5, unavailable=10, reset=10), delay_seconds=0.3)
    ledger = board.ledgers["northwind"]
    async with importing(installed, board, "killed"):
        for force in (("--grace-period=0", "--force"), ()):
            names = await until("a worker", lambda: workers(cluster), cluster)
            seen = ledger.responses

            def more(seen: int = seen) -> bool:
                return ledger.responses > seen or finished(cluster, "killed") is not None

            await until("a page", more, cluster)
            assert finished(cluster, "killed") is None, "killed too late to prove anything"
            delete = ("-n", NAMESPACE, "delete", "pod", *names, "--wait=false", *force)
            await asyncio.to_thread(cluster.kubectl, *delete, check=False)
        await met(installed, board, "killed", 180)


async def test_a_nodes_drain_evicts_workers_that_end_their_pages_first(
    installed: Installed,
) -> None:
    cluster = installed.cluster
    board = a_board(LONG, delay_seconds=2.0)
    asked = counting(board)
    node = cluster.read("nodes")["items"][0]["metadata"]["name"]
    async with importing(installed, board, "drained", concurrency=6):
        await until("three workers", lambda: size(cluster)[1] == 3, cluster)
        before = await asyncio.to_thread(workers, cluster)
        drain = ("drain", node, "--pod-selector=jobimport.dev/pool", "--delete-emptydir-data")
        try:
            # With one node a new worker has no place, so that the budget lets only one go.
            await asyncio.to_thread(cluster.kubectl, *drain, "--timeout=12s", check=False)
            after = await asyncio.to_thread(workers, cluster)
            assert finished(cluster, "drained") is None, "drained too late to prove anything"
            assert len(set(before) - set(after)) == 1, "one worker was evicted, the budget held"
        finally:
            await asyncio.to_thread(cluster.kubectl, "uncordon", node)
        await met(installed, board, "drained", 180)
        assert set(asked.values()) == {1}, "each page was ended by the worker that began it"


async def test_a_rollout_of_the_chart_in_mid_run_waits_for_pages_in_work(
    installed: Installed,
) -> None:
    cluster = installed.cluster
    board = a_board(LONG, delay_seconds=2.0)
    asked = counting(board)
    async with importing(installed, board, "upgraded", concurrency=6):
        before = set(await until("a worker", lambda: workers(cluster), cluster))
        change = ("--reuse-values", "--set", "worker.logLevel=DEBUG", "--wait", "--timeout", "180s")
        await asyncio.to_thread(cluster.helm, "upgrade", RELEASE, CHART, "-n", SYSTEM, *change)
        await until("new workers", lambda: set(workers(cluster)) - before, cluster)
        assert finished(cluster, "upgraded") is None, "upgraded too late to prove anything"
        await met(installed, board, "upgraded", 180)
        assert set(asked.values()) == {1}, "each page was ended by the worker that began it"
        told = cluster.read("-n", NAMESPACE, "deployment", DEPLOYMENT)
        env = told["spec"]["template"]["spec"]["containers"][0]["env"]
        assert {"name": "LOG_LEVEL", "value": "DEBUG"} in env


async def test_an_import_deleted_in_mid_run_leaves_nothing_in_redis_and_asks_no_more(
    installed: Installed,
) -> None:
    cluster = installed.cluster
    board = a_board(delay_seconds=1.0)
    asked = counting(board)
    async with importing(installed, board, "deleted"), queue_of(installed) as redis:
        await until("pages", lambda: asked.total() > 4, cluster, 90)
        delete = ("-n", NAMESPACE, "delete", "ji", "deleted", "--timeout=20s")
        await asyncio.to_thread(cluster.kubectl, *delete)
        await keys_are_gone(redis, "run:")
        seen = asked.total()
        await until("no worker is left", lambda: size(cluster) == (0, 0), cluster, 30)
        assert asked.total() <= seen


async def keys_are_gone(redis: Any, kind: str) -> None:
    """Wait, at most 30 s, until the pool has no key of a kind."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(30):
            while await redis.keys(f"ji:{{{POOL}}}:{kind}*"):
                await asyncio.sleep(0.3)
    assert await redis.keys(f"ji:{{{POOL}}}:{kind}*") == []
