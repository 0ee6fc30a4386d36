"""KEDA's operator and metrics adapter, built from their Go module and run beside a control plane.

The adapter is reached by API aggregation, as in a cluster: a Service names it, and the horizontal
pod autoscaler of the controller manager asks it for the number.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from cluster.building import CannotBuild, cache_folder
from cluster.certificates import Authority
from cluster.control_plane import ControlPlane
from cluster.programs import running_program
from cluster.upstream_crds import UPSTREAM, fetched
from jobimport_cli.standins.ports import free_port

_KEDA: Final = UPSTREAM[0]
_PROGRAMS: Final = ("operator", "adapter")
_FRONT: Final = "front-proxy"
NAMESPACE: Final = "keda"
_EVERYWHERE: Final = {
    "WATCH_NAMESPACE": "",
    "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE,
    "POD_NAMESPACE": NAMESPACE,
}


def keda_folder() -> Path:
    """The module of the release that is pinned; CannotBuild where it can't be fetched."""
    go = shutil.which("go")
    if go is None:
        raise CannotBuild("Go is missing, from which KEDA is built")
    return fetched(go, _KEDA)


def built_keda() -> dict[str, Path]:
    """Build KEDA if it is not there yet (some 25 minutes, 4 GB of modules); paths by program."""
    folder = cache_folder() / f"keda-{_KEDA.module.partition('@')[2]}"
    paths = {name: folder / name for name in _PROGRAMS}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all(each.exists() for each in paths.values()):
            print("building KEDA: about 25 minutes …", file=sys.stderr, flush=True)
            _compile(folder)
    return paths


def _compile(folder: Path) -> None:
    """Build with the module's own go.mod, which is respected only in its own sources."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "keda"
        shutil.copytree(keda_folder(), source, copy_function=shutil.copyfile)
        command = ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", f"{name}/"]
        done = subprocess.run(
            [*command, *(f"./cmd/{each}" for each in _PROGRAMS)],
            cwd=source,
            env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CannotBuild(f"KEDA could not be built:\n{done.stderr[-2000:]}")
        for each in _PROGRAMS:
            shutil.move(Path(name) / each, folder / each)


def aggregation(authority: Authority) -> Mapping[str, str]:
    """Flags of an API server that passes calls on to other API servers."""
    pair = authority.client(_FRONT)
    return {
        "requestheader-client-ca-file": str(authority.pair.certificate),
        "requestheader-allowed-names": _FRONT,
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": str(pair.certificate),
        "proxy-client-key-file": str(pair.key),
    }


@contextmanager
def running_keda(
    plane: ControlPlane, programs: Mapping[str, Path], apply: Callable[[Any], None]
) -> Generator[None]:
    """Run both while the context lasts; `apply` puts a manifest into the cluster."""
    folder = plane.folder / "keda"
    certificates = folder / "certs"
    certificates.mkdir(parents=True)
    pair = plane.authority.server("keda", ["127.0.0.1"], ["localhost"])
    shutil.copy(plane.authority.pair.certificate, certificates / "ca.crt")
    shutil.copy(pair.certificate, certificates / "tls.crt")
    shutil.copy(pair.key, certificates / "tls.key")
    secure, service, health, operators, adapters = (free_port() for _ in range(5))
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for manifest in _api_service(secure):
        apply(manifest)
    kubeconfig = str(plane.kubeconfig)
    operator = {
        "kubeconfig": kubeconfig,
        "cert-dir": str(certificates),
        "metrics-bind-address": f"127.0.0.1:{operators}",
        "health-probe-bind-address": f"127.0.0.1:{health}",
        "metrics-service-bind-address": f"127.0.0.1:{service}",
    }
    adapter = {
        "kubeconfig": kubeconfig,
        "lister-kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": "127.0.0.1",
        "secure-port": str(secure),
        "port": str(adapters),
        "metrics-service-address": f"localhost:{service}",
        "client-ca-file": str(certificates / "ca.crt"),
        "tls-cert-file": str(certificates / "tls.crt"),
        "tls-private-key-file": str(certificates / "tls.key"),
        "cert-dir": str(certificates),
    }
    with ExitStack() as stack:
        for name, flags in (("operator", operator), ("adapter", adapter)):
            program = running_program(folder, programs[name], flags, environment=_EVERYWHERE)
            stack.enter_context(program)
        yield


def _api_service(port: int) -> list[dict[str, Any]]:
    """The aggregated API, by a Service that names this machine: there is no node."""
    name = "keda-metrics-apiserver"
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "type": "ExternalName",
                "externalName": "localhost",
                "ports": [{"port": port}],
            },
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
            "spec": {
                "service": {"name": name, "namespace": NAMESPACE, "port": port},
                "group": "external.metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
            },
        },
    ]
