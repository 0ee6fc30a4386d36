"""Health of a JobImport as kstatus, Argo CD and Flux see it."""

from pathlib import Path
from typing import Any, cast

import celpy
import yaml
from celpy.adapter import json_to_cel
from lupa import LuaRuntime

EXAMPLES = Path(__file__).parents[2] / "examples" / "gitops"
KSTATUS_OF_ARGO = {
    "Progressing": "InProgress",
    "Degraded": "Failed",
    "Healthy": "Current",
    "Suspended": "Current",
}


def kstatus(manifest: dict[str, Any]) -> str:
    """The generic part of sigs.k8s.io/cli-utils/pkg/kstatus, as its README describes it."""
    metadata, status = manifest["metadata"], manifest.get("status", {})
    if "deletionTimestamp" in metadata:
        return "Terminating"
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return "InProgress"
    for each in status.get("conditions", []):
        if each["type"] == "Reconciling" and each["status"] == "True":
            return "InProgress"
        if each["type"] == "Stalled" and each["status"] == "True":
            return "Failed"
    ready = [each["status"] for each in status.get("conditions", []) if each["type"] == "Ready"]
    return "InProgress" if ready and ready[0] != "True" else "Current"


def argo_health(manifest: dict[str, Any]) -> tuple[str, str]:
    """What the health check for Argo CD says: status and message."""
    lua: Any = LuaRuntime(unpack_returned_tuples=True)
    script = (EXAMPLES / "argocd" / "health.lua").read_text()
    check = lua.eval(f"function(obj) {script} end")
    health = check(lua.table_from(manifest, recursive=True))
    return health["status"], health["message"]


def flux_health(manifest: dict[str, Any]) -> str:
    """What the expressions for Flux say, asked in its order: in progress, failed, current."""
    kustomization = yaml.safe_load((EXAMPLES / "flux" / "kustomization.yaml").read_text())
    expressions = kustomization["spec"]["healthCheckExprs"][0]
    given = {name: json_to_cel(manifest[name]) for name in ("metadata", "spec", "status")}
    environment = celpy.Environment()
    for name, answer in (
        ("inProgress", "InProgress"),
        ("failed", "Failed"),
        ("current", "Current"),
    ):
        program = environment.program(environment.compile(expressions[name]))
        if cast("Any", program.evaluate(given)):
            return answer
    return "InProgress"
