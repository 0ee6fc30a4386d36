"""What the operator's settings and the other imports mean for one import."""

from collections.abc import Collection, Mapping
from typing import Final

from jobimport.ids import PoolKey
from jobimport.queue.tasks import RunView
from jobimport.resource.object import ImportObject
from jobimport.resource.status import WorkersStatus
from jobimport.validation import Problem, check_spec
from jobimport_operator.decide import Surroundings
from jobimport_operator.index import Index
from jobimport_operator.ports import Trouble

_REMEMBERED: Final = 20_000


class Rules:
    """Puts together what `decide` needs to know beside the import itself."""

    def __init__(
        self,
        *,
        pools: Collection[str],
        concurrency: int,
        max_crashes: int,
        workers: Mapping[PoolKey, WorkersStatus],
        troubles: Mapping[PoolKey, Trouble],
    ) -> None:
        self._pools = frozenset(pools)
        self._concurrency = concurrency
        self._max_crashes = max_crashes
        self._workers = workers
        self._troubles = troubles
        self._checked: dict[tuple[str, int], tuple[Problem, ...]] = {}

    def surroundings(
        self,
        imp: ImportObject,
        index: Index,
        run: RunView | None,
        queue_problem: str | None = None,
    ) -> Surroundings:
        """Look around an import, of which `run` is the current run as the queue knows it."""
        return Surroundings(
            run=run,
            problems=self._problems(imp),
            rival=index.rival(imp),
            pools=self._pools,
            workers=self._workers.get(imp.pool),
            concurrency=self._concurrency,
            max_crashes=self._max_crashes,
            trouble=self._troubles.get(imp.pool),
            queue_problem=queue_problem,
        )

    def _problems(self, imp: ImportObject) -> tuple[Problem, ...]:
        """Check a spec once per generation: expressions are costly to compile."""
        if imp.spec is None:
            return ()
        key = (imp.uid, imp.generation)
        if (found := self._checked.get(key)) is None:
            if len(self._checked) >= _REMEMBERED:
                self._checked.clear()
            found = self._checked[key] = tuple(check_spec(imp.spec))
        return found
