"""The cluster of the e2e tests, with the CRD installed."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config
from redis.exceptions import ConnectionError as RedisConnectionError

from cluster.building import CannotBuild
from cluster.choosing import TestCluster, choose, running_cluster
from cluster.operator_bench import BASE, Bench, eventually
from cluster.upstream_crds import upstream_crds
from jobimport.cluster_api import ClusterApi
from jobimport_cli.standins.redis_server import embedded_redis

ROOT = Path(__file__).parents[2]


def pytest_report_header() -> str:
    choice = choose()
    return f"cluster: {choice.kind} ({choice.why})"


@pytest.fixture(scope="session")
def cluster() -> Generator[TestCluster]:
    with running_cluster() as running:
        yield running


Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def kubectl(cluster: TestCluster) -> Kubectl:
    def run(
        *arguments: str, given: str | dict[str, Any] | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        text = json.dumps(given) if isinstance(given, dict) else given
        done = subprocess.run(
            [str(cluster.kubectl), "--kubeconfig", str(cluster.kubeconfig), *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def kubeconfig(cluster: TestCluster, kubectl: Kubectl) -> Path:
    for path in sorted((ROOT / "crds").glob("*.yaml")):
        kubectl("apply", "--server-side", "-f", str(path))
    established = ("wait", "--for=condition=Established", "crd/jobimports.jobimport.dev")
    deadline = time.monotonic() + 30
    # `wait` gives up at once on a CRD that has no conditions yet.
    while (done := kubectl(*established, "--timeout=5s", check=False)).returncode:
        assert time.monotonic() < deadline, done.stderr
    return cluster.kubeconfig


@pytest.fixture(scope="session")
def upstream(kubectl: Kubectl) -> None:
    """The CRDs of KEDA, Argo CD, Flux, the Prometheus Operator and the Gateway API."""
    try:
        paths = list(upstream_crds())
    except CannotBuild as error:
        pytest.skip(str(error))
    for path in paths:
        kubectl("apply", "--server-side", "-f", str(path))
        crd = yaml.safe_load(path.read_text())["metadata"]["name"]
        kubectl("wait", "--for=create", f"crd/{crd}", "--timeout=30s")
        names = ("--for=jsonpath={.status.conditions[?(@.type=='Established')].status}=True",)
        kubectl("wait", *names, f"crd/{crd}", "--timeout=30s")


@pytest.fixture
def operator_redis() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


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
