"""The demo on a cluster that is there already, and only when asked for. Runs before the release of
the other tests is installed (files go by name).
"""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from cluster.building import cache_folder
from cluster.images import ROOT, TAG
from cluster.release import BUILT_HERE, NAMESPACE, SYSTEM, NodeCluster

HERE = ("--images", BUILT_HERE, "--tag", TAG, "--stand-ins")


def context_of(cluster: NodeCluster) -> str:
    return cluster.kubectl("config", "current-context").strip()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cluster", *arguments]


def environment(cluster: NodeCluster) -> dict[str, str]:
    known = {"KUBECONFIG": str(cluster.kubeconfig), "PYTHONPATH": str(ROOT / "tests")}
    return {**os.environ, **known}


def cluster_program(cluster: NodeCluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(cluster),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def what_the_demo_makes(cluster: NodeCluster) -> list[str]:
    names = (f"namespace/{SYSTEM}", f"namespace/{NAMESPACE}", "crd/jobimports.jobimport.dev")
    shown = cluster.kubectl("get", *names, "-o", "name", "--ignore-not-found")
    wide = cluster.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")
    return [*shown.split(), *(each for each in wide.split() if "jobimport" in each)]


def test_the_demo_in_a_named_context_imports_to_the_end_and_removes_all_it_made(
    cluster: NodeCluster,
) -> None:
    done = cluster_program(cluster, "demo", "--exit", "--context", context_of(cluster), *HERE)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    for name in ("aggregator", "northwind", "village-board"):
        assert "Complete" in rows[name], done.stdout
    assert "dashboard: http://127.0.0.1:" in done.stderr, "it has answered there"
    assert what_the_demo_makes(cluster) == []


def test_cluster_down_removes_what_a_killed_demo_left_in_a_context(cluster: NodeCluster) -> None:
    arguments = ("demo", "--context", context_of(cluster), *HERE)
    with subprocess.Popen(
        command(*arguments), cwd=ROOT, env=environment(cluster), stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 120
        while len(what_the_demo_makes(cluster)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
    kept = json.loads((cache_folder() / "demo.json").read_text())
    assert kept["pid"] == process.pid
    done = cluster_program(cluster, "down")
    assert done.returncode == 0, done.stderr
    assert what_the_demo_makes(cluster) == []
    assert cluster.kubectl("get", "nodes", "-o", "name").strip(), "the cluster itself stays"


def test_a_context_is_used_only_when_it_has_nothing_of_ours(cluster: NodeCluster) -> None:
    cluster.kubectl("create", "namespace", NAMESPACE)
    try:
        done = cluster_program(cluster, "demo", "--context", context_of(cluster), *HERE)
        assert done.returncode == 1
        assert f"namespace/{NAMESPACE} already" in done.stderr
    finally:
        cluster.kubectl("delete", "namespace", NAMESPACE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--context", "nowhere", *HERE), "no context 'nowhere'"),
        (("--context", "nowhere"), "say with --images where"),
    ],
)
def test_what_a_context_lacks_is_said(
    cluster: NodeCluster, arguments: tuple[str, ...], said: str
) -> None:
    done = cluster_program(cluster, "demo", *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
