"""Imports of a board on this machine by the workers of the node, and what is seen of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import yaml
from pymongo import AsyncMongoClient
from redis.asyncio import Redis

from cluster.images import ROOT
from cluster.release import NAMESPACE, Installed, NodeCluster
from jobimport.ids import PoolKey
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import PoolView
from jobimport_cli.board.compare import Comparison, compare
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving

RECORDS = 2000
POOL = PoolKey(NAMESPACE, "default")
DEPLOYMENT = "jobimport-worker-default"


async def until(what: str, found: Any, cluster: NodeCluster, seconds: float = 60) -> Any:
    """Wait until `found()` gives something true, and return it; else say what runs."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                value = await asyncio.to_thread(found)
                if value:
                    return value
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise AssertionError(f"{what}: not within {seconds} s\n{cluster.what_runs()}") from None


def a_board(
    records: int = RECORDS, faults: FaultPlan | None = None, delay_seconds: float = 0.0
) -> Board:
    """A paged feed `northwind` with one broken record."""
    feed = Feed("northwind", FeedStyle.PAGES, records, broken=frozenset({5}))
    return Board({"northwind": feed}, faults or FaultPlan(), delay_seconds)


def counting(board: Board) -> Counter[str]:
    """Count how often each page is asked for, from now on."""
    asked: Counter[str] = Counter()

    async def count(path: str) -> None:
        asked[path] += 1

    board.before_answer = count
    return asked


def an_import(name: str, board_url: str, **spec: Any) -> dict[str, Any]:
    manifest = yaml.safe_load((ROOT / "examples" / "northwind.yaml").read_text())
    manifest["metadata"] = {"name": name, "namespace": NAMESPACE}
    manifest["spec"]["source"]["request"]["url"] = f"{board_url}/northwind/jobs"
    manifest["spec"]["source"]["request"]["timeoutSeconds"] = 120
    manifest["spec"]["source"]["name"] = name
    manifest["spec"] |= spec
    return manifest


@asynccontextmanager
async def importing(
    installed: Installed, board: Board, name: str, **spec: Any
) -> AsyncGenerator[str]:
    """Serve the board and apply an import of it; the import is deleted in the end."""
    cluster = installed.cluster
    async with serving(board, host=cluster.address) as url:
        manifest = an_import(name, url, **spec)
        await asyncio.to_thread(
            cluster.kubectl, "apply", "--server-side", "-f", "-", given=manifest
        )
        try:
            yield url
        finally:
            await asyncio.to_thread(
                cluster.kubectl,
                *("-n", NAMESPACE, "delete", "ji", name, "--ignore-not-found", "--timeout=20s"),
                check=False,
            )


def status_of(cluster: NodeCluster, name: str, namespace: str = NAMESPACE) -> dict[str, Any]:
    return cluster.read("-n", namespace, "ji", name).get("status", {})


def finished(cluster: NodeCluster, name: str) -> dict[str, Any] | None:
    status = status_of(cluster, name)
    return status if status.get("lastRun") and not status.get("currentRun") else None


async def ended(installed: Installed, name: str, seconds: float = 120) -> dict[str, Any]:
    """Wait for the run's end; its status."""
    cluster = installed.cluster
    return await until("the run's end", lambda: finished(cluster, name), cluster, seconds)


def workers(cluster: NodeCluster) -> list[str]:
    """Name the workers' pods that run and are not on their way out."""
    pods = cluster.read("-n", NAMESPACE, "pods", "-l", "jobimport.dev/pool=default")["items"]
    return [
        each["metadata"]["name"]
        for each in pods
        if "deletionTimestamp" not in each["metadata"] and each["status"].get("phase") == "Running"
    ]


def size(cluster: NodeCluster) -> tuple[int, int]:
    """The pool's workers: asked for, and ready; none while there is no Deployment yet."""
    found = cluster.read("-n", NAMESPACE, "deployments")["items"]
    for each in found:
        if each["metadata"]["name"] == DEPLOYMENT:
            return each["spec"]["replicas"], each.get("status", {}).get("readyReplicas", 0)
    return 0, 0


async def pool_view(redis: Redis) -> PoolView:
    return await Queue(redis, POOL).pool_view(0)


@asynccontextmanager
async def queue_of(installed: Installed) -> AsyncGenerator[Redis]:
    redis = connect(installed.redis.url)
    try:
        yield redis
    finally:
        await redis.aclose()


async def difference(installed: Installed, board: Board, name: str) -> Comparison:
    async with AsyncMongoClient[dict[str, Any]](installed.mongo_url) as client:
        return await compare(client["jobimport"], "jobs", name, board.ledgers["northwind"])


async def met(installed: Installed, board: Board, name: str, seconds: float = 150) -> None:
    """The run ends Complete, and MongoDB has what the board served and nothing else."""
    status = await ended(installed, name, seconds)
    assert status["lastRun"]["verdict"] == "Complete", status["lastRun"]
    found = await difference(installed, board, name)
    assert found.same, str(found)
    assert found.stored == status["lastRun"]["open"]
