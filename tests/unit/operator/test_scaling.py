"""How many workers a pool should have."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies

from jobimport_operator.events import pool_resized
from jobimport_operator.scaling import Limits, Load, Wanted, desired_workers

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIMITS = Limits(minimum=0, maximum=10, tasks_per_worker=4, scale_down_after=timedelta(seconds=60))


def a_load(ready: int = 0, in_work: int = 0, due_soon: int = 0, busy_workers: int = 0) -> Load:
    return Load(ready, in_work, due_soon, busy_workers)


def test_it_grows_at_once_with_all_there_is_to_do() -> None:
    answer = desired_workers(a_load(ready=9, in_work=4, due_soon=2), LIMITS, 1, (), NOON)
    assert answer.workers == 4
    assert answer.reason == (
        "4 workers for tasks: 9 ready, 4 in work, 2 due for a retry soon, 4 tasks to a worker."
    )


def test_p9_the_reason_names_the_limit_that_holds_it() -> None:
    answer = desired_workers(a_load(ready=100), LIMITS, 0, (), NOON)
    assert answer.workers == 10
    assert "25 would be wanted, but the pool's maximum is 10" in answer.reason


def test_it_shrinks_only_after_the_load_was_low_for_long_enough() -> None:
    high = desired_workers(a_load(ready=40), LIMITS, 10, (), NOON)
    soon = NOON + timedelta(seconds=59)
    kept = desired_workers(a_load(), LIMITS, 10, high.history, soon)
    assert kept.workers == 10
    late = NOON + timedelta(seconds=60)
    assert desired_workers(a_load(), LIMITS, 10, kept.history, late).workers == 0


def test_p8_it_never_goes_below_the_busy_workers() -> None:
    answer = desired_workers(a_load(in_work=3, busy_workers=3), LIMITS, 8, (), NOON)
    assert answer.workers == 3


def test_it_holds_when_the_load_can_not_be_read() -> None:
    history = (Wanted(NOON, 3),)
    answer = desired_workers(None, LIMITS, 5, history, NOON + timedelta(hours=1))
    assert (answer.workers, answer.history) == (5, history)
    assert "could not be read" in answer.reason


loads = strategies.builds(
    Load,
    ready=strategies.integers(0, 100),
    in_work=strategies.integers(0, 50),
    due_soon=strategies.integers(0, 50),
    busy_workers=strategies.integers(0, 10),
)


@given(
    steps=strategies.lists(strategies.tuples(loads, strategies.integers(0, 90)), max_size=30),
    minimum=strategies.integers(0, 3),
)
def test_it_stays_within_its_limits_and_above_the_busy(
    steps: list[tuple[Load, int]], minimum: int
) -> None:
    limits = Limits(minimum, 10, 4, timedelta(seconds=60))
    current, history, now = minimum, (), NOON
    for load, seconds in steps:
        now += timedelta(seconds=seconds)
        answer = desired_workers(load, limits, current, history, now)
        assert minimum <= answer.workers <= 10
        assert answer.workers >= min(current, load.busy_workers)
        assert answer.reason.endswith((".", ")."))
        current, history = answer.workers, answer.history


@pytest.mark.parametrize(
    ("before", "after", "asked", "said"),
    [
        (0, 3, 3, "From 0 to 3 workers: so many are wanted at 4 tasks to a worker."),
        (0, 10, 25, "more would be wanted, but this is the pool's maximum."),
        (0, 2, 0, "From 0 to 2 workers: the pool's minimum."),
        (3, 1, 1, "From 3 to 1 worker: less to do for 60 s, and these were idle."),
        (1, 0, 0, "From 1 to 0 workers: nothing to do for 60 s, and these were idle."),
    ],
)
def test_p9_a_new_size_is_told_with_its_reason(
    before: int, after: int, asked: int, said: str
) -> None:
    event = pool_resized(before, after, LIMITS, asked=asked)
    assert said in event.note
    assert event.action == ("ScaleUp" if after > before else "ScaleDown")
