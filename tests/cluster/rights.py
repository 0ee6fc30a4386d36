"""The operator's rights as the chart gives them, for an operator that runs beside the cluster."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from cluster.helm import helm_path
from cluster.release import CHART, RELEASE

Kubectl = Callable[..., subprocess.CompletedProcess[str]]
_ACCOUNT = f"{RELEASE}-jobimport-operator"


def operator_kubeconfig(
    kubectl: Kubectl, kubeconfig: Path, namespaces: Sequence[str], folder: Path
) -> Path:
    """Make the operator's service account in the first namespace, with the chart's Roles in all.

    Gives a kubeconfig that is this account's.
    """
    system = namespaces[0]
    for manifest in _rendered(system, namespaces):
        kubectl("apply", "-f", "-", given=manifest)
    token = kubectl("-n", system, "create", "token", _ACCOUNT).stdout.strip()
    config = yaml.safe_load(kubeconfig.read_text())
    user = config["contexts"][0]["context"]["user"]
    config["users"] = [{"name": user, "user": {"token": token}}]
    path = folder / "operator.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def _rendered(system: str, namespaces: Sequence[str]) -> list[dict[str, Any]]:
    values = {
        "watchNamespaces": list(namespaces),
        "redis": {"existingSecret": "stores"},
        "mongodb": {"existingSecret": "stores"},
    }
    command = [helm_path(), "template", RELEASE, CHART, "-n", system, "-f", "-"]
    done = subprocess.run(
        command, input=json.dumps(values), capture_output=True, text=True, check=True
    )
    kinds = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    found: list[dict[str, Any]] = [each for each in yaml.safe_load_all(done.stdout) if each]
    return [
        each
        for each in found
        if each["kind"] in kinds and each["metadata"]["name"].endswith(_ACCOUNT)
    ]
