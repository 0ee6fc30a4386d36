"""The sweeper, on a real Redis: which queues it looks at, and when."""

from pathlib import Path

from redis.asyncio import Redis

from integration.operator.conftest import POOL
from jobimport.ids import ImportKey, RunId, TaskId
from jobimport.queue.tasks import RunStart, RunState, Task, TaskKind
from jobimport_operator.adapters.local.imports import FolderImports
from jobimport_operator.index import Index
from jobimport_operator.reconcile import Queues
from jobimport_operator.sweep import Sweeper

RUN = RunStart(RunId("run"), ImportKey("default", "gone"), "u", 1, 1, "Requested", 4, 3, b"{}")


async def test_a_run_whose_import_went_at_once_and_unnoticed_is_ended_by_the_next_step(
    redis: Redis, tmp_path: Path
) -> None:
    """So it is where a write found it gone before the watch was open, which then tells nothing."""
    queues = Queues(redis)
    imports = FolderImports(tmp_path, tmp_path / "state")
    sweeper = Sweeper(
        imports=imports, queues=queues, index=Index(), pools=lambda: {POOL},
        add=lambda _: None, take_in=lambda *_: None, clock=lambda: 0.0,
    )  # fmt: skip
    await sweeper.step()
    await queues[POOL].start_run(RUN, [Task(TaskId("run/plan"), TaskKind.PLAN)])
    sweeper.expect(POOL)
    await sweeper.step()
    view = await queues[POOL].run_view(RUN.id)
    assert view is not None
    assert view.state is RunState.CANCELLED
