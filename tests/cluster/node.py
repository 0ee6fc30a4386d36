"""A node without a Docker engine: containerd, kubelet, kube-proxy and DNS on this machine, as root.

Debian's containerd, runc and CNI plugins; kubelet, kube-proxy and CoreDNS from upstream's sources.
NetworkPolicies are accepted and not enforced: the bridge plugin does not know them.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from cluster import archive
from cluster.building import CannotBuild
from cluster.control_plane import ControlPlane, running_control_plane
from cluster.network import ADDRESS, BRIDGE, PODS, bridged, clean_up
from cluster.programs import running_program, unmount

NODE: Final = "jobimport-node"
PAUSE_IMAGE: Final = "localhost/jobimport-pause:1"
_CNI = Path("/usr/lib/cni")
_PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "nft": "nftables",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
}
_READY_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Node:
    """A node that runs pods, and the control plane it belongs to."""

    plane: ControlPlane
    socket: Path

    def load(self, image: Path) -> None:
        """Bring in an image from a docker archive (`docker save`)."""
        self._ctr("images", "import", str(image))

    def images(self) -> list[str]:
        """Name the images that pods can be made of."""
        return self._ctr("images", "list", "-q").split()

    def _ctr(self, *arguments: str) -> str:
        command = ["ctr", "--address", str(self.socket), "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ensure_packages() -> None:
    """Install what a node needs of Debian; CannotBuild says what is missing where that can't be."""
    missing = [package for program, package in _PACKAGES.items() if not shutil.which(program)]
    if not (_CNI / "bridge").exists():
        missing.append("containernetworking-plugins")
    if os.geteuid() != 0:
        raise CannotBuild(
            "a node without a Docker engine needs root: start Docker (kind is used then), or run"
            f" as root{' after apt-get install ' + ' '.join(missing) if missing else ''}"
        )
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise CannotBuild(f"the node needs {', '.join(missing)}: install them with your packages")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ("-o", "DPkg::Lock::Timeout=120")
    for command in (
        ["apt-get", *wait, "-q", "update"],
        ["apt-get", *wait, "-q", "install", "-y", "--no-install-recommends", *missing],
    ):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotBuild(f"{' '.join(command)} failed:\n{done.stderr[-1000:]}")


@contextmanager
def running_node() -> Generator[Node]:
    """Run a control plane with one node while the context lasts, and leave nothing behind."""
    ensure_packages()
    with ExitStack() as stack:
        stack.enter_context(bridged())
        plane = stack.enter_context(running_control_plane(ADDRESS))
        folder = plane.folder / "node"
        folder.mkdir()
        stack.callback(unmount, folder)
        socket = folder / "containerd.sock"
        node = Node(plane, socket)
        stack.callback(_end_shims, socket)
        stack.enter_context(_containerd(folder, socket))
        pause = folder / "pause.tar"
        archive.write(pause, PAUSE_IMAGE, plane.programs["pause"])
        _wait_for(lambda: socket.exists() and _loaded(node, pause), "containerd", folder)
        for program, flags, arguments in (
            ("kubelet", _kubelet(folder, plane, socket), ()),
            ("kube-proxy", _kube_proxy(folder, plane), ()),
            ("coredns", {}, ("-conf", str(_core_file(folder, plane)))),
        ):
            path = plane.programs[program]
            stack.enter_context(running_program(folder, path, flags, *arguments))
        _wait_for(lambda: _is_ready(plane), "kubelet", folder)
        stack.callback(_delete_pods, plane)
        yield node


def remove_what_is_left() -> None:
    """Remove what a killed run left: shims, pods, mounts, folders, the bridge and the rules."""
    for node in Path(tempfile.gettempdir()).glob("jobimport-cluster-*/node"):
        _end_programs(node.parent)
        _end_shims(node / "containerd.sock")
        unmount(node.parent)
        shutil.rmtree(node.parent, ignore_errors=True)
    for name in ("docker", "images"):
        for folder in Path(tempfile.gettempdir()).glob(f"jobimport-{name}-*"):
            _end_programs(folder)
            unmount(folder)
            shutil.rmtree(folder, ignore_errors=True)
    clean_up()


def _end_programs(folder: Path) -> None:
    """End at once what still runs for a cluster's folder: an API server takes a minute to go."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                if f"{folder}/".encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)


def _loaded(node: Node, image: Path) -> bool:
    with suppress(subprocess.CalledProcessError):
        node.load(image)
        return True
    return False


@contextmanager
def _containerd(folder: Path, socket: Path) -> Generator[None]:
    networks = folder / "cni"
    networks.mkdir()
    (networks / "10-bridge.conflist").write_text(json.dumps(_network(folder)))
    config = folder / "containerd.toml"
    config.write_text(
        f"""version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{_CNI}"
    conf_dir = "{networks}"
"""
    )
    program = Path(shutil.which("containerd") or "containerd")
    with running_program(folder, program, {"config": str(config)}):
        yield


def _network(folder: Path) -> dict[str, Any]:
    addresses = {
        "type": "host-local",
        "dataDir": str(folder / "addresses"),
        "ranges": [[{"subnet": PODS, "rangeStart": "10.88.1.1", "gateway": ADDRESS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": BRIDGE, "isGateway": True, "hairpinMode": True}
    return {
        "cniVersion": "0.4.0",
        "name": "jobimport",
        "plugins": [{**bridge, "ipam": addresses}],
    }


def _kubelet(folder: Path, plane: ControlPlane, socket: Path) -> dict[str, str]:
    resolv = folder / "resolv.conf"
    resolv.write_text(f"nameserver {ADDRESS}\n")
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(plane.authority.pair.certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "address": ADDRESS,
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "localStorageCapacityIsolation": False,
        "enforceNodeAllocatable": [],
        "evictionHard": {"memory.available": "100Mi"},
        "containerRuntimeEndpoint": f"unix://{socket}",
        "clusterDNS": [ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(resolv),
        "imageGCHighThresholdPercent": 100,
        "registerWithTaints": [],
    }
    path = folder / "kubelet.yaml"
    path.write_text(yaml.safe_dump(config))
    return {
        "config": str(path),
        "kubeconfig": str(plane.kubeconfig_of(f"system:node:{NODE}", "system:nodes")),
        "root-dir": str(folder / "kubelet"),
        "cert-dir": str(folder / "kubelet-certs"),
        "hostname-override": NODE,
        "node-ip": ADDRESS,
    }


def _kube_proxy(folder: Path, plane: ControlPlane) -> dict[str, str]:
    return {
        "kubeconfig": str(plane.kubeconfig_of("system:kube-proxy")),
        "proxy-mode": "nftables",
        "conntrack-max-per-core": "0",
        "hostname-override": NODE,
        # A pod's answer to a pod on the same bridge would else go past the translation.
        "masquerade-all": "true",
        "healthz-bind-address": "",
        "metrics-bind-address": "127.0.0.1:10249",
    }


def _core_file(folder: Path, plane: ControlPlane) -> Path:
    path = folder / "Corefile"
    path.write_text(
        f""".:53 {{
    bind {ADDRESS}
    errors
    cache 5
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {plane.kubeconfig}
    }}
}}
"""
    )
    return path


def _is_ready(plane: ControlPlane) -> bool:
    shown = _kubectl(plane, "get", "node", NODE, "-o", "json")
    if shown.returncode != 0:
        return False
    conditions = json.loads(shown.stdout).get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _wait_for(ready: Any, program: str, folder: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            said = (folder / f"{program}.log").read_text(errors="replace")
            raise RuntimeError(f"the node did not get ready; {program} said:\n{said[-3000:]}")
        time.sleep(0.25)


def _delete_pods(plane: ControlPlane) -> None:
    """Have the kubelet end all pods: no controller makes new ones when its namespace goes."""
    quick = ("--all", "--wait=false", "--now")
    for kind in ("deployments", "replicasets", "jobs", "pods"):
        _kubectl(plane, "delete", kind, "--all-namespaces", *quick)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if not _kubectl(plane, "get", "pods", "--all-namespaces", "-o", "name").stdout.strip():
            return
        time.sleep(0.25)


def _kubectl(plane: ControlPlane, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def _end_shims(socket: Path) -> None:
    """End what containerd leaves behind when it ends: the shims of this socket, and their pods."""
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            if b"containerd-shim" in command[0] and str(socket).encode() in command:
                os.kill(int(process.name), signal.SIGKILL)
    for procs in Path("/sys/fs/cgroup").glob("*/kubepods/**/cgroup.procs"):
        with suppress(OSError):
            for number in procs.read_text().split():
                os.kill(int(number), signal.SIGKILL)
    for _ in range(20):
        left = sorted(Path("/sys/fs/cgroup").glob("*/kubepods/**/"), reverse=True)
        for group in left:
            with suppress(OSError):
                group.rmdir()
        if not left:
            return
        time.sleep(0.1)
