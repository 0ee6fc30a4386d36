"""The main job on a real API server: apply, import, read the status."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo import AsyncMongoClient

from jobimport_cli.board.compare import compare
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving
from jobimport_cli.processes import running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import embedded_redis

from .conftest import ROOT, Kubectl

NAMESPACE = "recruiting"
DEADLINE_SECONDS = 90
_WHOLE = ("-o", "json", "--show-managed-fields")


@asynccontextmanager
async def running_parts(kubeconfig: Path, logs: Path) -> AsyncGenerator[dict[str, str]]:
    """The operator against the cluster, and two workers as processes; gives their environment."""
    async with AsyncExitStack() as stack:
        redis_url = stack.enter_context(embedded_redis())
        mongo_url = stack.enter_context(mongo_stand_in())
        quicken(mongo_url, "jobimport", ["jobs"])
        environment = {
            "KUBECONFIG": str(kubeconfig),
            "REDIS_URL": redis_url,
            "MONGODB_URL": mongo_url,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "LOG_FORMAT": "text",
            "WORKER_NAMESPACE": NAMESPACE,
            "STATUS_TARGET": "kubernetes",
        }
        await stack.enter_async_context(
            running_part("operator", "jobimport_operator", [], environment, logs)
        )
        for number in (1, 2):
            named = {**environment, "WORKER_NAME": f"worker-{number}"}
            await stack.enter_async_context(
                running_part(f"worker-{number}", "jobimport_worker", [], named, logs)
            )
        yield environment


def a_board() -> Board:
    feed = Feed("northwind", FeedStyle.PAGES, 1200, broken=frozenset({5}))
    return Board({"northwind": feed}, FaultPlan(throttled=5, unavailable=10, reset=10))


def northwind_at(board_url: str, **spec: Any) -> dict[str, Any]:
    manifest = yaml.safe_load((ROOT / "examples" / "northwind.yaml").read_text())
    manifest["metadata"]["namespace"] = NAMESPACE
    manifest["spec"]["source"]["request"]["url"] = f"{board_url}/northwind/jobs"
    manifest["spec"] |= spec
    return manifest


@pytest.fixture
def namespace(kubeconfig: Path, kubectl: Kubectl) -> None:
    kubectl("create", "namespace", NAMESPACE, check=False)


async def read(kubectl: Kubectl, *arguments: str) -> dict[str, Any]:
    done = await asyncio.to_thread(kubectl, "-n", NAMESPACE, "get", *arguments, *_WHOLE)
    return json.loads(done.stdout)


async def until_finished(kubectl: Kubectl, name: str) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            found = await read(kubectl, "ji", name)
            status = found.get("status", {})
            if status.get("lastRun") and not status.get("currentRun"):
                return found
            await asyncio.sleep(0.2)


async def test_an_applied_import_is_imported_whole_and_says_so(
    namespace: None, kubeconfig: Path, kubectl: Kubectl, tmp_path: Path
) -> None:
    board = a_board()
    async with (
        serving(board) as board_url,
        running_parts(kubeconfig, tmp_path) as environment,
        AsyncMongoClient[dict[str, Any]](environment["MONGODB_URL"]) as client,
    ):
        manifest = northwind_at(board_url)
        kubectl("apply", "--server-side", "-f", "-", given=manifest)
        imported = await until_finished(kubectl, "northwind")
        result = await compare(
            client["jobimport"], "jobs", f"{NAMESPACE}.northwind", board.ledgers["northwind"]
        )
        assert result.same, str(result)
        status = imported["status"]
        assert status["lastRun"]["verdict"] == "Complete"
        assert status["lastRun"]["inserted"] == result.stored == 1199
        assert status["lastRun"]["rejected"] == 1
        assert status["observedGeneration"] == imported["metadata"]["generation"]
        managers = {
            each["manager"]: each["fieldsV1"]
            for each in imported["metadata"]["managedFields"]
            if each.get("subresource") == "status"
        }
        assert set(managers) == {"jobimport-operator", "jobimport-worker"}
        assert set(managers["jobimport-worker"]["f:status"]) == {"f:progress"}
        kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "ji/northwind", "--timeout=5s")
        shown = kubectl("-n", NAMESPACE, "get", "ji", "-o", "wide").stdout
        assert "Complete" in shown
        assert "1200" in shown
        deployment = await read(kubectl, "deployment", "jobimport-worker-default")
        assert deployment["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


async def test_p10_a_spec_that_only_we_can_judge_gets_stalled_with_the_field_named(
    namespace: None, kubeconfig: Path, kubectl: Kubectl, tmp_path: Path
) -> None:
    async with running_parts(kubeconfig, tmp_path):
        manifest = northwind_at("http://127.0.0.1:1")
        manifest["metadata"]["name"] = "misspelt"
        manifest["spec"]["mapping"]["salary"] = {"min": "mony(pay)"}
        kubectl("apply", "--server-side", "-f", "-", given=manifest)
        async with asyncio.timeout(20):
            while True:
                found = await read(kubectl, "ji", "misspelt")
                conditions = found.get("status", {}).get("conditions", [])
                stalled = [each for each in conditions if each["type"] == "Stalled"]
                if stalled:
                    break
                await asyncio.sleep(0.2)
        assert "spec.mapping.salary.min: unknown function 'mony'" in stalled[0]["message"]
        assert "did you mean 'money'?" in stalled[0]["message"]
        kubectl("-n", NAMESPACE, "delete", "ji", "misspelt")
