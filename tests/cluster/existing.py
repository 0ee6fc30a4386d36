"""A cluster that is there already, used only when it is named."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cluster.building import PROGRAMS, CannotBuild, kept_in
from cluster.release import NodeCluster

_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""Where the Pods' and Services' networks of a cluster can be."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A context of the user's kubeconfig, and where its nodes find our images.

    An image's name is `<images>jobimport-<part>:<tag>`. With `stand_ins` the demo's stores are the
    stand-ins, for nodes that reach no image registry of others.
    """

    context: str
    images: str
    tag: str
    stand_ins: bool = False


@contextmanager
def existing_cluster(existing: Existing) -> Generator[NodeCluster]:
    """Use the context while the with-block lasts; CannotBuild says what is missing.

    Everything goes by a kubeconfig that holds this context only, so that no other can be meant.
    """
    kubectl = _kubectl()
    view = ("config", "view", "--raw", "--flatten", "--minify", f"--context={existing.context}")
    shown = subprocess.run([kubectl, *view], capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        raise CannotBuild(
            f"there is no context {existing.context!r} to use: {shown.stderr.strip()}"
            " (kubectl config get-contexts lists them)"
        )
    with tempfile.TemporaryDirectory(prefix="jobimport-context-") as folder:
        kubeconfig = Path(folder, "kubeconfig")
        kubeconfig.touch(0o600)
        kubeconfig.write_text(shown.stdout)
        cluster = NodeCluster(
            kubectl, kubeconfig, "", _PRIVATE, pulls=not existing.stand_ins, reached=False
        )
        try:
            cluster.kubectl("version")
        except RuntimeError as error:
            raise CannotBuild(f"context {existing.context!r} does not answer: {error}") from None
        yield cluster


def _kubectl() -> Path:
    found = shutil.which("kubectl")
    if found:
        return Path(found)
    module = next(each.module for each in PROGRAMS if each.name == "kubectl")
    built = kept_in(module) / "kubectl"
    if os.access(built, os.X_OK):
        return built
    raise CannotBuild("kubectl is missing: see kubernetes.io/docs/tasks/tools")
