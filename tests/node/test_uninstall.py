"""Runs last (files go by name): the release goes, and leaves what it should."""

import contextlib

from cluster.release import NAMESPACE, RELEASE, SYSTEM, Installed

from .imports import DEPLOYMENT, an_import


async def test_an_uninstall_keeps_the_crd_and_all_imports(installed: Installed) -> None:
    cluster = installed.cluster
    kept = an_import("kept", "http://127.0.0.1:1", suspend=True)
    cluster.kubectl("apply", "--server-side", "-f", "-", given=kept)
    cluster.helm("uninstall", RELEASE, "-n", SYSTEM, "--wait")
    with contextlib.suppress(RuntimeError):
        cluster.kubectl("-n", SYSTEM, "wait", "--for=delete", "pod", "--all", "--timeout=30s")
    assert "kept" in cluster.kubectl("-n", NAMESPACE, "get", "ji"), "imports stay"
    assert cluster.read("-n", SYSTEM, "deployments")["items"] == []
    left = [each["metadata"]["name"] for each in cluster.read("-n", NAMESPACE, "deploy")["items"]]
    assert left == [DEPLOYMENT], "pools are the operator's, as the chart's README says"
    for kind in ("role", "rolebinding", "networkpolicy", "pdb", "clusterrole"):
        named = cluster.kubectl("get", kind, "-A", "-l", f"app.kubernetes.io/instance={RELEASE}")
        assert named == "", f"{kind} of the release stays: {named}"
