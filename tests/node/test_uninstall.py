"""Runs last (files go by name): the release goes, and leaves what it should."""

import asyncio
import contextlib

from cluster.release import (
    CHART,
    NAMESPACE,
    RELEASE,
    SYSTEM,
    Installed,
    apply_secret,
    make_namespace,
)
from jobimport_cli.board.server import serving

from .imports import (
    DEPLOYMENT,
    a_board,
    an_import,
    counting,
    ended,
    importing,
    queue_of,
    until,
)

DOOMED = "doomed"


async def test_a_namespace_deleted_in_mid_run_leaves_nothing_in_redis(
    installed: Installed,
) -> None:
    cluster, board = installed.cluster, a_board(delay_seconds=1.0)
    asked = counting(board)
    make_namespace(cluster, DOOMED)
    stores = {"REDIS_URL": installed.redis.url, "MONGODB_URL": installed.mongo_url}
    apply_secret(cluster, DOOMED, "jobimport-worker", stores)
    both = f"{{{NAMESPACE},{DOOMED}}}"
    change = ("--set", f"namespaces={both}", "--set", f"watchNamespaces={both}", "--wait")
    helm = ("upgrade", RELEASE, CHART, "-n", SYSTEM, "--reuse-values", *change)
    await asyncio.to_thread(cluster.helm, *helm, "--timeout", "180s")
    async with serving(board, host=cluster.address) as url, queue_of(installed) as redis:
        manifest = an_import("doomed", url)
        manifest["metadata"]["namespace"] = DOOMED
        apply = ("apply", "--server-side", "-f", "-")
        await asyncio.to_thread(cluster.kubectl, *apply, given=manifest)
        await until("pages", lambda: asked.total() > 2, cluster)
        await asyncio.to_thread(cluster.kubectl, "delete", "namespace", DOOMED, "--wait=false")
        async with asyncio.timeout(40):
            while await redis.keys(f"ji:{{{DOOMED}/*}}:run:*"):
                await asyncio.sleep(0.3)
        ready = ("-n", SYSTEM, "wait", "--for=condition=Available", "deployment", "--all")
        await asyncio.to_thread(cluster.kubectl, *ready, "--timeout=30s")
        async with importing(installed, a_board(records=200), "others"):
            await ended(installed, "others")


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
