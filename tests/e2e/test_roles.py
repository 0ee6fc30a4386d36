"""What Kubernetes' own roles allow of imports once the chart is installed."""

import json
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cluster.helm import helm_path
from cluster.release import CHART

Kubectl = Callable[..., subprocess.CompletedProcess[str]]
STORES = {"redis": {"existingSecret": "stores"}, "mongodb": {"existingSecret": "stores"}}
READING = ("get", "list", "watch")
CHANGING = ("create", "patch", "update", "delete")


@pytest.mark.parametrize(("role", "may_change"), [("view", False), ("edit", True), ("admin", True)])
def test_who_may_view_or_edit_a_namespace_may_do_so_with_its_imports(
    kubectl: Kubectl, kubeconfig: Path, role: str, *, may_change: bool
) -> None:
    command = [helm_path(), "template", "ji", CHART, "-n", "system", "-f", "-"]
    done = subprocess.run(
        command, input=json.dumps(STORES), capture_output=True, text=True, check=True
    )
    for manifest in yaml.safe_load_all(done.stdout):
        if manifest and manifest["kind"] == "ClusterRole" and "roles" in str(manifest["metadata"]):
            kubectl("apply", "-f", "-", given=manifest)
    namespace = f"roles-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", namespace)
    try:
        kubectl("-n", namespace, "create", "serviceaccount", "jane")
        binding = (f"--clusterrole={role}", f"--serviceaccount={namespace}:jane")
        kubectl("-n", namespace, "create", "rolebinding", "jane", *binding)

        def may(verb: str, where: str = namespace) -> bool:
            who = f"--as=system:serviceaccount:{namespace}:jane"
            asked = ("-n", where, "auth", "can-i", verb, "jobimports.jobimport.dev", who)
            return kubectl(*asked, check=False).stdout.strip() == "yes"

        deadline = time.monotonic() + 30
        while not all(map(may, READING)):
            assert time.monotonic() < deadline, "the roles are not aggregated"
            time.sleep(0.2)
        assert {verb: may(verb) for verb in CHANGING} == dict.fromkeys(CHANGING, may_change)
        assert not may("list", "default"), "nothing of other namespaces"
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")
