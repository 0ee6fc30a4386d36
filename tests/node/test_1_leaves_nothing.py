"""Runs first (files go by name), while no cluster of the session is there."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cluster.building import build_all
from cluster.choosing import choose
from cluster.demo import down
from cluster.images import ROOT
from cluster.leftovers import State, difference, host_state
from cluster.node import PAUSE_IMAGE


@pytest.mark.skipif(
    choose().kind == "kind", reason="kind's cluster is a container: Docker's to end"
)
def test_cluster_down_removes_what_a_killed_cluster_left() -> None:
    before = host_state()
    with subprocess.Popen(
        [sys.executable, "-m", "cluster", "up", "--node"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        kill_when_it_runs(process, before)
    down()
    deadline = time.monotonic() + 30
    # What an earlier cluster had left goes as well, so only what came counts.
    while (left := added(before)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert left == []


def added(before: State) -> list[str]:
    return [each for each in difference(before, host_state()) if "left behind" in each]


def kill_when_it_runs(process: "subprocess.Popen[str]", before: State) -> None:
    """Kill the cluster while a pod runs on its node."""
    try:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        assert said.startswith("export KUBECONFIG=")
        run_a_pod(said.partition("=")[2])
        running = difference(before, host_state())
        for kind in ("processes", "mounts", "network links", "packet rules", "folders"):
            assert any(each.startswith(f"{kind}: left behind") for each in running), running
    finally:
        process.send_signal(signal.SIGKILL)


def run_a_pod(kubeconfig: str) -> None:
    kubectl = [build_all()["kubectl"], "--kubeconfig", kubeconfig]
    account = [*kubectl, "get", "serviceaccount", "default"]
    deadline = time.monotonic() + 60
    while subprocess.run(account, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, "the namespace gets no service account"
        time.sleep(0.3)
    run = [*kubectl, "run", "idle", f"--image={PAUSE_IMAGE}", "--image-pull-policy=Never"]
    subprocess.run(run, check=True, capture_output=True, timeout=60)
    wait = [*kubectl, "wait", "--for=condition=Ready", "pod/idle", "--timeout=90s"]
    subprocess.run(wait, check=True, capture_output=True, timeout=100)
