"""`make cluster-demo`: the chart on a real cluster, with stores, a sample board and its imports."""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import yaml

from cluster.building import cache_folder
from cluster.images import TAG, TARGETS
from cluster.node import remove_what_is_left
from cluster.release import (
    CHART,
    NAMESPACE,
    RELEASE,
    SYSTEM,
    NodeCluster,
    image_values,
    make_namespace,
    running_node_cluster,
)

STANDINS: Final = "standins"
"""The target of the Dockerfile with the board, and the stores for where none can be pulled."""
_SERVE: Final = ["python", "-m", "jobimport_cli.standins"]
_IMPORTS_SECONDS: Final = 180
_DOWN_SECONDS: Final = 60
_LOCAL_BOARD: Final = "http://127.0.0.1:8790"


def run(examples: Path, *, stay: bool) -> None:
    """Run the demo until Ctrl-C or `down`; with `stay` false until its imports are done."""
    _pid_file().parent.mkdir(parents=True, exist_ok=True)
    _pid_file().write_text(str(os.getpid()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _say("building the images and a cluster; the first time this takes some minutes")
        with running_node_cluster((*TARGETS, STANDINS)) as cluster:
            _say("the node is ready; installing the chart with its demo stores and a job board")
            _install(cluster)
            _import(cluster, [path.read_text() for path in sorted(examples.glob("*.yaml"))])
            print(cluster.kubectl("-n", NAMESPACE, "get", "ji", "-o", "wide"), flush=True)
            _tell_where(cluster)
            while stay:
                signal.pause()
    except KeyboardInterrupt:
        _say("the cluster is gone")
    finally:
        _pid_file().unlink(missing_ok=True)


def down() -> None:
    """End a running demo, and remove what a killed one left behind."""
    if _pid_file().exists():
        pid = int(_pid_file().read_text())
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"cluster" in command.read_bytes():
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + _DOWN_SECONDS
            while command.exists() and time.monotonic() < deadline:
                time.sleep(0.2)
        _pid_file().unlink(missing_ok=True)
    remove_what_is_left()
    _say("nothing of the demo is left: no process, mount, bridge or rule")


def demo_values(cluster: NodeCluster) -> dict[str, Any]:
    """Give the chart's values: its own demo stores and board, by images that the node has or pulls.

    Where no image registry is reached, the stores are the stand-ins.
    """

    def server(name: str) -> dict[str, Any]:
        image = {"repository": f"docker.io/library/jobimport-{STANDINS}", "tag": TAG}
        return {"image": image, "command": _SERVE, "args": [name]}

    stores = {} if cluster.pulls else {name: server(name) for name in ("redis", "mongodb")}
    images = image_values()
    return {
        "namespaces": [NAMESPACE],
        "demo": {"enabled": True, **stores, "board": {"enabled": True, **server("board")}},
        "pools": {"default": {"max": 3, "tasksPerWorker": 2}},
        "operator": {**images["operator"], "scaleDownSeconds": 10},
        "gateway": images["gateway"],
        "worker": {**images["worker"], "allowedNetworks": list(cluster.networks)},
    }


def _install(cluster: NodeCluster) -> None:
    for namespace in (SYSTEM, NAMESPACE):
        make_namespace(cluster, namespace)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as values:
        json.dump(demo_values(cluster), values)
        values.flush()
        wait = ("--wait", "--timeout", "230s")
        cluster.helm("install", RELEASE, CHART, "-n", SYSTEM, "-f", values.name, *wait)


def _import(cluster: NodeCluster, texts: list[str]) -> None:
    """Apply the sample imports, and wait until each has run."""
    board = f"http://{RELEASE}-jobimport-board.{SYSTEM}.svc:8080"
    samples = [text.replace(_LOCAL_BOARD, board) for text in texts if _LOCAL_BOARD in text]
    names = [_apply(cluster, text) for text in samples]
    deadline = time.monotonic() + _IMPORTS_SECONDS
    while not all(_is_done(cluster, name) for name in names):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the imports are not done\n{cluster.what_runs()}")
        time.sleep(0.5)


def _apply(cluster: NodeCluster, text: str) -> str:
    manifest: dict[str, Any] = yaml.safe_load(text)
    manifest["metadata"]["namespace"] = NAMESPACE
    cluster.kubectl("apply", "--server-side", "-f", "-", given=manifest)
    return manifest["metadata"]["name"]


def _is_done(cluster: NodeCluster, name: str) -> bool:
    status = cluster.read("-n", NAMESPACE, "ji", name).get("status", {})
    return bool(status.get("lastRun")) and not status.get("currentRun")


def _tell_where(cluster: NodeCluster) -> None:
    """Print the dashboard's address, and a token that may see and run the imports."""
    service = cluster.read("-n", SYSTEM, "service", f"{RELEASE}-jobimport-gateway")
    for arguments in (
        ("create", "serviceaccount", "demo"),
        (
            *("create", "role", "demo", "--resource=jobimports.jobimport.dev"),
            *("--verb=get", "--verb=list", "--verb=watch", "--verb=patch"),
        ),
        ("create", "rolebinding", "demo", "--role=demo", f"--serviceaccount={NAMESPACE}:demo"),
    ):
        cluster.kubectl("-n", NAMESPACE, *arguments)
    token = cluster.kubectl("-n", NAMESPACE, "create", "token", "demo").strip()
    _say(f"dashboard: http://{service['spec']['clusterIP']}/")
    _say(f"log in with: {token}")
    _say(f"kubectl: export KUBECONFIG={cluster.kubeconfig}")
    _say("Ctrl-C or `make cluster-down` ends it")


def _pid_file() -> Path:
    return cache_folder() / "demo.pid"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
