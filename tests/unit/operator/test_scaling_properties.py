"""What holds for every load, whatever came before: up at once, down late, busy ones never (P8)."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobimport_operator.scaling import Desired, Limits, Load, Wanted, desired_workers

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIMITS = st.builds(
    lambda least, more, each, after: Limits(least, least + more, each, timedelta(seconds=after)),
    st.integers(0, 3),
    st.integers(0, 20),
    st.integers(1, 8),
    st.integers(0, 300),
)
COUNTS = st.integers(0, 100)


@st.composite
def loads(draw: st.DrawFn) -> Load | None:
    """A reading, or none; no more workers are busy than there are tasks in work."""
    if draw(st.integers(0, 9)) == 0:
        return None
    in_work = draw(COUNTS)
    busy = draw(st.integers(0, in_work))
    return Load(draw(COUNTS), in_work, draw(COUNTS), busy, busy + draw(st.integers(0, 3)))


STEPS = st.lists(st.tuples(loads(), st.integers(1, 60)), min_size=1, max_size=40)


def wanted_for(load: Load, limits: Limits) -> int:
    asked = math.ceil(load.tasks / limits.tasks_per_worker)
    return max(limits.minimum, min(limits.maximum, asked))


@given(LIMITS, STEPS, st.integers(0, 30))
def test_p8_every_step_of_every_history_keeps_the_promises(
    limits: Limits, steps: list[tuple[Load | None, int]], current: int
) -> None:
    now, history = NOON, tuple[Wanted, ...]()
    asked: list[tuple[datetime, int]] = []
    for load, seconds in steps:
        now += timedelta(seconds=seconds)
        answer = desired_workers(load, limits, current, history, now)
        _check(answer, load, limits, current, asked, now)
        if load is not None:
            asked.append((now, wanted_for(load, limits)))
        current, history = answer.workers, answer.history


def _check(
    answer: Desired,
    load: Load | None,
    limits: Limits,
    current: int,
    asked: list[tuple[datetime, int]],
    now: datetime,
) -> None:
    assert answer.reason.endswith("."), "why is said, whatever is done (P9)"
    if load is None:
        assert answer.workers == current, "without a reading the size is held"
        return
    wanted = wanted_for(load, limits)
    assert answer.workers <= max(current, limits.maximum)
    assert answer.workers >= min(wanted, limits.maximum), "up at once"
    if answer.workers < current:
        assert answer.workers >= min(current, load.busy_workers), "never below the busy workers"
        since = now - limits.scale_down_after
        lately = [count for at, count in asked if at > since]
        assert answer.workers >= max([wanted, *lately]) or answer.workers >= load.busy_workers
        assert all(answer.workers >= min(count, current) for count in lately), "down late"
    if wanted >= current:
        assert answer.workers == wanted


@given(LIMITS, st.integers(0, 30), st.integers(1, 5))
def test_an_idle_pool_comes_down_to_its_minimum_and_stays(
    limits: Limits, current: int, rounds: int
) -> None:
    idle = Load(0, 0, 0, 0)
    now, history = NOON, (Wanted(NOON, current),)
    now += limits.scale_down_after + timedelta(seconds=1)
    for _ in range(rounds):
        answer = desired_workers(idle, limits, current, history, now)
        current, history = answer.workers, answer.history
        now += timedelta(seconds=2)
    assert current == limits.minimum


@given(LIMITS, STEPS)
def test_the_remembered_past_stays_short(
    limits: Limits, steps: list[tuple[Load | None, int]]
) -> None:
    now, history, current = NOON, tuple[Wanted, ...](), 0
    for load, seconds in steps * 3:
        now += timedelta(seconds=seconds)
        answer = desired_workers(load, limits, current, history, now)
        current, history = answer.workers, answer.history
        assert len(history) <= limits.maximum - limits.minimum + 2


@given(LIMITS, st.integers(1, 30), st.integers(1, 30), st.integers(1, 10))
def test_p8_an_unready_worker_that_may_be_busy_holds_the_size(
    limits: Limits, current: int, busy: int, unready: int
) -> None:
    load = Load(0, busy, 0, busy, busy + unready)
    late = NOON + limits.scale_down_after + timedelta(seconds=1)
    answer = desired_workers(load, limits, current, (), late, ready=busy)
    assert answer.workers >= min(current, busy)
    if wanted_for(load, limits) < current:
        assert answer.workers == current
        assert "not ready" in answer.reason
