"""KEDA itself scales a pool, by the example's manifest and the number that the gateway serves.

The control plane is real and has no node: pods are made and never run, and the queue's work is done
by hand. What is seen is the chain from the queue's load to the Deployment's replicas.
"""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config

from cluster.building import CannotBuild
from cluster.control_plane import ControlPlane, running_control_plane
from cluster.images import ROOT
from cluster.keda import aggregation, built_keda, keda_folder, running_keda
from cluster.operator_bench import Bench, eventually
from e2e.test_tenants import free_port, until_ready
from jobimport.cluster_api import ClusterApi
from jobimport.ids import RunId, TaskId, WorkerId
from jobimport.queue.tasks import Counts, Task, TaskKind
from jobimport_cli.processes import running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.redis_server import RedisServer

NAMESPACE = "recruiting"
ESTABLISHED = "--for=jsonpath={.status.conditions[?(@.type=='Established')].status}=True"
PAGES = 18
"""Ready tasks; the example wants one worker for four."""


class Plane:
    """A control plane with KEDA's CRDs and ours."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane

    def kubectl(self, *arguments: str, given: Any = None) -> str:
        command = [str(self.plane.kubectl), "--kubeconfig", str(self.plane.kubeconfig), *arguments]
        text = None if given is None else json.dumps(given)
        done = subprocess.run(
            command, input=text, text=True, timeout=60, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def told(self) -> str:
        """What KEDA and the horizontal pod autoscaler say of the pool."""
        said = self.kubectl("-n", NAMESPACE, "describe", "hpa,scaledobject")
        logs = sorted((self.plane.folder / "keda").glob("*.log"))
        tails = ["\n".join(log.read_text().splitlines()[-20:]) for log in logs]
        return "\n\n".join([said[-4000:], *tails])

    def apply(self, manifest: Any) -> None:
        self.kubectl("apply", "--server-side", "-f", "-", given=manifest)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Plane]:
    try:
        programs, module = built_keda(), keda_folder()
    except CannotBuild as error:
        pytest.skip(str(error))
    with running_control_plane(more_flags=aggregation) as plane:
        made = Plane(plane)
        crds = [*(ROOT / "crds").glob("*.yaml"), *(module / "config/crd/bases").glob("*.yaml")]
        for path in crds:
            made.kubectl("apply", "--server-side", "-f", str(path))
        for name in ("scaledobjects.keda.sh", "jobimports.jobimport.dev"):
            made.kubectl("wait", "--for=create", f"crd/{name}", "--timeout=30s")
            made.kubectl("wait", ESTABLISHED, f"crd/{name}", "--timeout=30s")
        made.kubectl("create", "namespace", NAMESPACE)
        with running_keda(plane, programs, made.apply):
            yield made


@asynccontextmanager
async def operating(cluster: Plane, folder: Path) -> AsyncIterator[tuple[Bench, str]]:
    """An operator in external mode and a gateway; the gateway's address."""
    redis, port = RedisServer(), free_port()
    redis.start()
    kubeconfig = cluster.plane.kubeconfig
    environment = {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "REDIS_URL": redis.url,
        "WATCH_NAMESPACES": NAMESPACE,
        "LOG_FORMAT": "text",
        "AUTOSCALER_MODE": "External",
    }
    configuration = Configuration()
    await load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    bench = Bench(
        ClusterApi(ApiClient(configuration=configuration)), NAMESPACE, redis.url, environment
    )
    try:
        with mongo_stand_in() as mongo_url:
            own = {"MONGODB_URL": mongo_url, "AUTH_MODE": "kubernetes", "PORT": str(port)}
            gateway = {**environment, **own}
            async with (
                bench.operator(folder / "operator.log"),
                running_part("gateway", "jobimport_api", [], gateway, folder),
            ):
                await until_ready(f"http://127.0.0.1:{port}")
                yield bench, f"http://127.0.0.1:{port}"
    finally:
        await bench.redis.aclose()
        await bench.api.close()
        redis.close()


def example(address: str) -> list[dict[str, Any]]:
    """The example, with this gateway's address, and quick enough for a test."""
    found = list(yaml.safe_load_all((ROOT / "examples" / "keda" / "scaledobject.yaml").read_text()))
    spec = next(each for each in found if each["kind"] == "ScaledObject")["spec"]
    trigger = spec["triggers"][0]["metadata"]
    trigger["url"] = f"{address}/{trigger['url'].split('/', 3)[3]}"
    spec |= {"pollingInterval": 1, "cooldownPeriod": 5}
    hpa = spec["advanced"]["horizontalPodAutoscalerConfig"]
    hpa["behavior"]["scaleDown"]["stabilizationWindowSeconds"] = 0
    return found


def give_rights(cluster: Plane) -> None:
    """A token that may get the imports of the namespace, as the example's comment says, and the
    workers' Secret, which KEDA reads though it needs nothing of it.
    """
    about = ("-n", NAMESPACE)
    stores = (
        "--from-literal=REDIS_URL=redis://redis",
        "--from-literal=MONGODB_URL=mongodb://mongo",
    )
    cluster.kubectl(*about, "create", "secret", "generic", "jobimport-worker", *stores)
    cluster.kubectl(*about, "create", "serviceaccount", "keda")
    rights = ("--verb=get", "--resource=jobimports.jobimport.dev")
    cluster.kubectl(*about, "create", "role", "keda", *rights)
    bound = ("--role=keda", f"--serviceaccount={NAMESPACE}:keda")
    cluster.kubectl(*about, "create", "rolebinding", "keda", *bound)
    token = cluster.kubectl(*about, "create", "token", "keda").strip()
    made = ("create", "secret", "generic", "keda-jobimport", f"--from-literal=token={token}")
    cluster.kubectl(*about, *made)


async def test_keda_takes_a_pool_from_none_to_what_the_load_asks_for_and_back(
    cluster: Plane, tmp_path: Path
) -> None:
    async with operating(cluster, tmp_path) as (bench, address):
        await bench.apply("idle", schedule="0 0 1 1 *")
        await eventually(bench.deployment, 60)
        give_rights(cluster)
        for manifest in example(address):
            cluster.apply(manifest)

        async def is_ready() -> bool:
            found = cluster.kubectl("-n", NAMESPACE, "get", "scaledobject", "-o", "json")
            status = json.loads(found)["items"][0].get("status", {})
            return any(
                each["type"] == "Ready" and each["status"] == "True"
                for each in status.get("conditions", [])
            )

        with suppress(TimeoutError):
            await eventually(is_ready, 60)
        assert await is_ready(), cluster.told()
        assert await bench.replicas() == 0, "a pool without work has no worker"
        await bench.apply("busy", concurrency=PAGES)
        run = await eventually(lambda: bench.current_run("busy"), 60)
        await put_pages(bench, run)
        wanted = -(-PAGES // 4)

        async def grown() -> bool:
            return await bench.replicas() == wanted

        with suppress(TimeoutError):
            await eventually(grown, 150)
        told = cluster.told()
        assert await bench.replicas() == wanted, told
        assert "the HPA was able to successfully calculate" in told
        await bench.work(run)

        async def gone() -> bool:
            return await bench.replicas() == 0

        with suppress(TimeoutError):
            await eventually(gone, 150)
        assert await bench.replicas() == 0, cluster.told()


async def put_pages(bench: Bench, run: RunId) -> None:
    """Do the plan of a run: so many ready pages follow from it, which nobody works on."""
    plan = (await bench.queue.claim(WorkerId("by-hand"), 1, 60_000)).leases[0]
    pages = [Task(TaskId(f"{run}/{number}"), TaskKind.PAGE) for number in range(PAGES)]
    assert await bench.queue.finish(plan, Counts(), pages)
