"""Pools that something else scales: the operator reports, prices the pods and never resizes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from jobimport.ids import PoolKey, WorkerId
from jobimport.queue.tasks import PoolView, WorkerView
from jobimport_operator.autoscaler import Autoscaler
from jobimport_operator.draining import pod_costs
from jobimport_operator.ports import Event, PoolObservation
from jobimport_operator.reconcile import Queues
from jobimport_operator.scaling import Limits, Load, external_reason

POOL = PoolKey("recruiting", "default")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_worker(name: str, busy: int = 0, age_ms: int = 100) -> WorkerView:
    return WorkerView(WorkerId(name), 4, busy, draining=False, heartbeat_age_ms=age_ms, version="")


def a_view(*workers: WorkerView) -> PoolView:
    return PoolView(POOL, "e", 7, 1, 2, 2, 0, [], list(workers), 0)


class Recorded:
    """The pools port, which is a cluster elsewhere: what is asked of it is what is tested."""

    def __init__(self) -> None:
        self.made: list[PoolKey] = []
        self.priced: list[Mapping[WorkerId, int]] = []

    async def ensure(self, pool: PoolKey) -> None:
        self.made.append(pool)

    async def observe(self, pool: PoolKey) -> PoolObservation:
        return PoolObservation("jobimport-worker-default", 3, 2)

    async def drain(self, pool: PoolKey, victims: Sequence[WorkerId]) -> None:
        pytest.fail("nothing is drained that another scales")

    async def price(self, pool: PoolKey, costs: Mapping[WorkerId, int]) -> None:
        self.priced.append(costs)

    async def scale(self, pool: PoolKey, workers: int) -> None:
        pytest.fail("nothing is scaled that another scales")

    async def record_event(self, pool: PoolKey, event: Event) -> None:
        pytest.fail(f"nothing happened that is worth an event: {event}")


def test_p8_idle_workers_are_the_cheapest_and_the_dead_have_no_price() -> None:
    view = a_view(a_worker("idle"), a_worker("busy", busy=2), a_worker("dead", age_ms=60_000))
    assert pod_costs(view) == {"idle": -1000, "busy": 0}


def test_p9_the_reason_says_who_scales_and_what_the_load_is() -> None:
    assert external_reason(Load(7, 1, 2, 1)) == (
        "Scaled by another autoscaler (AUTOSCALER_MODE=External), such as KEDA;"
        " tasks: 7 ready, 1 in work, 2 due for a retry soon."
    )
    assert "could not be read" in external_reason(None)


async def test_an_external_pool_is_made_priced_and_reported_but_never_resized(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pools, views = Recorded(), [a_view(a_worker("a"), a_worker("b", busy=1))]
    limits = {"default": Limits(0, 1, 4, timedelta(0))}
    queues = Queues(Redis())
    scaler = Autoscaler(queues, pools, limits, lambda: NOON, lambda _: None, scaled_elsewhere=True)

    async def view(_: int) -> PoolView:
        return views[-1]

    monkeypatch.setattr(queues[POOL], "pool_view", view)
    await scaler.step(POOL)
    status = scaler.workers[POOL]
    assert (status.desired, status.ready, status.busy) == (3, 2, 1)
    assert status.reason.startswith("Scaled by another autoscaler")
    await scaler.step(POOL)
    views.append(a_view(a_worker("a", busy=1), a_worker("b"), a_worker("c", busy=1)))
    await scaler.step(POOL)
    assert pools.priced == [{"a": -1000, "b": 0}, {}, {"a": 0, "b": -1000}]
    assert pools.made == [POOL]
