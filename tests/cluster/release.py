"""A cluster with a node, the images of the Dockerfile, and the chart installed from this folder."""

import json
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cluster.choosing import choose
from cluster.helm import helm_path
from cluster.images import ROOT, TAG, TARGETS, Engine, engine_of_its_own
from cluster.kind import running_kind
from cluster.network import ADDRESS, PODS, SERVICES
from cluster.node import running_node
from cluster.older import Older
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import RedisServer

SYSTEM: Final = "jobimport-system"
NAMESPACE: Final = "recruiting"
RELEASE: Final = "ji"
BUILT_HERE: Final = "docker.io/library/"
KIND_NAME: Final = "jobimport-node"
_KIND_NETWORKS: Final = ("10.244.0.0/16", "10.96.0.0/16")
CHART: Final = str(ROOT / "charts" / "jobimport")


@dataclass(frozen=True, slots=True)
class NodeCluster:
    """A cluster whose node runs pods.

    `address` is this machine as pods see it; `networks` (CIDR) are those of pods and Services;
    `pulls` says whether its node reaches an image registry, `reached` whether this machine reaches
    the addresses of Services.
    """

    kubectl_program: Path
    kubeconfig: Path
    address: str
    networks: tuple[str, ...]
    pulls: bool
    reached: bool

    def kubectl(
        self, *arguments: str, given: Any = None, check: bool = True, seconds: float = 60
    ) -> str:
        """Run kubectl; what it said."""
        done = subprocess.run(
            [str(self.kubectl_program), "--kubeconfig", str(self.kubeconfig), *arguments],
            input=json.dumps(given) if given is not None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout if done.returncode == 0 else done.stdout + done.stderr

    def read(self, *arguments: str) -> dict[str, Any]:
        """Read objects as JSON."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def helm(self, *arguments: str) -> str:
        """Run helm; what it said."""
        command = [str(helm_path()), "--kubeconfig", str(self.kubeconfig), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"helm {arguments[0]}: {done.stderr}\n{self.what_runs()}")
        return done.stdout

    def what_runs(self) -> str:
        """Say what the pods do, for a test that failed."""
        pods = self.kubectl("get", "pods", "-A", "-o", "wide", check=False)
        events = self.kubectl("get", "events", "-A", "--sort-by=.lastTimestamp", check=False)
        return f"{pods}\n{events[-4000:]}"


@dataclass(frozen=True, slots=True)
class Installed:
    """The release, and the stores that it was told of."""

    cluster: NodeCluster
    redis: RedisServer
    mongo_url: str


@contextmanager
def running_node_cluster(
    targets: Sequence[str] = TARGETS, older: Older | None = None
) -> Generator[NodeCluster]:
    """Run the chosen cluster while the context lasts, with images of this folder in it, and those
    of an older release where one is given.
    """
    made = _kind_cluster if choose().kind == "kind" else _built_cluster
    with made(targets, older) as running:
        yield running


def _build(engine: Engine, targets: Sequence[str], older: Older | None) -> list[str]:
    """Build the images; their names."""
    names = [engine.build(target) for target in targets]
    if older is None:
        return names
    return names + [engine.build(each, older.folder, older.tag) for each in TARGETS]


@contextmanager
def _kind_cluster(targets: Sequence[str], older: Older | None) -> Generator[NodeCluster]:
    """Use kind with a Docker engine, the images built by that engine."""
    engine = Engine(None, {})
    names = _build(engine, targets, older)
    with running_kind(KIND_NAME, names) as paths:
        found = json.loads(engine.run("network", "inspect", "kind"))
        gateways = [each.get("Gateway", "") for each in found[0]["IPAM"]["Config"]]
        address = next(each for each in gateways if "." in each)
        yield NodeCluster(*paths, address, _KIND_NETWORKS, pulls=True, reached=False)


@contextmanager
def _built_cluster(targets: Sequence[str], older: Older | None) -> Generator[NodeCluster]:
    with tempfile.TemporaryDirectory(prefix="jobimport-images-") as scratch, ExitStack() as stack:
        images = Path(scratch, "images.tar")
        if targets:
            with engine_of_its_own() as engine:
                engine.save(_build(engine, targets, older), images)
        node = stack.enter_context(running_node())
        if targets:
            node.load(images)
            images.unlink()
        paths = node.plane.kubectl, node.plane.kubeconfig
        yield NodeCluster(*paths, ADDRESS, (PODS, SERVICES), pulls=False, reached=True)


def image_values(images: str = BUILT_HERE, tag: str = TAG) -> dict[str, Any]:
    """Give the chart's values that name the images: those built here, or others' copies."""
    return {
        part: {"image": {"repository": f"{images}jobimport-{part}", "tag": tag}} for part in TARGETS
    }


def chart_values(address: str, redis_port: int, mongo_port: int, tag: str = TAG) -> dict[str, Any]:
    """Give the chart's values for the tests: stores on this machine, and quick scaling."""
    images = image_values(tag=tag)
    secret = {"existingSecret": "stores"}
    return {
        "watchNamespaces": [NAMESPACE],
        "namespaces": [NAMESPACE],
        "redis": secret,
        "mongodb": secret,
        "networkPolicies": {"redisPorts": [redis_port], "mongodbPorts": [mongo_port]},
        "pools": {"default": {"min": 0, "max": 3, "tasksPerWorker": 2}},
        "operator": {**images["operator"], "scaleDownSeconds": 3, "sweepSeconds": 1},
        "gateway": images["gateway"],
        "worker": {
            **images["worker"],
            "concurrency": 2,
            "leaseSeconds": 5,
            "allowedNetworks": [f"{address}/32"],
        },
    }


def make_namespace(cluster: NodeCluster, name: str) -> None:
    """Make a namespace that takes only pods of the restricted Pod Security Standard."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    about = {"metadata": {"name": name, "labels": labels}}
    cluster.kubectl("apply", "-f", "-", given={"apiVersion": "v1", "kind": "Namespace", **about})


def apply_secret(cluster: NodeCluster, namespace: str, name: str, data: dict[str, str]) -> None:
    """Make or change a Secret."""
    about = {"metadata": {"name": name, "namespace": namespace}, "stringData": data}
    cluster.kubectl("apply", "-f", "-", given={"apiVersion": "v1", "kind": "Secret", **about})


@contextmanager
def installed_release(cluster: NodeCluster, older: Older | None = None) -> Generator[Installed]:
    """Install the chart, or that of an older release, with stores beside the cluster."""
    redis = RedisServer(cluster.address)
    with (
        closing(redis),
        mongo_stand_in(host=cluster.address) as mongo_url,
        tempfile.TemporaryDirectory() as scratch,
    ):
        redis.start()
        quicken(mongo_url, "jobimport", ["jobs"])
        urls = {"REDIS_URL": redis.url, "MONGODB_URL": mongo_url}
        for namespace, name in ((SYSTEM, "stores"), (NAMESPACE, "jobimport-worker")):
            make_namespace(cluster, namespace)
            apply_secret(cluster, namespace, name, urls)
        values = Path(scratch, "values.json")
        ports = redis.port, urlsplit(mongo_url).port or 0
        tag, chart = (older.tag, older.chart) if older else (TAG, CHART)
        values.write_text(json.dumps(chart_values(cluster.address, *ports, tag=tag)))
        wait = ("--wait", "--timeout", "180s")
        cluster.helm("install", RELEASE, chart, "-n", SYSTEM, "-f", str(values), *wait)
        yield Installed(cluster, redis, mongo_url)
