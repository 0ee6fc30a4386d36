"""Every decision of the autoscaler is an event at the pool's Deployment, and none is repeated."""

from typing import Any

from cluster.operator_bench import Bench, eventually
from jobimport.ids import WorkerId
from jobimport.queue.tasks import WorkerView
from jobimport.resource.names import RUN_REQUESTED

from .told import Fault, event_of, events

AWAY_MS = 20_000
QUICK = {"POOLS": '{"default": {"max": 2, "tasks_per_worker": 1}}', "SCALE_DOWN_SECONDS": "1"}


async def idle_worker(bench: Bench) -> None:
    """Be heard of as a worker with nothing to do: only such a one is taken away."""
    await bench.queue.heartbeat(WorkerView(WorkerId("by-hand"), 4, 0, False, 0, ""))


async def test_the_first_worker_is_told_with_its_reason_at_the_deployment(bench: Bench) -> None:
    async with bench.operator(**QUICK):
        await bench.apply("acme")
        up = await Fault().event(bench, "LoadGrew", "Deployment")
        assert (up["action"], up["type"]) == ("ScaleUp", "Normal")
        assert up["note"] == "From 0 to 1 worker: so many are wanted at 1 tasks to a worker."
        deployment = await bench.deployment() or {}
        assert up["regarding"]["name"] == deployment["metadata"]["name"]
        assert up["regarding"]["uid"] == deployment["metadata"]["uid"]
        await bench.work(await eventually(lambda: bench.current_run("acme")))


async def test_the_same_decision_again_is_counted_and_not_repeated(bench: Bench) -> None:
    async with bench.operator(**QUICK):
        for round_ in range(2):
            await bench.apply("acme", schedule="0 0 1 1 *")
            asked = {"metadata": {"annotations": {RUN_REQUESTED: str(round_)}}}
            await bench.api.merge(bench.path("acme"), asked, "test")

            async def grown() -> bool:
                return await bench.replicas() == 1

            await eventually(grown)
            run = await eventually(lambda: bench.current_run("acme"))
            await bench.work(run)
            await eventually(lambda: bench.last_run("acme"))
            await idle_worker(bench)

            async def gone() -> bool:
                return await bench.replicas() == 0

            await eventually(gone)

        async def counted() -> dict[str, Any] | None:
            found = await event_of(bench, "LoadFell", "Deployment") or {}
            return found if found.get("series", {}).get("count") == 2 else None

        down = await eventually(counted)
        assert (down["action"], down["type"]) == ("ScaleDown", "Normal")
        assert "From 1 to 0 workers: nothing to do for 1 s" in down["note"]
        told = [each["reason"] for each in await events(bench)]
        assert told.count("LoadFell") == told.count("LoadGrew") == 1


async def test_a_hold_is_told_once_and_its_end_as_well(bench: Bench) -> None:
    async with bench.operator(**QUICK):
        await bench.apply("acme")
        await Fault().event(bench, "LoadGrew", "Deployment")
        await bench.redis.client_pause(AWAY_MS, all=True)
        fault = Fault()
        held = await fault.event(bench, "LoadUnreadable", "Deployment")
        assert (held["action"], held["type"]) == ("Hold", "Warning")
        assert await bench.replicas() == 1
        await eventually(lambda: event_of(bench, "LoadReadable", "Deployment"))
        assert "series" not in (await event_of(bench, "LoadUnreadable", "Deployment") or {})
