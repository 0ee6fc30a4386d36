"""Which cluster the tests run on, and why."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.control_plane import running_control_plane
from cluster.kind import running_kind

VARIABLE = "JOBIMPORT_TEST_CLUSTER"


@dataclass(frozen=True, slots=True)
class Choice:
    """The kind of cluster, and the reason in a sentence."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class TestCluster:
    """A cluster that tests may use as they like."""

    __test__ = False

    choice: Choice
    kubectl: Path
    kubeconfig: Path


def choose() -> Choice:
    """kind where a Docker engine answers, else upstream's own programs; the variable decides."""
    named = os.environ.get(VARIABLE)
    if named in ("kind", "built"):
        return Choice(named, f"{VARIABLE} says so")
    if named:
        raise ValueError(f"{VARIABLE} is {named!r}; it can be kind or built")
    if _docker_answers():
        return Choice("kind", "a Docker engine answers")
    return Choice("built", "no Docker engine answers: upstream's control plane, without a node")


@contextmanager
def running_cluster() -> Generator[TestCluster]:
    """Run the chosen cluster while the context lasts."""
    choice = choose()
    if choice.kind == "built":
        with running_control_plane() as plane:
            yield TestCluster(choice, plane.kubectl, plane.kubeconfig)
        return
    with running_kind("jobimport-test") as (kubectl, kubeconfig):
        yield TestCluster(choice, kubectl, kubeconfig)


def _docker_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    asked = subprocess.run([docker, "info"], capture_output=True, timeout=20, check=False)
    return asked.returncode == 0
