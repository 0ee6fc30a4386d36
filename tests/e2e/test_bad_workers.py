"""What keeps workers down is said within 30 s on the import and at the pool, and heals."""

from typing import Any

from cluster.operator_bench import Bench, eventually
from jobimport.ids import WorkerId

from .told import MENDED_SECONDS, Fault, becomes, event_of


async def make_account(bench: Bench) -> None:
    """Make the workers' service account, without which the API server refuses their pods."""
    path = f"/api/v1/namespaces/{bench.namespace}/serviceaccounts"
    await bench.api.create(path, {"metadata": {"name": "jobimport-worker"}}, "test")


async def test_a_missing_service_account_is_said_on_the_import(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        message = await Fault().ready_is(bench, "acme", "WorkersRefused")
        assert "jobimport-worker" in message
        assert "List the namespace in the chart's `namespaces`" in message
        await make_account(bench)
        # Here is no node: with the account there are pods, and that is said next.
        await becomes(bench, "acme", "Unschedulable", 240)


async def test_a_quota_that_refuses_workers_is_said_on_the_import_and_at_the_pool(
    bench: Bench,
) -> None:
    quotas = f"/api/v1/namespaces/{bench.namespace}/resourcequotas"
    await make_account(bench)
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    await bench.api.create(quotas, quota, "test")

    async def counted() -> bool:
        found = await bench.api.get(f"{quotas}/none") or {}
        return "hard" in found.get("status", {})

    await eventually(counted)
    async with bench.operator():
        await bench.apply("acme")
        fault = Fault()
        message = await fault.ready_is(bench, "acme", "QuotaExceeded")
        assert "exceeded quota: none" in message
        workers = (await bench.status("acme"))["workers"]
        assert "exceeded quota: none" in workers["reason"]
        await fault.event(bench, "QuotaExceeded")
        told = await fault.event(bench, "QuotaExceeded", "Deployment")
        assert (told["type"], told["action"]) == ("Warning", "StartWorkers")
        assert "exceeded quota: none" in told["note"]
        await bench.api.call("DELETE", f"{quotas}/none")

        async def mended() -> bool:
            ready = await bench.condition("acme", "Ready") or {}
            return ready.get("reason") != "QuotaExceeded"

        await eventually(mended, MENDED_SECONDS)


async def test_an_image_that_cannot_be_pulled_is_said_on_the_import_and_at_the_pool(
    bench: Bench,
) -> None:
    image = "registry.invalid/jobimport-worker:none"
    await make_account(bench)
    async with bench.operator(WORKER_IMAGE=image):
        await bench.apply("acme")
        pods = f"/api/v1/namespaces/{bench.namespace}/pods"

        async def a_pod() -> Any:
            return (await bench.api.get(pods) or {}).get("items")

        [pod] = await eventually(a_pod)
        # What a kubelet says of such an image; tests/node has a real one.
        waiting = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
        container = {
            "name": "worker", "image": image, "imageID": "", "ready": False, "restartCount": 0,
            "state": {"waiting": waiting},
        }  # fmt: skip
        path = f"{pods}/{pod['metadata']['name']}/status"
        await bench.api.merge(path, {"status": {"containerStatuses": [container]}}, "test")
        fault = Fault()
        assert image in await fault.ready_is(bench, "acme", "ImagePullFailed")
        assert image in (await fault.event(bench, "ImagePullFailed", "Deployment"))["note"]
        container["state"] = {"running": {}}
        container["ready"] = True
        conditions = [{"type": "Ready", "status": "True"}]
        status = {"containerStatuses": [container], "conditions": conditions, "phase": "Running"}
        await bench.api.merge(path, {"status": status}, "test")
        await becomes(bench, "acme", "Accepted")
        assert await eventually(lambda: event_of(bench, "GoesOn"))

        async def over() -> Any:
            return await event_of(bench, "WorkersComeUp", "Deployment")

        assert (await eventually(over))["type"] == "Normal"


async def test_a_missing_key_that_a_worker_found_is_said_on_the_import(bench: Bench) -> None:
    worker, reason = WorkerId("by-hand"), "the Secret has no key 'api-key'"
    async with bench.operator(POOLS='{"default": {"max": 0}}'):
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        [lease] = (await bench.queue.claim(worker, 1, 5000)).leases
        await bench.queue.wait_blocked(lease, 500, reason)
        assert reason in await Fault().ready_is(bench, "acme", "CredentialsMissing")
        await bench.work(run)
        await becomes(bench, "acme", "Accepted")
        assert (await eventually(lambda: bench.last_run("acme")))["verdict"] == "Complete"
