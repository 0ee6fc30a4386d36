"""The cluster of the e2e tests, with the CRD installed."""

import json
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from cluster.choosing import TestCluster, choose, running_cluster

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
    kubectl("wait", "--for=condition=Established", "crd/jobimports.jobimport.dev", "--timeout=30s")
    return cluster.kubeconfig
