"""`make cluster-demo`: the chart on a real cluster, with stores, a sample board and its imports."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

import yaml

from cluster.building import cache_folder
from cluster.node import remove_what_is_left
from cluster.release import (
    NAMESPACE,
    RELEASE,
    SYSTEM,
    Installed,
    NodeCluster,
    installed_release,
    running_node_cluster,
)
from jobimport_cli.board.sample import sample_board
from jobimport_cli.board.server import serving

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
        with running_node_cluster() as cluster:
            _say("the node is ready; installing the chart")
            texts = [path.read_text() for path in sorted(examples.glob("*.yaml"))]
            samples = [text for text in texts if _LOCAL_BOARD in text]
            with installed_release(cluster) as installed:
                asyncio.run(_import(installed, samples, stay=stay))
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


async def _import(installed: Installed, samples: list[str], *, stay: bool) -> None:
    cluster = installed.cluster
    async with serving(sample_board(), host=cluster.address) as board_url:
        names = [_apply(cluster, text.replace(_LOCAL_BOARD, board_url)) for text in samples]
        deadline = time.monotonic() + _IMPORTS_SECONDS
        while not all(_is_done(cluster, name) for name in names):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the imports are not done\n{cluster.what_runs()}")
            await asyncio.sleep(0.5)
        print(cluster.kubectl("-n", NAMESPACE, "get", "ji", "-o", "wide"), flush=True)
        _tell_where(cluster)
        if stay:
            await asyncio.Event().wait()


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
