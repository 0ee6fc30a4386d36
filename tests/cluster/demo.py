"""`make cluster-demo`: the chart on a real cluster, with stores, a sample board and its imports."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from cluster.building import CannotBuild, cache_folder
from cluster.choosing import choose
from cluster.dashboard import answering_dashboard
from cluster.existing import Existing, existing_cluster
from cluster.images import TAG, TARGETS
from cluster.kind import remove_kind
from cluster.node import remove_what_is_left
from cluster.release import (
    BUILT_HERE,
    CHART,
    KIND_NAME,
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
_DOWN_SECONDS: Final = 240
_LOCAL_BOARD: Final = "http://127.0.0.1:8790"
_CRD: Final = "crd/jobimports.jobimport.dev"


@dataclass(frozen=True, slots=True)
class Running:
    """What `down` has to know of a demo, as it is kept in a file: also after a kill -9."""

    pid: int
    existing: dict[str, Any] | None = None
    kubeconfig: str | None = None
    made: tuple[str, ...] = ()
    """What the demo has made, or is about to make, in an existing cluster."""


def run(examples: Path, *, stay: bool, existing: Existing | None = None) -> None:
    """Run the demo until Ctrl-C or `down`; with `stay` false until its imports are done.

    CannotBuild where it can't be had here, or runs already; then, too, nothing is left.
    """
    before = _kept()
    if before is not None and _is_a_demo(before.pid):
        raise CannotBuild(
            f"a demo runs already, as process {before.pid}: make cluster-down ends it"
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _keep(Running(os.getpid()))
    try:
        with _prepared(existing) as cluster:
            _say("installing the chart with its demo stores and a job board")
            _install(cluster, existing)
            _import(cluster, [path.read_text() for path in sorted(examples.glob("*.yaml"))])
            print(cluster.kubectl("-n", NAMESPACE, "get", "ji", "-o", "wide"), flush=True)
            with answering_dashboard(cluster) as address:
                _tell_where(cluster, address, existing)
                while stay:
                    signal.pause()
    except KeyboardInterrupt:
        _say("the demo is gone")
    finally:
        _file().unlink(missing_ok=True)


def down() -> None:
    """End a running demo, and remove what a killed one left behind."""
    kept = _kept()
    if kept is not None:
        _end(kept.pid)
    if kept is not None and kept.existing is not None:
        if _file().exists():
            _remove_from(kept)
        _say(f"nothing of the demo is left in context {kept.existing['context']}")
    elif choose().kind == "kind":
        remove_kind(KIND_NAME)
        _say("nothing of the demo is left: kind's cluster is gone")
    else:
        remove_what_is_left()
        _say("nothing of the demo is left: no process, mount, bridge or rule")
    _file().unlink(missing_ok=True)


def demo_values(cluster: NodeCluster, existing: Existing | None = None) -> dict[str, Any]:
    """Give the chart's values: its own demo stores and board, by images that the node has or pulls.

    Where no image registry is reached, the stores are the stand-ins.
    """
    images, tag = (existing.images, existing.tag) if existing else (BUILT_HERE, TAG)

    def server(name: str) -> dict[str, Any]:
        image = {"repository": f"{images}jobimport-{STANDINS}", "tag": tag}
        return {"image": image, "command": _SERVE, "args": [name]}

    stores = {} if cluster.pulls else {name: server(name) for name in ("redis", "mongodb")}
    parts = image_values(images, tag)
    return {
        "namespaces": [NAMESPACE],
        "demo": {"enabled": True, **stores, "board": {"enabled": True, **server("board")}},
        "pools": {"default": {"max": 3, "tasksPerWorker": 2}},
        "operator": {**parts["operator"], "scaleDownSeconds": 10},
        "gateway": parts["gateway"],
        "worker": {**parts["worker"], "allowedNetworks": list(cluster.networks)},
    }


@contextmanager
def _prepared(existing: Existing | None) -> Generator[NodeCluster]:
    """A cluster of our own, or the named one, from which all that was made is removed again."""
    if existing is None:
        _say("building the images and a cluster; the first time this takes some minutes")
        with running_node_cluster((*TARGETS, STANDINS)) as cluster:
            yield cluster
        return
    with existing_cluster(existing) as cluster:
        made = _to_be_made(cluster, existing)
        environment = os.environ.get("KUBECONFIG")
        _keep(Running(os.getpid(), asdict(existing), environment, made))
        try:
            yield cluster
        finally:
            _say(f"removing from context {existing.context}: {', '.join(made)}")
            _remove(cluster, made)


def _to_be_made(cluster: NodeCluster, existing: Existing) -> tuple[str, ...]:
    """Name what the demo makes; CannotBuild where something of it is there already."""
    ours = (f"namespace/{SYSTEM}", f"namespace/{NAMESPACE}")
    there = cluster.kubectl("get", *ours, "-o", "name", "--ignore-not-found").split()
    if there:
        raise CannotBuild(
            f"context {existing.context!r} has {' and '.join(there)} already, which the demo would"
            " use and remove: delete what is left of an earlier demo, or use another cluster"
        )
    crd = cluster.kubectl("get", _CRD, "-o", "name", "--ignore-not-found").split()
    if crd:
        raise CannotBuild(
            f"context {existing.context!r} has JobImport installed already: the demo brings its own"
        )
    return (*ours, _CRD)


def _remove(cluster: NodeCluster, made: Sequence[str]) -> None:
    """Remove the release, and then what it leaves on purpose."""
    with suppress(RuntimeError):
        cluster.helm("uninstall", RELEASE, "-n", SYSTEM, "--wait", "--timeout", "60s")
    for each in made:
        cluster.kubectl("delete", each, "--ignore-not-found", "--timeout=90s", seconds=100)


def _remove_from(kept: Running) -> None:
    """Remove what a killed demo has left in an existing cluster."""
    if kept.kubeconfig is not None:
        os.environ["KUBECONFIG"] = kept.kubeconfig
    existing = Existing(**(kept.existing or {}))
    with existing_cluster(existing) as cluster:
        _remove(cluster, kept.made)


def _install(cluster: NodeCluster, existing: Existing | None) -> None:
    for namespace in (SYSTEM, NAMESPACE):
        make_namespace(cluster, namespace)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as values:
        json.dump(demo_values(cluster, existing), values)
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


def _tell_where(cluster: NodeCluster, address: str, existing: Existing | None) -> None:
    """Print the dashboard's address, and a token that may see and run the imports."""
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
    _say(f"dashboard: {address}")
    _say(f"log in with: {token}")
    context = f"kubectl --context {existing.context}" if existing else None
    _say(f"kubectl: {context or f'export KUBECONFIG={cluster.kubeconfig}'}")
    _say("Ctrl-C or `make cluster-down` ends it")


def _end(pid: int) -> None:
    """End the demo of this process, if it is one and runs."""
    if _is_a_demo(pid):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _DOWN_SECONDS
        while _is_a_demo(pid) and time.monotonic() < deadline:
            time.sleep(0.2)


def _is_a_demo(pid: int) -> bool:
    """Whether this process runs, and is not another one that has got the number since."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"cluster" in words and b"demo" in words


def _file() -> Path:
    return cache_folder() / "demo.json"


def _keep(running: Running) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text(json.dumps(asdict(running)))


def _kept() -> Running | None:
    return Running(**json.loads(_file().read_text())) if _file().exists() else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
