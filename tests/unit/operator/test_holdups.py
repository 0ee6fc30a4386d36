"""What holds a run up is said on the import, once, and is gone when it was mended (P9)."""

from dataclasses import replace

import pytest

from jobimport.ids import RunId
from jobimport.queue.tasks import ANOTHER_RELEASE
from jobimport_operator.actions import WriteStatus
from jobimport_operator.decide import decide
from jobimport_operator.ports import Trouble
from jobimport_operator.reasons import Reason
from unit.operator.builders import World, an_import, surroundings

TROUBLE = Trouble(Reason.IMAGE_PULL_FAILED, "The workers' image can't be pulled.")
MISSING = "the Secret jobimport-credentials of the namespace has no key 'api-key'"


def a_running_world(**spec: object) -> World:
    world = World(an_import(**spec))
    world.step()
    return world


def block(world: World, reason: str | None) -> None:
    run = RunId(world.status.current_run.id if world.status.current_run else "")
    world.queue[run] = replace(world.queue[run], blocked=reason)


def statuses(world: World) -> dict[str, tuple[str, str]]:
    return {each.type: (each.status, each.reason) for each in world.status.conditions}


@pytest.mark.parametrize("schedule", [None, "@hourly"])
def test_workers_that_cannot_come_up_are_said_and_healed(schedule: str | None) -> None:
    world = World(an_import(**({"schedule": schedule} if schedule else {})))
    if schedule:
        world.now = world.now.replace(hour=13)
    world.step()
    assert world.status.current_run is not None
    world.around = {"trouble": TROUBLE}
    world.step()
    found = world.condition("Ready")
    assert found is not None
    assert (found.status, found.reason, found.message) == ("False", TROUBLE.reason, TROUBLE.message)
    assert statuses(world)["Reconciling"] == ("True", TROUBLE.reason)
    told = [event for event in world.events if event.reason == TROUBLE.reason]
    assert [(str(event.type), event.note) for event in told] == [("Warning", TROUBLE.message)]
    assert not [action for action in world.step() if isinstance(action, WriteStatus)]
    world.around = {}
    world.step()
    assert statuses(world)["Ready"] == ("True", "Accepted")
    assert world.events[-1].reason == "GoesOn"


def test_a_missing_key_of_the_secret_is_named_on_the_import() -> None:
    world = a_running_world()
    block(world, MISSING)
    world.step()
    found = world.condition("Ready")
    assert found is not None
    assert (found.status, found.reason) == ("False", "CredentialsMissing")
    assert "'api-key'" in found.message
    block(world, None)
    world.step()
    assert statuses(world)["Ready"][0] == "True"


def test_a_run_that_its_workers_cannot_read_is_not_said_to_want_credentials() -> None:
    world = a_running_world()
    block(world, f"run r was {ANOTHER_RELEASE}, and this worker does not know spec.x")
    world.step()
    found = world.condition("Ready")
    assert found is not None
    assert (found.status, found.reason) == ("False", "AnotherRelease")


def test_trouble_of_a_pool_that_no_run_needs_is_not_the_imports() -> None:
    world = a_running_world()
    world.finish_run()
    world.step()
    world.around = {"trouble": TROUBLE}
    world.step()
    assert statuses(world)["Ready"][0] == "True"


def test_a_suspended_import_is_not_held_up_by_its_pool() -> None:
    world = a_running_world()
    world.edit(suspend=True)
    world.around = {"trouble": TROUBLE}
    world.step()
    assert statuses(world)["Ready"] == ("True", "Suspended")


def test_a_queue_that_cannot_be_read_is_said_and_nothing_is_done_about_runs() -> None:
    world = a_running_world()
    world.edit(batchSize=7, onSpecChange="Replace")
    around = surroundings(None, queue_problem="redis does not answer")
    actions = decide(world.now, world.imp, around)
    assert [type(action).__name__ for action in actions] == ["WriteStatus", "RecordEvent"]
    [write] = [action for action in actions if isinstance(action, WriteStatus)]
    assert write.status.current_run == world.status.current_run
    ready = next(each for each in write.status.conditions if each.type == "Ready")
    assert (ready.status, ready.reason) == ("False", "QueueUnavailable")


def test_a_bad_spec_is_said_before_what_holds_the_run_up() -> None:
    world = a_running_world()
    world.around = {"trouble": TROUBLE, "pools": frozenset({"other"})}
    world.step()
    assert statuses(world)["Ready"] == ("False", "PoolUnknown")
