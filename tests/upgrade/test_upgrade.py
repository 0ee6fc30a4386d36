"""`helm upgrade` from an older release to this one in mid-run, and parts of both side by side.

The tests stand in the order in which a user would meet what they are about: the first leaves the
release upgraded.
"""

import asyncio
from typing import Any

from cluster.images import TAG
from cluster.older import Older
from cluster.release import CHART, NAMESPACE, RELEASE, SYSTEM, Installed, NodeCluster
from node.imports import (
    DEPLOYMENT,
    a_board,
    counting,
    difference,
    ended,
    finished,
    importing,
    met,
    size,
    status_of,
    until,
    workers,
)

LONG = 12000
"""Records of a run that outlasts an upgrade: 120 pages of two seconds, four in work at a time."""
SHORT = 300
_CRD = "crd/jobimports.jobimport.dev"


def schema_of(cluster: NodeCluster) -> dict[str, Any]:
    return cluster.read(_CRD)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def image_of(cluster: NodeCluster, namespace: str, deployment: str) -> str:
    found = cluster.read("-n", namespace, "deployment", deployment)
    return found["spec"]["template"]["spec"]["containers"][0]["image"]


async def upgrade(installed: Installed, **tags: str) -> None:
    """Upgrade to this folder's chart, with the given tags of the parts' images."""
    words = [word for part, tag in tags.items() for word in ("--set", f"{part}.image.tag={tag}")]
    wait = ("--reset-then-reuse-values", "--wait", "--timeout", "180s")
    helm = installed.cluster.helm
    await asyncio.to_thread(helm, "upgrade", RELEASE, CHART, "-n", SYSTEM, *words, *wait)


async def run_again(installed: Installed, name: str, token: str) -> dict[str, Any]:
    """Request a run and wait for its end; its record."""
    cluster = installed.cluster
    annotation = f"jobimport.dev/run-requested={token}"
    await asyncio.to_thread(cluster.kubectl, "-n", NAMESPACE, "annotate", "ji", name, annotation)

    def done() -> Any:
        status = status_of(cluster, name)
        over = status.get("lastHandledRunRequest") == token and not status.get("currentRun")
        return status["lastRun"] if over else None

    return await until("the requested run's end", done, cluster, 150)


async def test_p1_a_run_in_work_goes_on_through_an_upgrade_and_nothing_is_lost(
    installed: Installed, older: Older
) -> None:
    cluster = installed.cluster
    long, short = a_board(LONG, delay_seconds=2.0), a_board(SHORT)
    asked = counting(long)
    async with importing(installed, short, "before"), importing(installed, long, "across"):
        await met(installed, short, "before")
        before = status_of(cluster, "before")["lastRun"]
        await until("pages", lambda: asked.total() > 6, cluster, 90)
        run, schema = status_of(cluster, "across")["currentRun"], schema_of(cluster)
        assert image_of(cluster, NAMESPACE, DEPLOYMENT).endswith(older.tag)

        await upgrade(installed, operator=TAG, worker=TAG, gateway=TAG)
        await until(
            "workers of this release",
            lambda: image_of(cluster, NAMESPACE, DEPLOYMENT).endswith(f":{TAG}"),
            cluster,
        )
        assert finished(cluster, "across") is None, "upgraded too late to prove anything"
        assert schema_of(cluster) != schema, "the upgrade brings the CRD of this release"
        assert status_of(cluster, "across")["currentRun"]["id"] == run["id"]
        await met(installed, long, "across", 240)
        last = status_of(cluster, "across")["lastRun"]
        assert last["id"] == run["id"], "the run is the one that the older release began"
        assert set(asked.values()) == {1}, "each page was ended by the worker that began it"

        again = await run_again(installed, "before", "after-the-upgrade")
        found = await difference(installed, short, "before")
        assert found.same, str(found)
        assert again["id"] != before["id"]
        assert (again.get("inserted", 0), again.get("closed", 0)) == (0, 0), again
        assert again["open"] == before["open"] == SHORT - 1


async def test_p1_workers_of_the_older_release_serve_this_operator(
    installed: Installed, older: Older
) -> None:
    """As for as long as an upgrade lasts in which workers end their pages."""
    cluster = installed.cluster
    board = a_board(1500, delay_seconds=0.5)
    await upgrade(installed, operator=TAG, worker=older.tag, gateway=TAG)
    async with importing(installed, board, "old-workers"):
        await until(
            "workers of the older release",
            lambda: image_of(cluster, NAMESPACE, DEPLOYMENT).endswith(older.tag),
            cluster,
        )
        await until("a worker", lambda: workers(cluster), cluster)
        await met(installed, board, "old-workers", 180)
        status = await ended(installed, "old-workers")
        assert status["conditions"][0]["type"]
        ready = next(each for each in status["conditions"] if each["type"] == "Ready")
        assert ready["status"] == "True", ready
    await until("no worker is left", lambda: size(cluster) == (0, 0), cluster, 60)


async def test_p1_workers_of_this_release_serve_an_older_operator(
    installed: Installed, older: Older
) -> None:
    """As when only the operator is taken back; the CRD stays the newer one."""
    cluster = installed.cluster
    board = a_board(1500, delay_seconds=0.5)
    await upgrade(installed, operator=older.tag, worker=TAG, gateway=TAG)
    async with importing(installed, board, "old-operator"):
        await met(installed, board, "old-operator", 180)
    await until("no worker is left", lambda: size(cluster) == (0, 0), cluster, 60)


async def test_p1_a_run_in_work_goes_on_through_a_rollback(
    installed: Installed, older: Older
) -> None:
    cluster = installed.cluster
    board = a_board(LONG, delay_seconds=2.0)
    await upgrade(installed, operator=TAG, worker=TAG, gateway=TAG)
    async with importing(installed, board, "back"):
        await until("a worker", lambda: workers(cluster), cluster)
        run = await until("a run", lambda: status_of(cluster, "back").get("currentRun"), cluster)
        wait = ("--wait", "--timeout", "180s")
        await asyncio.to_thread(cluster.helm, "rollback", RELEASE, "1", "-n", SYSTEM, *wait)
        await until(
            "workers of the older release",
            lambda: image_of(cluster, NAMESPACE, DEPLOYMENT).endswith(older.tag),
            cluster,
        )
        assert finished(cluster, "back") is None, "rolled back too late to prove anything"
        await met(installed, board, "back", 240)
        assert status_of(cluster, "back")["lastRun"]["id"] == run["id"]
