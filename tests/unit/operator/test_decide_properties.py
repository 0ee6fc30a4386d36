"""What holds of the operator's decisions whatever happens."""

from datetime import timedelta

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jobimport.resource import names
from jobimport_operator.actions import LookAgainAt
from unit.operator.builders import World, an_import

ANNOTATIONS = (
    names.RUN_REQUESTED,
    names.RETRY_REQUESTED,
    names.CANCEL_REQUESTED,
    names.APPROVE_CLOSE_REQUESTED,
)


class OneImport(RuleBasedStateMachine):
    """Edits, requests, outages and crashes in any order, over one import."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(an_import())
        self.named: set[str] = set()

    @rule(minutes=strategies.integers(0, 200))
    def time_passes(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    @rule(schedule=strategies.sampled_from([None, "0 * * * *", "*/5 * * * *", "30 2 * * *"]))
    def schedule_is_edited(self, schedule: str | None) -> None:
        self.world.edit(schedule=schedule)

    @rule(
        suspend=strategies.booleans(),
        change=strategies.sampled_from(["Finish", "Replace"]),
        deadline=strategies.sampled_from([None, 60]),
        batch=strategies.integers(1, 3),
    )
    def spec_is_edited(
        self, *, suspend: bool, change: str, deadline: int | None, batch: int
    ) -> None:
        self.world.edit(
            suspend=suspend, onSpecChange=change, activeDeadlineSeconds=deadline, batchSize=batch
        )

    @rule(broken=strategies.booleans())
    def spec_is_broken_or_mended(self, *, broken: bool) -> None:
        self.world.edit(jitterSeconds=-1 if broken else 30)

    @rule(annotation=strategies.sampled_from(ANNOTATIONS), token=strategies.sampled_from("abc"))
    def something_is_requested(self, annotation: str, token: str) -> None:
        self.world.annotate(annotation, token)

    @rule()
    def redis_loses_everything(self) -> None:
        self.world.queue.clear()

    @precondition(lambda self: self.world.unfinished)
    @rule(verdict=strategies.sampled_from(["Complete", "Partial", "Failed", "nonsense"]))
    def the_run_ends(self, verdict: str) -> None:
        if self.world.status.current_run is not None:
            self.world.finish_run(verdict)

    @rule(killed_after=strategies.integers(0, 5))
    def the_operator_is_killed(self, killed_after: int) -> None:
        self.world.step(killed_after=killed_after)

    @rule()
    def the_operator_steps(self) -> None:
        assert self.world.decide() == self.world.decide()
        world = self.world
        world.step()
        left = [each for each in world.step() if not isinstance(each, LookAgainAt)]
        assert left == [], "a second step right after the first has nothing to do"
        assert world.status.observed_generation == world.imp.generation

    @invariant()
    def there_are_never_two_runs(self) -> None:
        current = self.world.status.current_run
        assert all(run.id == (current and current.id) for run in self.world.unfinished)

    @invariant()
    def p9_every_condition_says_why(self) -> None:
        for each in self.world.status.conditions:
            assert each.reason
            assert each.message
            assert each.type not in {"Stalled", "Reconciling"} or each.status == "True"

    @invariant()
    def sequences_grow(self) -> None:
        last, current = self.world.status.last_run, self.world.status.current_run
        assert last is None or current is None or current.sequence > last.sequence


OneImport.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestOneImport = OneImport.TestCase
