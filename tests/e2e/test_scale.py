"""A small piece of the scale test: many imports cost each a write or two, and idle ones nothing."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from bench.operator_bench import read_metrics
from cluster.operator_bench import Bench, eventually
from jobimport_cli.standins.ports import free_port

IMPORTS = 200


async def test_many_imports_are_taken_in_with_two_writes_each_and_then_cost_none(
    bench: Bench,
) -> None:
    port = free_port()
    names = iter(range(IMPORTS))

    async def apply_some() -> None:
        for number in names:
            await bench.apply(f"import-{number}", schedule="0 0 1 1 *", jitterSeconds=3600)

    await asyncio.gather(*(apply_some() for _ in range(8)))

    async def metrics() -> dict[str, Any] | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            with suppress(httpx.TransportError):
                answer = await client.get(f"http://127.0.0.1:{port}/metrics")
                found = read_metrics(answer.text)
                return found if found["writes"] >= IMPORTS and found["depth"] == 0 else None
        return None

    async with bench.operator(HEALTH_PORT=str(port)):
        taken_in = await eventually(metrics, 180)
        assert taken_in["writes"] <= 2 * IMPORTS
        await asyncio.sleep(6)
        later = await eventually(metrics)
        assert later["writes"] == taken_in["writes"], "idle imports are left alone"
        assert later["p99"] <= 5, "no reconcile hangs, even on a busy machine"
