"""Several replicas of the operator: one works, the others wait for its Lease."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

from cluster.operator_bench import Bench, eventually
from jobimport.cluster_api import ApiError

LEASE = "jobimport-operator"


def replica(bench: Bench, name: str) -> dict[str, str]:
    return {
        "LEADER_ELECTION": "true",
        "POD_NAMESPACE": bench.namespace,
        "POD_NAME": name,
        "POOLS": '{"default": {"max": 3}}',
    }


async def lease(bench: Bench) -> dict[str, Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{bench.namespace}/leases/{LEASE}"
    return ((await bench.api.get(path)) or {}).get("spec", {})


async def holder(bench: Bench) -> str:
    return (await lease(bench)).get("holderIdentity", "").partition("_")[0]


async def holds(bench: Bench, name: str, within: float = 20) -> None:
    async def held() -> bool:
        return await holder(bench) == name

    await eventually(held, within)


async def test_when_the_leader_is_killed_the_other_goes_on_with_the_run(bench: Bench) -> None:
    async with bench.operator(**replica(bench, "one")) as first:
        await holds(bench, "one")
        async with bench.operator(**replica(bench, "two")):
            await bench.apply("acme")
            run = await eventually(lambda: bench.current_run("acme"))
            first.kill()
            await asyncio.wait_for(first.wait(), 15)
            await bench.redis.flushall()
            killed = time.monotonic()
            await holds(bench, "two", 30)
            assert time.monotonic() - killed > 8, "a live leader's Lease must not be taken"
            assert (await lease(bench))["leaseTransitions"] == 1
            assert await eventually(lambda: bench.current_run("acme")) == run
            await bench.work(run)
            assert (await eventually(lambda: bench.last_run("acme")))["id"] == run


async def test_sigterm_hands_over_within_3_seconds(bench: Bench, tmp_path: Path) -> None:
    said = tmp_path / "two.log"

    async def waits() -> bool:
        return "waiting for it" in said.read_text()

    async with bench.operator(**replica(bench, "one")) as first:
        await holds(bench, "one")
        async with bench.operator(said, **replica(bench, "two")):
            await bench.apply("acme")
            await eventually(lambda: bench.current_run("acme"))
            await eventually(waits, 30)
            first.send_signal(signal.SIGTERM)
            await holds(bench, "two", 3)
            assert await asyncio.wait_for(first.wait(), 5) == 0
            await bench.apply("other")
            await eventually(lambda: bench.current_run("other"))


async def test_a_standby_does_nothing_and_ends_at_sigterm(bench: Bench) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{bench.namespace}/leases"
    foreign = {"holderIdentity": "foreign", "leaseDurationSeconds": 3600}
    await bench.api.create(path, {"metadata": {"name": LEASE}, "spec": foreign}, "test")
    await bench.apply("acme")
    async with bench.operator(**replica(bench, "one")) as standby:
        async with bench.operator() as working:
            await eventually(lambda: bench.current_run("acme"))
            working.send_signal(signal.SIGTERM)
            await asyncio.wait_for(working.wait(), 15)
        await bench.apply("other")
        with_deadline = time.monotonic() + 4
        while time.monotonic() < with_deadline:
            assert await bench.status("other") == {"observedGeneration": -1}
            await asyncio.sleep(0.2)
        assert await holder(bench) == "foreign"
        standby.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(standby.wait(), 5) == 0


async def test_a_leader_that_stood_still_ends_before_it_acts_again(bench: Bench) -> None:
    async with bench.operator(**replica(bench, "one")) as first:
        await holds(bench, "one")
        async with bench.operator(**replica(bench, "two")):
            first.send_signal(signal.SIGSTOP)
            await holds(bench, "two", 30)
            first.send_signal(signal.SIGCONT)
            assert await asyncio.wait_for(first.wait(), 5) == 1
            assert await holder(bench) == "two"


async def test_a_leader_whose_lease_was_taken_ends_at_once(bench: Bench) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{bench.namespace}/leases/{LEASE}"
    async with bench.operator(**replica(bench, "one")) as first:
        await holds(bench, "one")

        async def take() -> bool:
            try:
                await bench.api.merge(path, {"spec": {"holderIdentity": "thief"}}, "test")
            except ApiError as error:
                assert error.status == 409
                return False
            return True

        await eventually(take)
        assert await asyncio.wait_for(first.wait(), 6) == 1
        assert await holder(bench) == "thief"
