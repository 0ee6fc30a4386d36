"""When the schedule makes a run due."""

from datetime import UTC, datetime, timedelta

from jobimport.resource import names
from jobimport_operator.actions import LookAgainAt
from unit.operator.builders import NOON, World, an_import


def test_a_scheduled_import_waits_for_its_first_time() -> None:
    world = World(an_import(schedule="30 * * * *"))
    actions = world.step()
    assert not world.started
    half_past = NOON + timedelta(minutes=30)
    assert world.status.next_run_time == half_past
    assert LookAgainAt(half_past) in actions
    world.now = half_past
    world.step()
    assert [run.reason for run in world.started] == ["Scheduled"]
    current = world.status.current_run
    assert current is not None
    assert current.scheduled_for == half_past
    assert world.status.next_run_time == half_past + timedelta(hours=1)


def test_after_an_outage_the_newest_missed_time_runs_once() -> None:
    world = World(an_import(schedule="*/10 * * * *"))
    world.step()
    world.later(hours=3, minutes=7)
    current = world.status.current_run
    assert current is not None
    assert current.scheduled_for == NOON + timedelta(hours=3)
    world.finish_run()
    world.later(seconds=10)
    assert len(world.started) == 1
    assert world.status.next_run_time == NOON + timedelta(hours=3, minutes=10)


def test_a_time_missed_for_too_long_is_passed_over_with_an_event() -> None:
    world = World(an_import(schedule="0 * * * *", startingDeadlineSeconds=600))
    world.step()
    world.later(hours=1, minutes=11)
    assert not world.started
    assert "MissedSchedule" in [event.reason for event in world.events]
    assert world.status.next_run_time == NOON + timedelta(hours=2)
    world.later(minutes=58)
    assert len(world.started) == 1


def test_a_time_that_falls_into_a_run_runs_after_it() -> None:
    world = World(an_import(schedule="0 * * * *"))
    world.step()
    world.later(hours=1)
    world.later(hours=1, minutes=5)
    assert len(world.started) == 1
    assert world.status.next_run_time == NOON + timedelta(hours=2)
    world.finish_run()
    world.later(minutes=1)
    assert len(world.started) == 2


def test_a_suspended_import_shows_no_next_run_and_makes_up_for_the_newest_after() -> None:
    world = World(an_import(schedule="0 * * * *"))
    world.step()
    world.edit(suspend=True)
    world.step()
    assert world.status.next_run_time is None
    world.later(hours=5)
    assert not world.started
    world.edit(suspend=False)
    world.step()
    current = world.status.current_run
    assert current is not None
    assert current.scheduled_for == NOON + timedelta(hours=5)


def test_an_edited_schedule_looks_ahead_only() -> None:
    world = World(an_import(schedule="0 3 * * *"))
    world.step()
    world.later(hours=20)
    world.finish_run()
    world.step()
    world.edit(schedule="30 7 * * *")
    world.later(minutes=1)
    assert len(world.started) == 1
    assert world.status.next_run_time == datetime(2026, 11, 25, 7, 30, tzinfo=UTC)


def test_a_schedule_added_to_an_old_import_looks_ahead_only() -> None:
    world = World(an_import())
    world.step()
    world.finish_run()
    world.step()
    world.later(days=3)
    world.edit(schedule="0 * * * *")
    world.later(minutes=1)
    assert len(world.started) == 1
    assert world.status.next_run_time == NOON + timedelta(days=3, hours=1)


def test_a_schedule_starts_no_run_for_a_change_of_the_spec() -> None:
    world = World(an_import(schedule="0 3 * * *"))
    world.step()
    world.edit(batchSize=3)
    world.later(seconds=1)
    assert not world.started


def test_jitter_is_stable_and_within_bounds() -> None:
    world = World(an_import(schedule="0 * * * *", jitterSeconds=600))
    world.step()
    due = world.status.next_run_time
    assert due is not None
    first = NOON + timedelta(hours=1)
    assert NOON <= due <= first + timedelta(seconds=600)
    world.now = due - timedelta(seconds=1)
    world.step()
    assert not world.started
    world.now = due
    world.step()
    world.finish_run()
    world.later(seconds=1)
    assert len(world.started) == 1
    assert world.status.next_run_time == due + timedelta(hours=1)


def test_a_schedule_follows_the_clocks_of_its_time_zone() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    imp = an_import(schedule="0 9 * * *", timeZone="Europe/Berlin", created_at=before)
    world = World(imp, before)
    world.step()
    assert world.status.next_run_time == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
    world.edit(timeZone="America/New_York")
    world.step()
    assert world.status.next_run_time == datetime(2026, 10, 24, 13, 0, tzinfo=UTC)


def test_a_run_on_request_leaves_the_schedule_alone() -> None:
    world = World(an_import(schedule="0 * * * *"))
    world.step()
    world.annotate(names.RUN_REQUESTED, "now")
    world.later(minutes=59)
    world.finish_run()
    world.later(minutes=1)
    assert [run.reason for run in world.started] == ["Requested", "Scheduled"]
