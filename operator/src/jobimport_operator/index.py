"""The imports as last seen, and which of them claims which source name."""

from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

from jobimport.ids import ImportKey, PoolKey
from jobimport.resource.defaults import source_name
from jobimport.resource.object import ImportObject

Claim = tuple[str, str]
"""A collection and a source name in it: postings of both are told apart by nothing else."""


class Index:
    """All imports by key. Remembers who claims a source name, so that two never share one.

    What the loops ask again and again is kept up with each change, and not counted anew.
    """

    def __init__(self) -> None:
        self._imports: dict[ImportKey, ImportObject] = {}
        self._claims: dict[Claim, set[ImportKey]] = {}
        self._running: dict[ImportKey, ImportObject] = {}
        self._current: Counter[str] = Counter()
        self._pools: Counter[PoolKey] = Counter()

    def get(self, key: ImportKey) -> ImportObject | None:
        """Return the import as last seen."""
        return self._imports.get(key)

    def __iter__(self) -> Iterator[ImportObject]:
        return iter(list(self._imports.values()))

    def __len__(self) -> int:
        return len(self._imports)

    def put(self, key: ImportKey, imp: ImportObject | None) -> set[ImportKey]:
        """Take in an import, or that it is gone (None); returns the other imports concerned."""
        before = self._imports.get(key)
        old = claim_of(before) if before else None
        new = claim_of(imp) if imp else None
        _recount(self._pools, pools_of(before), pools_of(imp))
        _recount(self._current, _runs_of(before), _runs_of(imp))
        if imp is None:
            self._imports.pop(key, None)
        else:
            self._imports[key] = imp
        if imp is None or imp.status.current_run is None:
            self._running.pop(key, None)
        else:
            self._running[key] = imp
        if old == new:
            return set()
        concerned: set[ImportKey] = set()
        if old is not None:
            self._claims[old].discard(key)
            concerned |= self._claims[old]
            if not self._claims[old]:
                del self._claims[old]
        if new is not None:
            claimants = self._claims.setdefault(new, set())
            concerned |= claimants
            claimants.add(key)
        return concerned - {key}

    def rival(self, imp: ImportObject) -> ImportKey | None:
        """Name the oldest other import that claims the same source name; None if `imp` is older."""
        claim = claim_of(imp)
        if claim is None:
            return None
        claimants = [self._imports[key] for key in self._claims.get(claim, ()) if key != imp.key]
        oldest = min(claimants, key=_age, default=None)
        return oldest.key if oldest is not None and _age(oldest) < _age(imp) else None

    def pools(self) -> set[PoolKey]:
        """Name the pools that an import asks for, or has a run in."""
        return set(self._pools)

    def is_current(self, run: str) -> bool:
        """Whether the status of an import names this run as its current one."""
        return run in self._current

    def pools_in_work(self) -> set[PoolKey]:
        """Name the pools in which an import has a run."""
        return {
            PoolKey(imp.namespace, run.pool)
            for imp in self._running.values()
            if (run := imp.status.current_run) is not None
        }

    def running(self) -> list[ImportObject]:
        """List the imports whose status names a current run."""
        return list(self._running.values())


T = TypeVar("T")


def _recount(counter: Counter[T], before: set[T], after: set[T]) -> None:
    """Count what is there in place of what was; what there is none of any more is forgotten."""
    counter.update(after)
    counter.subtract(before)
    for each in before:
        if counter[each] <= 0:
            del counter[each]


def _runs_of(imp: ImportObject | None) -> set[str]:
    run = imp.status.current_run if imp is not None else None
    return set() if run is None else {run.id}


def pools_of(imp: ImportObject | None) -> set[PoolKey]:
    """The pools that an import asks for, or has a run in."""
    if imp is None:
        return set()
    pools = {imp.pool} if imp.spec is not None else set[PoolKey]()
    if (run := imp.status.current_run) is not None:
        pools.add(PoolKey(imp.namespace, run.pool))
    return pools


def claim_of(imp: ImportObject) -> Claim | None:
    """Return what an import claims; None while its spec can't be read."""
    if imp.spec is None or imp.deleting:
        return None
    return imp.spec.destination.collection, imp.status.source_name or source_name(imp)


def _age(imp: ImportObject) -> tuple[str, str]:
    return imp.created_at.isoformat(), imp.uid
