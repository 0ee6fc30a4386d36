"""The operator behind an API server that is away, slow, busy, or forgets what was watched."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cluster.fault_proxy import FaultProxy, is_status_write, is_watch
from cluster.operator_bench import BASE, Bench, eventually

AWAY_SECONDS = 60
NO_WORKERS = '{"default": {"max": 0}}'


@pytest.fixture
async def proxy(bench: Bench, kubeconfig: Path, tmp_path: Path) -> AsyncIterator[FaultProxy]:
    """The bench's operators go through it; the bench itself does not."""
    made = FaultProxy(kubeconfig)
    async with made.serving(tmp_path) as through:
        bench.environment = {
            **bench.environment,
            "KUBECONFIG": str(through),
            "POOLS": NO_WORKERS,
        }
        yield made


async def test_an_api_server_away_for_a_minute_delays_the_outcome_and_loses_nothing(
    bench: Bench, proxy: FaultProxy
) -> None:
    async with bench.operator() as operator:
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        proxy.leave()
        await bench.work(run)
        await bench.apply("made-meanwhile")
        await asyncio.sleep(AWAY_SECONDS)
        assert operator.returncode is None, "it waits, and does not end"
        assert (await bench.status("acme"))["currentRun"]["id"] == run
        proxy.come_back()
        assert (await eventually(lambda: bench.last_run("acme"), 40))["id"] == run
        assert await eventually(lambda: bench.current_run("made-meanwhile"), 40)


async def test_an_operator_that_starts_while_the_api_server_is_away_waits_for_it(
    bench: Bench, proxy: FaultProxy
) -> None:
    await bench.apply("acme")
    proxy.leave()
    async with bench.operator() as operator:
        await asyncio.sleep(8)
        assert operator.returncode is None
        proxy.come_back()
        assert await eventually(lambda: bench.current_run("acme"))


async def test_429_is_waited_for_without_a_hot_loop(bench: Bench, proxy: FaultProxy) -> None:
    refusal = proxy.refuse(is_status_write, 429, 1000, Retry_After="1")
    async with bench.operator():
        await bench.apply("acme")

        async def asked() -> bool:
            return refusal.times < 1000

        await eventually(asked)
        await asyncio.sleep(5)
        assert 1000 - refusal.times <= 10
        refusal.times = 0
        assert await eventually(lambda: bench.current_run("acme"))


async def test_409_is_read_again_and_decided_anew(bench: Bench, proxy: FaultProxy) -> None:
    refusal = proxy.refuse(is_status_write, 409, 4)
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        assert refusal.times == 0
        await bench.work(run)
        assert (await eventually(lambda: bench.last_run("acme")))["id"] == run


@pytest.mark.parametrize("in_stream", [True, False], ids=["as an event", "as HTTP status"])
async def test_410_on_a_watch_leads_to_a_new_list(
    bench: Bench, proxy: FaultProxy, *, in_stream: bool
) -> None:
    async with bench.operator() as operator:
        await bench.apply("acme")
        await eventually(lambda: bench.current_run("acme"))
        await bench.apply("goes", suspend=True)
        await eventually(lambda: bench.condition("goes", "Ready"))
        lists = proxy.calls.count(f"GET {BASE}/{bench.namespace}/jobimports")
        refusal = proxy.refuse(is_watch, 410, 1, in_stream=in_stream)
        proxy.cut_watches()
        await bench.api.call("DELETE", bench.path("goes"))
        await bench.apply("other")
        assert await eventually(lambda: bench.current_run("other"))
        assert refusal.times == 0
        assert proxy.calls.count(f"GET {BASE}/{bench.namespace}/jobimports") > lists
        assert operator.returncode is None


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_watch_that_is_refused_is_opened_again_later(
    bench: Bench, proxy: FaultProxy, status: int
) -> None:
    async with bench.operator() as operator:
        await bench.apply("acme")
        await eventually(lambda: bench.current_run("acme"))
        refusal = proxy.refuse(is_watch, status, 3)
        proxy.cut_watches()
        await bench.apply("other")
        assert await eventually(lambda: bench.current_run("other"))

        async def let_in_again() -> bool:
            return refusal.times == 0

        await eventually(let_in_again)
        await bench.apply("third")
        assert await eventually(lambda: bench.current_run("third"))
        assert operator.returncode is None


async def test_a_watch_that_is_cut_again_and_again_misses_nothing(
    bench: Bench, proxy: FaultProxy
) -> None:
    async with bench.operator():
        for number in range(5):
            proxy.cut_watches()
            await bench.apply(f"import-{number}")
            proxy.cut_watches()
        for number in range(5):
            name = f"import-{number}"
            assert await eventually(lambda name=name: bench.current_run(name), 60)
        proxy.cut_watches()
        await bench.api.call("DELETE", bench.path("import-0"))

        async def swept() -> bool:
            return len(await bench.queue.run_ids()) == 4

        await eventually(swept, 60)


async def test_a_slow_api_server_is_no_reason_to_start_a_run_twice(
    bench: Bench, proxy: FaultProxy
) -> None:
    proxy.delay_seconds = 1.5
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"), 60)
        await bench.work(run)
        last = await eventually(lambda: bench.last_run("acme"), 60)
        assert last["id"] == run
        assert await bench.queue.run_ids() in ([], [run])


async def test_an_idle_import_costs_no_write(bench: Bench, proxy: FaultProxy) -> None:
    async with bench.operator():
        await bench.apply("acme", schedule="0 0 1 1 *")

        async def accepted() -> bool:
            return bool(await bench.condition("acme", "Ready"))

        await eventually(accepted)
        begun = len(proxy.calls)
        await asyncio.sleep(6)
        path = f"{BASE}/{bench.namespace}/jobimports/acme/status"
        assert f"PATCH {path}" not in proxy.calls[begun:]
        assert proxy.calls.count(f"PATCH {path}") <= 2


async def test_a_run_costs_a_bounded_number_of_writes(bench: Bench, proxy: FaultProxy) -> None:
    async with bench.operator():
        await bench.apply("acme")
        run = await eventually(lambda: bench.current_run("acme"))
        await bench.work(run)
        await eventually(lambda: bench.last_run("acme"))
        path = f"{BASE}/{bench.namespace}/jobimports/acme/status"
        assert proxy.calls.count(f"PATCH {path}") <= 6


async def test_a_run_that_an_older_operator_began_is_gone_on_with(bench: Bench) -> None:
    """An older release wrote fewer fields of currentRun than this one does."""
    await bench.apply("acme")
    manifest = {
        "apiVersion": "jobimport.dev/v1alpha1",
        "kind": "JobImport",
        "metadata": {"name": "acme", "namespace": bench.namespace},
        "status": {
            "observedGeneration": 1,
            "sourceName": f"{bench.namespace}.acme",
            "currentRun": {
                "id": "acme-0123456789",
                "sequence": int(time.time() * 1000),
                "reason": "SpecChanged",
                "startedAt": "2026-11-25T00:00:00Z",
                "generation": 1,
            },
        },
    }
    await bench.api.apply(bench.path("acme"), manifest, "jobimport-operator", subresource="status")
    async with bench.operator(POOLS=NO_WORKERS):
        assert await eventually(lambda: bench.current_run("acme")) == "acme-0123456789"
        await bench.work("acme-0123456789")  # type: ignore[arg-type]
        last = await eventually(lambda: bench.last_run("acme"))
        assert (last["id"], last["verdict"]) == ("acme-0123456789", "Complete")
