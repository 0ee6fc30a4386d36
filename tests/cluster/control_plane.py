"""etcd, kube-apiserver and kube-controller-manager on loopback, for as long as a test session."""

import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from cluster.building import build_all
from cluster.certificates import Authority, Pair
from jobimport_cli.standins.lifetime import die_with_parent, stop

_READY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A running API server."""

    server: str
    folder: Path
    authority: Authority
    kubectl: Path
    kubeconfig: Path

    def kubeconfig_of(self, user: str, group: str | None = None) -> Path:
        """A kubeconfig of another user, who may do what RBAC gives them."""
        return _kubeconfig(self.folder, self.server, self.authority, user, group)


@contextmanager
def running_control_plane() -> Generator[ControlPlane]:
    """Run it while the context lasts; RuntimeError with the end of a log when it does not start."""
    programs = build_all()
    with tempfile.TemporaryDirectory(prefix="jobimport-cluster-") as name, ExitStack() as stack:
        folder = Path(name)
        authority = Authority(folder)
        etcd = _free_port()
        stack.enter_context(_running(folder, programs["etcd"], _etcd(folder, etcd, _free_port())))
        port = _free_port()
        server = f"https://127.0.0.1:{port}"
        api = _api_server(folder, authority, etcd, port)
        process = stack.enter_context(_running(folder, programs["kube-apiserver"], api))
        admin = _kubeconfig(folder, server, authority, "test-admin", "system:masters")
        _wait(server, authority, process, folder / "kube-apiserver.log")
        manager = _controller_manager(folder, authority, admin)
        stack.enter_context(_running(folder, programs["kube-controller-manager"], manager))
        yield ControlPlane(server, folder, authority, programs["kubectl"], admin)


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


def _api_server(folder: Path, authority: Authority, etcd: int, port: int) -> dict[str, str]:
    pair = authority.server("apiserver", ["127.0.0.1", "10.96.0.1"], ["localhost", "kubernetes"])
    accounts = authority.client("service-accounts")
    return {
        "etcd-servers": f"http://127.0.0.1:{etcd}",
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "endpoint-reconciler-type": "none",
        "secure-port": str(port),
        "tls-cert-file": str(pair.certificate),
        "tls-private-key-file": str(pair.key),
        "client-ca-file": str(authority.pair.certificate),
        "authorization-mode": "RBAC",
        "service-cluster-ip-range": "10.96.0.0/16",
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


@contextmanager
def _running(
    folder: Path, program: Path, flags: dict[str, str]
) -> Generator["subprocess.Popen[bytes]"]:
    with (folder / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), *(f"--{name}={value}" for name, value in flags.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


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


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
