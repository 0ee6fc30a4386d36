"""What is wrong around an installation is said within 30 s, and heals: the rights that it has, the
CRD that it finds, and others beside it.
"""

import copy
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config

from cluster.fault_proxy import FaultProxy
from cluster.operator_bench import BASE, SPEC, Bench, eventually
from cluster.rights import operator_kubeconfig
from jobimport.cluster_api import ClusterApi
from jobimport.ids import PoolKey
from jobimport.queue.queue import Queue
from jobimport.resource.crd import crd
from jobimport_cli.standins.ports import free_port
from jobimport_operator.adapters.kubernetes.claims import NamespaceClaims

from .conftest import ROOT, Kubectl
from .told import SAID_SECONDS, Fault, ready_again

CLAIM = "jobimport-claim"


@asynccontextmanager
async def api_of(kubeconfig: Path) -> AsyncIterator[ClusterApi]:
    configuration = Configuration()
    await load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    async with ApiClient(configuration=configuration) as client:
        yield ClusterApi(client)


async def a_namespace_with_an_import(bench: Bench, kubectl: Kubectl) -> str:
    doomed = f"doomed-{uuid.uuid4().hex[:8]}"
    await bench.api.create("/api/v1/namespaces", {"metadata": {"name": doomed}}, "test")
    await an_import_in(bench, doomed, "acme")
    return doomed


async def an_import_in(bench: Bench, namespace: str, name: str) -> None:
    about = {"apiVersion": "jobimport.dev/v1alpha1", "kind": "JobImport"}
    manifest = {**about, "metadata": {"name": name}, "spec": SPEC}
    await bench.api.create(f"{BASE}/{namespace}/jobimports", manifest, "test")


async def keys_of(bench: Bench, namespace: str) -> set[str]:
    found = {str(each) for each in await bench.redis.keys(f"*{namespace}*")}
    pools = {str(each) for each in await bench.redis.smembers("ji:pools")}
    return found | {each for each in pools if namespace in each}


async def test_a_namespace_deleted_in_mid_run_with_our_role_in_it_leaves_nothing(
    bench: Bench, kubectl: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    """With watchNamespaces the operator's rights go with the namespace, before it knows of it."""
    doomed, port = await a_namespace_with_an_import(bench, kubectl), free_port()
    ours = [bench.namespace, doomed]
    limited = operator_kubeconfig(kubectl, kubeconfig, ours, tmp_path)
    settings = {"KUBECONFIG": str(limited), "WATCH_NAMESPACES": ",".join(ours)}
    async with bench.operator(HEALTH_PORT=str(port), **settings) as operator:
        queue = Queue(bench.redis, PoolKey(doomed, "default"))
        await eventually(queue.run_ids)
        await an_import_in(bench, doomed, "told-by-the-watch")

        async def watched() -> bool:
            return len(await queue.run_ids()) == 2

        await eventually(watched)
        kubectl("-n", doomed, "delete", "role,rolebinding", "--all")
        await bench.api.call("DELETE", f"/api/v1/namespaces/{doomed}")

        async def swept() -> bool:
            return not await keys_of(bench, doomed)

        await eventually(swept, SAID_SECONDS)
        assert operator.returncode is None
        await bench.apply("other")
        run = await eventually(lambda: bench.current_run("other"))
        await bench.work(run)
        assert await eventually(lambda: bench.last_run("other"))


async def test_an_operator_that_starts_when_a_namespace_is_gone_works_on_in_the_others(
    bench: Bench, kubectl: Kubectl, kubeconfig: Path, tmp_path: Path
) -> None:
    gone, port = f"gone-{uuid.uuid4().hex[:8]}", free_port()
    limited = operator_kubeconfig(kubectl, kubeconfig, [bench.namespace], tmp_path)
    settings = {"KUBECONFIG": str(limited), "WATCH_NAMESPACES": f"{gone},{bench.namespace}"}
    left = Queue(bench.redis, PoolKey(gone, "default"))
    await left.ensure_epoch()
    await left.make_known()
    async with bench.operator(HEALTH_PORT=str(port), **settings):
        said = await Fault().probe_says(port, gone, "watchNamespaces")
        assert "Role" in said
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        await bench.work(run)
        assert await eventually(lambda: bench.last_run("acme"))

        async def swept() -> bool:
            return not await keys_of(bench, gone)

        await eventually(swept)


async def test_of_two_installations_on_one_namespace_the_second_does_nothing_and_says_so(
    bench: Bench,
) -> None:
    port = free_port()
    path = f"/apis/coordination.k8s.io/v1/namespaces/{bench.namespace}/leases/{CLAIM}"
    async with bench.operator(INSTALL_NAME="platform/one") as first:
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        second = {"INSTALL_NAME": "team/two", "HEALTH_PORT": str(port)}
        async with bench.operator(**second, WORKER_IMAGE="two:1"):
            acts = f"another installation acts in {bench.namespace} (platform/one)"
            await Fault().probe_says(port, acts)
            await bench.work(run)
            assert (await eventually(lambda: bench.last_run("acme")))["id"] == run
            assert ((await bench.api.get(path)) or {})["spec"]["holderIdentity"] == "platform/one"
            pod = ((await bench.deployment()) or {})["spec"]["template"]["spec"]
            assert pod["containers"][0]["image"] != "two:1"
            first.terminate()
            await first.wait()
            await bench.api.call("DELETE", path)
            await ready_again(port)
            await bench.apply("other")
            assert await eventually(lambda: bench.current_run("other"))


async def test_a_claim_costs_one_call_and_whoever_else_takes_it_is_seen_at_the_next(
    bench: Bench, kubeconfig: Path, tmp_path: Path
) -> None:
    place = f"/apis/coordination.k8s.io/v1/namespaces/{bench.namespace}/leases"
    proxy = FaultProxy(kubeconfig)
    async with proxy.serving(tmp_path) as through, api_of(through) as api:
        claims = NamespaceClaims(api, "platform/one")
        await claims.renew({bench.namespace})
        proxy.calls.clear()
        assert await claims.renew({bench.namespace}) == set()
        assert proxy.calls == [f"PUT {place}/{CLAIM}"]
        taken = {"spec": {"holderIdentity": "team/two"}}
        await bench.api.merge(f"{place}/{CLAIM}", taken, "test")
        await claims.renew({bench.namespace})
        assert claims.known_owner(bench.namespace) == "team/two"
        await bench.api.call("DELETE", f"{place}/{CLAIM}")
        assert await claims.renew({bench.namespace}) == {bench.namespace}
        assert claims.known_owner(bench.namespace) is None


async def test_a_crd_older_than_the_operator_is_said_and_worked_with(
    bench: Bench, kubectl: Kubectl
) -> None:
    older: dict[str, Any] = copy.deepcopy(crd())
    schema = older["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    del schema["status"]["properties"]["workers"]["properties"]["reason"]
    ours = (ROOT / "crds" / "jobimports.jobimport.dev.yaml").read_text()
    apply = ("apply", "--server-side", "--force-conflicts", "-f", "-")
    port = free_port()
    async with bench.operator(HEALTH_PORT=str(port)):
        await ready_again(port)
        kubectl(*apply, given=yaml.safe_dump(older))
        try:
            await Fault().probe_says(port, "older", "status.workers.reason")
            await bench.apply("acme")
            run = await eventually(lambda: bench.current_run("acme"))
            await bench.work(run)
            assert (await eventually(lambda: bench.last_run("acme")))["verdict"] == "Complete"
        finally:
            kubectl(*apply, given=ours)
        await ready_again(port)
