"""What the operator decides for one import."""

import json

import pytest

from jobimport.queue.tasks import RunState, TaskKind
from jobimport.resource import names
from jobimport.resource.requests import retry_request
from jobimport.validation import Problem
from jobimport_operator.actions import LookAgainAt, WriteStatus
from unit.operator.builders import NOON, SPEC, World, a_rival, an_import, starts

BROKEN = {"request": {"uri": "https://jobs.example.com/list"}}


def running(**spec: object) -> World:
    world = World(an_import(**spec))
    world.step()
    return world


def test_an_import_without_a_schedule_runs_once_per_change_of_its_spec() -> None:
    world = running()
    assert [run.reason for run in world.started] == ["SpecChanged"]
    world.finish_run()
    world.later(seconds=5)
    world.later(hours=5)
    assert len(world.started) == 1
    assert world.status.current_run is None
    world.edit(mapping={"externalId": "id", "title": "name"})
    world.later(seconds=1)
    assert [run.generation for run in world.started] == [1, 2]


def test_the_run_is_committed_to_the_status_before_the_queue_gets_it() -> None:
    world = World(an_import())
    actions = world.decide()
    assert isinstance(actions[0], WriteStatus)
    assert actions[0].status.current_run is not None
    (start,) = starts(actions)
    assert actions[0].status.current_run.id == start.run.id
    assert [task.kind for task in start.tasks] == [TaskKind.PLAN]


def test_the_queue_gets_a_snapshot_of_the_spec_with_its_defaults() -> None:
    world = running()
    (start,) = world.started
    snapshot = json.loads(start.snapshot)
    assert snapshot["source_name"] == "recruiting.acme"
    assert snapshot["run"] == start.id
    assert snapshot["spec"]["concurrency"] == 4
    assert (start.concurrency, start.max_crashes) == (4, 10)


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_killed_anywhere_while_starting_it_goes_on_with_the_same_run(killed_after: int) -> None:
    world = World(an_import())
    world.step(killed_after=killed_after)
    world.later(seconds=20)
    assert len(world.started) == 1
    assert list(world.queue) == [world.started[0].id]
    current = world.status.current_run
    assert current is not None
    assert current.id == world.started[0].id


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_killed_anywhere_while_recording_an_outcome_it_records_it_once(killed_after: int) -> None:
    world = running()
    world.finish_run()
    world.step(killed_after=killed_after)
    world.later(seconds=20)
    assert len(world.started) == 1
    assert world.status.current_run is None
    assert world.status.last_run is not None
    assert world.status.last_run.verdict == "Complete"


def test_p2_a_run_that_redis_has_lost_is_enqueued_again_as_it_was() -> None:
    world = running()
    world.queue.clear()
    world.later(minutes=3)
    first, again = world.started
    assert first == again


def test_p2_a_cancelled_run_that_redis_has_lost_stays_cancelled() -> None:
    world = running()
    world.annotate(names.CANCEL_REQUESTED, "1")
    world.step()
    world.queue.clear()
    world.step()
    assert [run.state for run in world.queue.values()] == [RunState.CANCELLED]


def test_p2_a_lost_run_of_a_spec_that_was_broken_since_is_given_up_with_the_reason() -> None:
    world = running()
    world.queue.clear()
    world.edit(source=BROKEN)
    world.step()
    last = world.status.last_run
    assert last is not None
    assert last.verdict == "Failed"
    assert "lost the run" in last.message


def test_a_failed_run_leaves_the_import_ready() -> None:
    world = running()
    world.finish_run("Partial", failedPages=3)
    world.later(seconds=1)
    ready, succeeded = world.condition("Ready"), world.condition("LastRunSucceeded")
    assert ready is not None
    assert ready.status == "True"
    assert succeeded is not None
    assert (succeeded.status, succeeded.reason) == ("False", "Partial")
    assert succeeded.message == "It was Partial."
    assert world.status.last_successful_run is None


def test_an_unreadable_outcome_is_a_failed_run_that_says_so() -> None:
    world = running()
    world.finish_run(verdict="Splendid")
    world.step()
    last = world.status.last_run
    assert last is not None
    assert last.verdict == "Failed"
    assert "verdict" in last.message


def test_a_request_is_acted_on_once_and_its_removal_changes_nothing() -> None:
    world = running()
    world.finish_run()
    world.step()
    world.annotate(names.RUN_REQUESTED, "monday")
    world.later(seconds=1)
    world.finish_run()
    world.later(seconds=1)
    assert [run.reason for run in world.started] == ["SpecChanged", "Requested"]
    assert world.status.last_handled_run_request == "monday"
    world.imp = world.imp.model_copy(update={"annotations": {}})
    world.later(seconds=1)
    world.annotate(names.RUN_REQUESTED, "monday")
    world.later(seconds=1)
    assert len(world.started) == 2


def test_a_token_used_again_after_another_one_names_another_run() -> None:
    world = running()
    for token in ("a", "b", "a"):
        world.finish_run()
        world.later(seconds=1)
        world.annotate(names.RUN_REQUESTED, token)
        world.later(seconds=1)
    assert len({run.id for run in world.started}) == 4


def test_a_run_requested_during_a_run_starts_after_it() -> None:
    world = running()
    world.annotate(names.RUN_REQUESTED, "1")
    world.later(seconds=1)
    assert len(world.unfinished) == 1
    world.finish_run()
    world.later(seconds=1)
    assert [run.reason for run in world.started] == ["SpecChanged", "Requested"]
    assert world.started[1].sequence > world.started[0].sequence


def test_a_retry_walks_what_failed_in_the_last_run() -> None:
    world = running()
    world.finish_run("Partial", failedPages=2)
    world.annotate(names.RETRY_REQUESTED, "1")
    world.later(seconds=1)
    first, retry = world.started
    assert json.loads(retry.snapshot)["retry_of"] == first.id


def test_a_retry_where_nothing_failed_is_handled_without_a_run() -> None:
    world = running()
    world.finish_run()
    world.annotate(names.RETRY_REQUESTED, "1")
    world.later(seconds=1)
    assert len(world.started) == 1
    assert world.status.last_handled_retry_request == "1"
    assert "NothingToRetry" in [event.reason for event in world.events]


B_FAILED = [
    {"key": "b", "verdict": "Failed", "message": "HTTP 500"},
    {"key": "a", "verdict": "Complete", "message": "3 records seen"},
]


def test_a_retry_of_a_partition_is_confined_to_it_also_when_redis_has_lost_it() -> None:
    world = running()
    world.finish_run("Partial", failedPages=2, partitions=B_FAILED)
    world.annotate(names.RETRY_REQUESTED, retry_request("1", "b"))
    world.later(seconds=1)
    current = world.status.current_run
    assert current is not None
    assert (current.reason, current.partition) == ("RetryRequested", "b")
    assert world.status.last_handled_retry_request == "1 partition=b"
    assert "'b'" in world.events[-1].note
    world.queue.clear()
    world.later(seconds=1)
    first, retry, again = world.started
    assert retry == again
    snapshot = json.loads(retry.snapshot)
    assert (snapshot["retry_of"], snapshot["retry_partition"]) == (first.id, "b")


@pytest.mark.parametrize("partition", ["a", "nowhere"])
def test_a_retry_of_a_partition_that_did_not_fail_makes_no_run_and_says_which_did(
    partition: str,
) -> None:
    world = running()
    world.finish_run("Partial", failedPages=2, partitions=B_FAILED)
    world.annotate(names.RETRY_REQUESTED, retry_request("1", partition))
    world.later(seconds=1)
    assert len(world.started) == 1
    assert world.status.last_handled_retry_request == retry_request("1", partition)
    (told,) = [event for event in world.events if event.reason == "NothingToRetry"]
    assert told.note.endswith("partitions that did: b.")


def test_a_retry_of_a_partition_that_the_status_has_no_room_for_is_left_to_the_workers() -> None:
    failed = [{"key": f"p{n}", "verdict": "Failed", "message": "x"} for n in range(50)]
    world = running()
    world.finish_run("Partial", failedPages=60, partitions=failed)
    world.annotate(names.RETRY_REQUESTED, retry_request("1", "p55"))
    world.later(seconds=1)
    assert json.loads(world.started[1].snapshot)["retry_partition"] == "p55"


def test_p6_an_approved_close_makes_a_run_that_says_so() -> None:
    world = running()
    world.finish_run("Held")
    world.annotate(names.APPROVE_CLOSE_REQUESTED, "yes")
    world.later(seconds=1)
    assert json.loads(world.started[1].snapshot)["approve_close"] is True
    world.queue.clear()
    world.step()
    assert world.started[2] == world.started[1]


def test_a_cancel_request_ends_the_current_run_and_no_later_one() -> None:
    world = running()
    world.annotate(names.CANCEL_REQUESTED, "1")
    world.later(seconds=1)
    assert world.unfinished[0].state == RunState.CANCELLED
    world.finish_run("Failed")
    world.annotate(names.RUN_REQUESTED, "1")
    world.later(seconds=1)
    assert world.unfinished[0].state == RunState.RUNNING
    assert world.status.last_run is not None
    assert world.status.last_run.message.startswith("Cancelled on request.")


def test_suspend_pauses_the_run_and_starts_none() -> None:
    world = running()
    world.edit(suspend=True)
    world.step()
    assert world.unfinished[0].state == RunState.PAUSED
    world.annotate(names.RUN_REQUESTED, "1")
    world.step()
    ready = world.condition("Ready")
    assert ready is not None
    assert ready.reason == "Suspended"
    assert "requested run waits" in ready.message
    world.edit(suspend=False)
    world.step()
    assert world.unfinished[0].state == RunState.RUNNING
    world.finish_run()
    world.later(seconds=1)
    world.finish_run()
    world.later(seconds=1)
    assert [run.reason for run in world.started] == ["SpecChanged", "Requested"]


def test_a_run_over_its_deadline_is_cancelled_with_a_message() -> None:
    world = running(activeDeadlineSeconds=60)
    assert any(isinstance(action, LookAgainAt) for action in world.later(seconds=59))
    assert world.unfinished[0].state == RunState.RUNNING
    world.later(seconds=1)
    assert world.unfinished[0].state == RunState.CANCELLED
    world.finish_run("Failed")
    world.step()
    assert world.status.last_run is not None
    assert "activeDeadlineSeconds (60 s)" in world.status.last_run.message


def test_the_deadline_does_not_run_while_paused() -> None:
    world = running(activeDeadlineSeconds=60)
    world.edit(suspend=True)
    world.step()
    world.later(hours=1)
    world.edit(suspend=False)
    world.step()
    world.later(seconds=59)
    assert world.unfinished[0].state == RunState.RUNNING
    world.later(seconds=2)
    assert world.unfinished[0].state == RunState.CANCELLED


def test_a_changed_spec_lets_the_run_finish_and_then_runs() -> None:
    world = running()
    world.edit(batchSize=9)
    world.step()
    reconciling = world.condition("Reconciling")
    assert reconciling is not None
    assert reconciling.reason == "OlderRunInProgress"
    assert world.unfinished[0].state == RunState.RUNNING
    world.finish_run()
    world.later(seconds=1)
    assert [run.generation for run in world.started] == [1, 2]


@pytest.mark.parametrize("schedule", [None, "0 3 * * *"])
def test_a_changed_spec_replaces_the_run_where_it_is_to(schedule: str | None) -> None:
    world = World(an_import(onSpecChange="Replace", **({"schedule": schedule} if schedule else {})))
    world.annotate(names.RUN_REQUESTED, "1")
    world.step()
    world.edit(batchSize=9)
    world.step()
    assert world.unfinished[0].state == RunState.CANCELLED
    world.finish_run("Failed")
    world.later(seconds=1)
    assert [run.generation for run in world.started] == [1, 2]
    assert world.unfinished[0].state == RunState.RUNNING


@pytest.mark.parametrize(
    ("around", "spec", "reason", "named"),
    [
        ({}, {"source": BROKEN}, "InvalidSpec", "spec.source.request.uri"),
        (
            {"problems": (Problem("spec.schedule", "'99 * * * *' is no time"),)},
            {},
            "InvalidSpec",
            "spec.schedule: '99 * * * *' is no time",
        ),
        ({"rival": a_rival()}, {}, "SourceNameTaken", "recruiting/elder"),
        ({"pools": frozenset({"big"})}, {}, "PoolUnknown", "spec.pool"),
    ],
)
def test_p10_a_bad_spec_is_stalled_with_a_reason_and_never_runs(
    around: dict[str, object], spec: dict[str, object], reason: str, named: str
) -> None:
    world = World(an_import(**spec), **around)
    world.step()
    for kind, truth in (("Ready", "False"), ("Stalled", "True")):
        found = world.condition(kind)
        assert found is not None
        assert (found.status, found.reason) == (truth, reason)
        assert named in found.message
        assert found.observed_generation == 1
    assert not world.started
    assert world.later(hours=1) == []


def test_p10_a_mended_spec_is_ready_and_runs() -> None:
    world = World(an_import(source=BROKEN))
    world.step()
    world.edit(source=SPEC["source"])
    world.step()
    assert world.condition("Stalled") is None
    assert len(world.started) == 1
    assert [event.reason for event in world.events] == ["InvalidSpec", "SpecChanged", "Accepted"]


def test_a_spec_broken_during_a_run_does_not_end_it() -> None:
    world = running(onSpecChange="Replace")
    world.edit(source=BROKEN)
    world.step()
    assert world.unfinished[0].state == RunState.RUNNING
    assert world.status.observed_generation == 2


def test_the_source_name_is_pinned_by_the_first_acceptance() -> None:
    world = running()
    world.edit(source={**SPEC["source"], "name": "acme"})
    world.step()
    stalled = world.condition("Stalled")
    assert stalled is not None
    assert stalled.reason == "SourceNameChanged"
    assert "'recruiting.acme'" in stalled.message


def test_a_condition_keeps_its_time_until_its_status_changes() -> None:
    world = running()
    world.finish_run()
    world.later(minutes=5)
    ready = world.condition("Ready")
    assert ready is not None
    assert ready.last_transition_time == NOON


def test_nothing_to_do_means_no_action_at_all() -> None:
    world = running()
    world.finish_run()
    world.step()
    assert world.later(hours=10) == []
