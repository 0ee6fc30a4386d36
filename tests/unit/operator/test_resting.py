"""Pools with nothing to do are looked at less often, and at once when something comes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from jobimport.ids import PoolKey, RunId, WorkerId
from jobimport.queue.tasks import PoolView
from jobimport_operator.autoscaler import Autoscaler
from jobimport_operator.ports import Event, PoolObservation
from jobimport_operator.reconcile import Queues
from jobimport_operator.scaling import Limits

POOL = PoolKey("recruiting", "default")


def a_view(*, ready: int = 0, runs: int = 0) -> PoolView:
    return PoolView(POOL, "e", ready, 0, 0, 0, 0, [RunId("run")] * runs, [], 0)


class Scene:
    """A pool of a cluster elsewhere and its queue; tested is how often each is looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, least: int) -> None:
        self.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.view = a_view()
        self.size = least
        self.reads = self.looks = 0
        queues = Queues(Redis())
        monkeypatch.setattr(queues[POOL], "pool_view", self.read)
        limits = {"default": Limits(least, 3, 4, timedelta(0))}
        self.scaler = Autoscaler(queues, self, limits, lambda: self.now, lambda _: None)

    async def after(self, seconds: float) -> tuple[int, int]:
        """Step every two seconds for so long; how often queue and Deployment were looked at."""
        self.reads = self.looks = 0
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=2)
            await self.scaler.step(POOL)
        return self.reads, self.looks

    async def read(self, _: int) -> PoolView:
        self.reads += 1
        return self.view

    async def ensure(self, pool: PoolKey) -> None:
        """It is there."""

    async def observe(self, pool: PoolKey) -> PoolObservation:
        self.looks += 1
        return PoolObservation("jobimport-worker-default", self.size, self.size)

    async def drain(self, pool: PoolKey, victims: Sequence[WorkerId]) -> None:
        pytest.fail("nothing is drained")

    async def price(self, pool: PoolKey, costs: Mapping[WorkerId, int]) -> None:
        pytest.fail("nothing is priced")

    async def scale(self, pool: PoolKey, workers: int) -> None:
        self.size = workers

    async def record_event(self, pool: PoolKey, event: Event) -> None:
        """Told."""


async def test_an_empty_pool_without_workers_costs_next_to_nothing_until_it_is_woken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(monkeypatch, least=0)
    await scene.after(2)
    reads, looks = await scene.after(120)
    assert reads <= 120 / 10
    assert looks <= 1
    scene.view = a_view(ready=8, runs=1)
    scene.scaler.wake(POOL)
    assert await scene.after(2) == (1, 1)
    assert scene.size == 2


async def test_what_nobody_told_of_is_found_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch, least=0)
    await scene.after(30)
    scene.view = a_view(ready=8, runs=1)
    await scene.after(12)
    assert scene.size == 2


@pytest.mark.parametrize("least", [0, 1])
async def test_workers_that_wait_or_a_run_that_goes_on_are_looked_at_all_the_time(
    monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    """A worker that is there may break, and a pool with a run, as one that is paused, may wake."""
    scene = Scene(monkeypatch, least=least)
    scene.view = a_view(runs=1 - least)
    await scene.after(2)
    _, looks = await scene.after(120)
    assert looks >= 3
