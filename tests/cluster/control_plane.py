"""etcd, kube-apiserver, kube-controller-manager and scheduler, for as long as a test session."""

import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from cluster.building import build_all
from cluster.certificates import Authority, Pair
from cluster.network import SERVICES
from cluster.programs import running_program
from jobimport_cli.standins.ports import free_port

_READY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A running API server."""

    server: str
    folder: Path
    authority: Authority
    programs: dict[str, Path]
    kubeconfig: Path

    @property
    def kubectl(self) -> Path:
        """The kubectl of the same release."""
        return self.programs["kubectl"]

    def kubeconfig_of(self, user: str, group: str | None = None) -> Path:
        """A kubeconfig of another user, who may do what RBAC gives them."""
        return _kubeconfig(self.folder, self.server, self.authority, user, group)


@contextmanager
def running_control_plane(
    address: str = "127.0.0.1",
    more_flags: Callable[[Authority], Mapping[str, str]] = lambda _: {},
) -> Generator[ControlPlane]:
    """Run it while the context lasts; RuntimeError with the end of a log when it does not start.

    `address` is where the API server listens: loopback, or a bridge that pods reach too;
    `more_flags` are the API server's own.
    """
    programs = build_all()
    with tempfile.TemporaryDirectory(prefix="jobimport-cluster-") as name, ExitStack() as stack:
        folder = Path(name)
        authority = Authority(folder)
        etcd = free_port()
        stack.enter_context(
            running_program(folder, programs["etcd"], _etcd(folder, etcd, free_port()))
        )
        port = free_port(address)
        server = f"https://{address}:{port}"
        api = {
            **_api_server(folder, authority, etcd, address, port),
            **more_flags(authority),
        }
        process = stack.enter_context(running_program(folder, programs["kube-apiserver"], api))
        admin = _kubeconfig(folder, server, authority, "test-admin", "system:masters")
        _wait(server, authority, process, folder / "kube-apiserver.log")
        for program, flags in (
            ("kube-controller-manager", _controller_manager(folder, authority, admin)),
            ("kube-scheduler", _scheduler(admin)),
        ):
            stack.enter_context(running_program(folder, programs[program], flags))
        yield ControlPlane(server, folder, authority, programs, admin)


def _etcd(folder: Path, client: int, peer: int) -> dict[str, str]:
    return {
        "data-dir": str(folder / "etcd"),
        "listen-client-urls": f"http://127.0.0.1:{client}",
        "advertise-client-urls": f"http://127.0.0.1:{client}",
        "listen-peer-urls": f"http://127.0.0.1:{peer}",
        "initial-advertise-peer-urls": f"http://127.0.0.1:{peer}",
        "initial-cluster": f"default=http://127.0.0.1:{peer}",
        "unsafe-no-fsync": "true",
        "log-level": "warn",
    }


def _api_server(
    folder: Path, authority: Authority, etcd: int, address: str, port: int
) -> dict[str, str]:
    names = ["localhost", "kubernetes", "kubernetes.default.svc"]
    pair = authority.server("apiserver", [address, "10.96.0.1"], names)
    to_kubelet = authority.client("apiserver-to-kubelet", "system:masters")
    accounts = authority.client("service-accounts")
    return {
        "etcd-servers": f"http://127.0.0.1:{etcd}",
        "bind-address": address,
        "advertise-address": address,
        # Without a node nobody asks for the API's own Service, and it cannot be on loopback.
        "endpoint-reconciler-type": "none" if address.startswith("127.") else "lease",
        "secure-port": str(port),
        "tls-cert-file": str(pair.certificate),
        "tls-private-key-file": str(pair.key),
        "client-ca-file": str(authority.pair.certificate),
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "kubelet-preferred-address-types": "InternalIP",
        "kubelet-client-certificate": str(to_kubelet.certificate),
        "kubelet-client-key": str(to_kubelet.key),
        "allow-privileged": "true",
        "service-cluster-ip-range": SERVICES,
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": str(accounts.key),
        "service-account-signing-key-file": str(accounts.key),
        "cert-dir": str(folder / "certs"),
    }


def _controller_manager(folder: Path, authority: Authority, kubeconfig: Path) -> dict[str, str]:
    return {
        "kubeconfig": str(kubeconfig),
        "secure-port": "0",
        "leader-elect": "false",
        "use-service-account-credentials": "false",
        "service-account-private-key-file": str(folder / "service-accounts.key"),
        "root-ca-file": str(authority.pair.certificate),
        "controllers": "*,-node-ipam-controller,-node-route-controller",
    }


def _scheduler(kubeconfig: Path) -> dict[str, str]:
    return {"kubeconfig": str(kubeconfig), "secure-port": "0", "leader-elect": "false"}


def _kubeconfig(
    folder: Path, server: str, authority: Authority, user: str, group: str | None
) -> Path:
    pair: Pair = authority.client(user, group)
    path = folder / f"{user.replace(':', '-')}.kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [
            {
                "name": "test",
                "cluster": {
                    "server": server,
                    "certificate-authority": str(authority.pair.certificate),
                },
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate": str(pair.certificate),
                    "client-key": str(pair.key),
                },
            }
        ],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
    }
    path.write_text(yaml.safe_dump(config))
    return path


def _wait(server: str, authority: Authority, process: "subprocess.Popen[bytes]", log: Path) -> None:
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            with opener.open(f"{server}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise RuntimeError(f"kube-apiserver did not get ready:\n{tail}")
        time.sleep(0.2)
