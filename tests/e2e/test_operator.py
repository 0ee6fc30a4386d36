"""The operator against a real API server, with a real Redis. Nothing runs pods here: the workers'
part is played by the queue's own steps.
"""

import asyncio
from typing import Any

import pytest

from cluster.operator_bench import Bench, eventually
from jobimport.resource.names import CANCEL_REQUESTED


async def test_an_applied_import_gets_a_run_workers_and_conditions(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        assert (await bench.condition("acme", "Ready") or {})["status"] == "True"
        assert (await bench.condition("acme", "Reconciling") or {})["status"] == "True"
        assert await eventually(bench.replicas) == 1
        pod = (await bench.deployment() or {})["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
        await bench.work(run)
        last = await eventually(lambda: bench.last_run("acme"), 20)
        assert (last["verdict"], last["records"]) == ("Complete", 5)
        status = await bench.status("acme")
        assert status["observedGeneration"] == 1
        assert {each["type"]: each["status"] for each in status["conditions"]} == {
            "Ready": "True",
            "LastRunSucceeded": "True",
        }
        manifest = await bench.api.get(bench.path("acme")) or {}
        assert "finalizers" not in manifest["metadata"]
        assert not manifest["metadata"].get("annotations")
        events = f"/apis/events.k8s.io/v1/namespaces/{bench.namespace}/events"

        async def reasons() -> bool:
            items = (await bench.api.get(events) or {}).get("items", [])
            return {"SpecChanged", "RunComplete"} <= {item["reason"] for item in items}

        await eventually(reasons)


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"schedule": "99 * * * *"}, "spec.schedule"),
        ({"schedule": "0 * * * *", "timeZone": "Europe/Atlantis"}, "spec.timeZone"),
        ({"mapping": {"externalId": "id", "title": "trimm(title)"}}, "mapping.title"),
    ],
)
async def test_p10_a_bad_spec_is_refused_or_stalled_in_seconds_and_names_the_field(
    bench: Bench, spec: dict[str, Any], named: str
) -> None:
    async with bench.operator():
        refused = await bench.refusal("acme", **spec)
        if refused is not None:
            assert named in refused
            return
        stalled = await eventually(lambda: bench.condition("acme", "Stalled"), 40)
        assert named in stalled["message"]
        assert stalled["reason"] == "InvalidSpec"
        version = (await bench.api.get(bench.path("acme")) or {})["metadata"]["resourceVersion"]
        await bench.apply("other")
        await eventually(lambda: bench.current_run("other"))
        after = (await bench.api.get(bench.path("acme")) or {})["metadata"]["resourceVersion"]
        assert version == after, "a stalled import is left alone"


async def test_deleting_an_import_in_mid_run_sweeps_redis(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        await bench.api.call("DELETE", bench.path("acme"))

        async def swept() -> bool:
            return not await bench.redis.keys(f"*{run}*") and not await bench.queue.run_ids()

        await eventually(swept, 30)


async def test_an_operator_killed_and_started_again_goes_on(bench: Bench) -> None:
    async with bench.operator() as process:
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        process.kill()
        await asyncio.wait_for(process.wait(), 15)
    await bench.redis.flushall()
    async with bench.operator():
        assert await eventually(lambda: bench.current_run("acme")) == run
        await bench.work(run, "Partial")
        last = await eventually(lambda: bench.last_run("acme"))
        assert (last["id"], last["verdict"]) == (run, "Partial")
        assert (await bench.condition("acme", "LastRunSucceeded") or {})["reason"] == "Partial"
        assert (await bench.condition("acme", "Ready") or {})["status"] == "True"


async def test_a_request_to_cancel_is_acted_on_once(bench: Bench) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        patch = {"metadata": {"annotations": {CANCEL_REQUESTED: "1"}}}
        await bench.api.merge(bench.path("acme"), patch, "test")

        async def cancelled() -> bool:
            view = await bench.queue.run_view(run)
            return view is not None and view.state == "cancelled"

        await eventually(cancelled)
        await bench.work(run, "Partial")
        last = await eventually(lambda: bench.last_run("acme"))
        assert last["message"].startswith("Cancelled on request.")
        assert (await bench.status("acme"))["lastHandledCancelRequest"] == "1"


async def test_sigterm_ends_it_in_seconds_whatever_its_watching_does(bench: Bench) -> None:
    for round_ in range(3):
        async with bench.operator() as process:
            await bench.apply(f"import-{round_}")
            await eventually(lambda name=f"import-{round_}": bench.current_run(name))
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 30) == 0
