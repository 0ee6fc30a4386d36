"""kind, through pytest-kind, for machines where a Docker engine answers."""

import os
import platform
import subprocess
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cluster.building import KUBERNETES, cache_folder

KIND: Final = "v0.30.0"
NODE_IMAGE: Final = (
    "kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a"
)
"""The one that this kind was released with."""


@contextmanager
def running_kind(name: str, images: Iterable[str] = ()) -> Generator[tuple[Path, Path]]:
    """Run a fresh cluster of this name while the context lasts, with images of the engine in it.

    Gives paths: of a kubectl, and of the kubeconfig.
    """
    # What pytest-kind fetches by default is of 2022, and for x86-64 only.
    os.environ.setdefault("KIND_DOWNLOAD_URL", kind_address())
    os.environ.setdefault("KUBECTL_DOWNLOAD_URL", kubectl_address())
    from pytest_kind import KindCluster  # noqa: PLC0415 - needed, and imported, with Docker only

    folder = cache_folder() / "kind"
    folder.mkdir(parents=True, exist_ok=True)
    cluster = KindCluster(
        name,
        kubeconfig=folder / f"{name}.kubeconfig",
        image=NODE_IMAGE,
        kind_path=kind_path(),
        kubectl_path=folder / f"kubectl-{KUBERNETES}",
    )
    cluster.ensure_kind()
    cluster.ensure_kubectl()
    cluster.delete()  # one that a killed run has left is in no known state
    try:
        cluster.create()
        for image in images:
            cluster.load_docker_image(image)
        yield Path(cluster.kubectl_path), Path(cluster.kubeconfig_path)
    finally:
        cluster.delete()


def remove_kind(name: str) -> None:
    """Remove the cluster of this name, if kind was ever used here."""
    if kind_path().exists():
        command = [kind_path(), "delete", "cluster", f"--name={name}"]
        subprocess.run(command, capture_output=True, check=False)


def kind_path() -> Path:
    """Where the program is kept."""
    return cache_folder() / "kind" / f"kind-{KIND}"


def kind_address() -> str:
    """Where kind for this machine is."""
    releases = "https://github.com/kubernetes-sigs/kind/releases/download"
    return f"{releases}/{KIND}/kind-{platform.system().lower()}-{_architecture()}"


def kubectl_address() -> str:
    """Where kubectl for this machine is."""
    where = f"{platform.system().lower()}/{_architecture()}"
    return f"https://dl.k8s.io/release/{KUBERNETES}/bin/{where}/kubectl"


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
