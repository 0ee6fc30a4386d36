"""What a cluster can get wrong is said on the import in half a minute, and heals when mended."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import redis

from cluster.images import TAG
from cluster.release import (
    CHART,
    NAMESPACE,
    RELEASE,
    SYSTEM,
    Installed,
    NodeCluster,
    apply_secret,
)

from .imports import a_board, importing, met, size, status_of, until, workers

SAID_SECONDS = 30
SECRET = "jobimport-worker"
OPERATOR = f"{RELEASE}-jobimport-operator"


async def said(cluster: NodeCluster, name: str, *words: str) -> str:
    """Wait until the import's status has the words; its text."""

    def text() -> str | None:
        found = json.dumps(status_of(cluster, name), ensure_ascii=False)
        return found if all(each in found for each in words) else None

    return await until(f"the status says {words}", text, cluster, SAID_SECONDS)


@contextlib.asynccontextmanager
async def wrong(make: Callable[[], Any], mend: Callable[[], Any]) -> AsyncGenerator[None]:
    """Make something wrong, and mend it whatever happens."""
    await asyncio.to_thread(make)
    try:
        yield
    finally:
        await asyncio.to_thread(mend)


async def idle(cluster: NodeCluster) -> None:
    """Wait until no worker is left: one that runs already would not notice."""
    await until("no worker is left", lambda: size(cluster) == (0, 0), cluster, 90)
    await until("no pod is left", lambda: not workers(cluster), cluster)


def urls(installed: Installed) -> dict[str, str]:
    return {"REDIS_URL": installed.redis.url, "MONGODB_URL": installed.mongo_url}


async def test_a_missing_secret_is_named_and_heals(installed: Installed) -> None:
    cluster, board = installed.cluster, a_board(records=300)

    def take_away() -> None:
        cluster.kubectl("-n", NAMESPACE, "delete", "secret", SECRET)

    def give_back() -> None:
        apply_secret(cluster, NAMESPACE, SECRET, urls(installed))

    await idle(cluster)
    async with wrong(take_away, give_back), importing(installed, board, "no-secret"):
        await said(cluster, "no-secret", SECRET, "not found")
        await asyncio.to_thread(give_back)
        await met(installed, board, "no-secret", 120)


async def test_a_quota_that_refuses_workers_is_told_and_heals(installed: Installed) -> None:
    cluster, board = installed.cluster, a_board(records=300)
    about = {"metadata": {"name": "none", "namespace": NAMESPACE}, "spec": {"hard": {"pods": "0"}}}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", **about}

    def refuse() -> None:
        cluster.kubectl("apply", "-f", "-", given=quota)

    def allow() -> None:
        cluster.kubectl("-n", NAMESPACE, "delete", "quota", "none", "--ignore-not-found")

    await idle(cluster)
    async with wrong(refuse, allow), importing(installed, board, "refused"):
        await said(cluster, "refused", "exceeded quota")
        await asyncio.to_thread(allow)
        await met(installed, board, "refused", 150)


async def test_an_image_that_cannot_be_pulled_is_told_and_heals(installed: Installed) -> None:
    cluster, board = installed.cluster, a_board(records=300)

    def upgrade(tag: str) -> None:
        change = ("--reuse-values", "--set", f"worker.image.tag={tag}")
        cluster.helm("upgrade", RELEASE, CHART, "-n", SYSTEM, *change)
        deployed = ("-n", SYSTEM, "rollout", "status", f"deployment/{OPERATOR}", "--timeout=90s")
        cluster.kubectl(*deployed, seconds=100)

    await idle(cluster)
    async with (
        wrong(lambda: upgrade("gone"), lambda: upgrade(TAG)),
        importing(installed, board, "no-image"),
    ):
        await said(cluster, "no-image", "jobimport-worker:gone", "pulled")
        await asyncio.to_thread(upgrade, TAG)
        await met(installed, board, "no-image", 150)


async def test_a_wrong_url_is_told_and_heals_when_the_secret_is_mended(
    installed: Installed,
) -> None:
    cluster, board = installed.cluster, a_board(records=300)
    away = f"mongodb://{cluster.address}:9/?directConnection=true"

    def give(data: dict[str, str]) -> None:
        apply_secret(cluster, NAMESPACE, SECRET, data)

    await idle(cluster)
    async with (
        wrong(
            lambda: give({**urls(installed), "MONGODB_URL": away}), lambda: give(urls(installed))
        ),
        importing(installed, board, "wrong-url"),
    ):
        await until("a worker runs", lambda: workers(cluster), cluster)
        await said(cluster, "wrong-url", "not ready", "MONGODB_URL")
        await asyncio.to_thread(give, urls(installed))
        # The kubelet brings a changed Secret to the pod within a minute or so.
        await met(installed, board, "wrong-url", 240)


async def test_a_redis_that_may_evict_makes_the_operator_unready_until_mended(
    installed: Installed,
) -> None:
    cluster = installed.cluster

    def set_policy(policy: str) -> None:
        with contextlib.closing(redis.Redis.from_url(installed.redis.url)) as client:
            client.config_set("maxmemory-policy", policy)

    def ready(expected: int) -> bool:
        found = cluster.read("-n", SYSTEM, "deployment", OPERATOR)["status"]
        return found.get("readyReplicas", 0) == expected

    async with wrong(lambda: set_policy("allkeys-lru"), lambda: set_policy("noeviction")):
        await until("the operator is unready", lambda: ready(0), cluster, SAID_SECONDS)
        log = cluster.kubectl("-n", SYSTEM, "logs", f"deployment/{OPERATOR}", "--tail=50")
        assert "maxmemory-policy is allkeys-lru" in log
    await until("the operator is ready", lambda: ready(1), cluster, SAID_SECONDS)
