"""A worker that was marked for a scale-down and outlived it works again as soon as it is wanted."""

from jobimport.ids import PoolKey, WorkerId
from jobimport.queue.tasks import PoolView, WorkerView
from jobimport_operator.draining import spared

POOL = PoolKey("recruiting", "default")


def a_worker(name: str, *, draining: bool = True, age_ms: int = 100) -> WorkerView:
    return WorkerView(WorkerId(name), 4, 0, draining, age_ms, "")


def a_view(*workers: WorkerView) -> PoolView:
    return PoolView(POOL, "e", 7, 1, 2, 2, 0, [], list(workers), 0)


def test_a_marked_worker_that_another_pod_went_for_is_spared() -> None:
    view = a_view(a_worker("survivor"), a_worker("unmarked", draining=False))
    assert spared(view, 2) == ["survivor"]


def test_p8_nobody_is_spared_while_somebody_is_on_the_way_out() -> None:
    assert spared(a_view(a_worker("a"), a_worker("b", draining=False)), 1) == []


def test_the_dead_do_not_count() -> None:
    view = a_view(a_worker("survivor"), a_worker("dead", age_ms=60_000))
    assert spared(view, 1) == ["survivor"]
