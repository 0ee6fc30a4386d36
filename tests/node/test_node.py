"""The chart on a real node: installed, imports run, workers come and go, killed and drained."""

import asyncio
import contextlib
from typing import Any

import yaml
from pymongo import AsyncMongoClient

from cluster.images import ROOT
from cluster.release import CHART, NAMESPACE, RELEASE, SYSTEM, Installed, NodeCluster
from jobimport_cli.board.compare import Comparison, compare
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving

from .conftest import until

RECORDS = 2000


def a_board() -> Board:
    feed = Feed("northwind", FeedStyle.PAGES, RECORDS, broken=frozenset({5}))
    return Board({"northwind": feed}, FaultPlan(throttled=5, unavailable=10, reset=10))


def an_import(name: str, board_url: str, **spec: Any) -> dict[str, Any]:
    manifest = yaml.safe_load((ROOT / "examples" / "northwind.yaml").read_text())
    manifest["metadata"] = {"name": name, "namespace": NAMESPACE}
    manifest["spec"]["source"]["request"]["url"] = f"{board_url}/northwind/jobs"
    manifest["spec"]["source"]["name"] = name
    manifest["spec"] |= spec
    return manifest


def finished(cluster: NodeCluster, name: str) -> dict[str, Any] | None:
    status = cluster.read("-n", NAMESPACE, "ji", name).get("status", {})
    return status if status.get("lastRun") and not status.get("currentRun") else None


def workers(cluster: NodeCluster) -> list[str]:
    """Name the workers' pods that run."""
    pods = cluster.read("-n", NAMESPACE, "pods", "-l", "jobimport.dev/pool=default")["items"]
    return [
        each["metadata"]["name"]
        for each in pods
        if "deletionTimestamp" not in each["metadata"] and each["status"].get("phase") == "Running"
    ]


async def difference(installed: Installed, board: Board, name: str) -> Comparison:
    async with AsyncMongoClient[dict[str, Any]](installed.mongo_url) as client:
        return await compare(client["jobimport"], "jobs", name, board.ledgers["northwind"])


async def test_an_import_goes_from_no_worker_to_the_end_and_back_to_none(
    installed: Installed,
) -> None:
    cluster, board = installed.cluster, a_board()
    async with serving(board, host=cluster.address) as url:
        assert workers(cluster) == []
        cluster.kubectl("apply", "--server-side", "-f", "-", given=an_import("first", url))
        await until("a worker", lambda: workers(cluster), cluster)
        status = await until("the run's end", lambda: finished(cluster, "first"), cluster, 120)
        assert status["lastRun"]["verdict"] == "Complete"
        assert status["lastRun"]["inserted"] == RECORDS - 1
        assert (await difference(installed, board, "first")).same
    shown = cluster.kubectl("-n", NAMESPACE, "get", "ji", "-o", "wide")
    assert "Complete" in shown
    await until("no worker is left", lambda: not workers(cluster), cluster)


async def test_p1_p3_workers_killed_and_drained_in_mid_page_lose_nothing(
    installed: Installed,
) -> None:
    cluster, board = installed.cluster, a_board()
    async with serving(board, host=cluster.address) as url:
        cluster.kubectl("apply", "--server-side", "-f", "-", given=an_import("killed", url))
        for force in (("--grace-period=0", "--force"), ()):
            names = await until("a worker", lambda: workers(cluster), cluster)
            asked = board.ledgers["northwind"].responses

            def more(asked: int = asked) -> bool:
                return (
                    board.ledgers["northwind"].responses > asked
                    or finished(cluster, "killed") is not None
                )

            await until("a page", more, cluster)
            cluster.kubectl(
                "-n", NAMESPACE, "delete", "pod", *names, "--wait=false", *force, check=False
            )
        status = await until("the run's end", lambda: finished(cluster, "killed"), cluster, 180)
        assert status["lastRun"]["verdict"] == "Complete"
        found = await difference(installed, board, "killed")
        assert found.same, str(found)


async def test_readiness_and_rights_are_as_promised(installed: Installed) -> None:
    cluster = installed.cluster
    may = ("auth", "can-i", "--as")
    operator = f"system:serviceaccount:{SYSTEM}:ji-jobimport-operator"
    worker = f"system:serviceaccount:{NAMESPACE}:jobimport-worker"
    for who, verb, what, namespace, expected in (
        (operator, "patch", "jobimports.jobimport.dev/status", NAMESPACE, "yes"),
        (operator, "get", "secrets", NAMESPACE, "no"),
        (operator, "list", "secrets", SYSTEM, "no"),
        (operator, "patch", "deployments.apps", "default", "no"),
        (worker, "patch", "jobimports.jobimport.dev/status", NAMESPACE, "yes"),
        (worker, "get", "secrets", NAMESPACE, "no"),
        (worker, "patch", "jobimports.jobimport.dev/status", "default", "no"),
        (worker, "delete", "pods", NAMESPACE, "no"),
    ):
        kind, _, part = what.partition("/")
        of = (f"--subresource={part}",) if part else ()
        said = cluster.kubectl(*may, who, verb, kind, *of, "-n", namespace, check=False)
        assert said.strip() == expected, f"{who} {verb} {what} in {namespace}: {said}"
    cluster.helm("test", RELEASE, "-n", SYSTEM, "--timeout", "120s")


async def test_an_upgrade_in_mid_run_and_an_uninstall_leave_what_they_should(
    installed: Installed,
) -> None:
    cluster, board = installed.cluster, a_board()
    async with serving(board, host=cluster.address) as url:
        cluster.kubectl("apply", "--server-side", "-f", "-", given=an_import("upgraded", url))
        await until("a worker", lambda: workers(cluster), cluster)
        change = ("--reuse-values", "--set", "worker.logLevel=DEBUG", "--wait", "--timeout", "180s")
        await asyncio.to_thread(cluster.helm, "upgrade", RELEASE, CHART, "-n", SYSTEM, *change)
        status = await until("the run's end", lambda: finished(cluster, "upgraded"), cluster, 180)
        assert status["lastRun"]["verdict"] == "Complete"
        found = await difference(installed, board, "upgraded")
        assert found.same, str(found)
    cluster.helm("uninstall", RELEASE, "-n", SYSTEM, "--wait")
    with contextlib.suppress(RuntimeError):
        cluster.kubectl("-n", SYSTEM, "wait", "--for=delete", "pod", "--all", "--timeout=30s")
    assert "first" in cluster.kubectl("-n", NAMESPACE, "get", "ji"), "imports stay"
    assert cluster.read("-n", SYSTEM, "deployments")["items"] == []
