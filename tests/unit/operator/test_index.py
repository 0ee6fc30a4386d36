"""Which import has a source name."""

from datetime import timedelta

from hypothesis import given, strategies

from jobimport.ids import ImportKey, PoolKey
from jobimport.resource.object import ImportObject
from jobimport.resource.status import CurrentRun, JobImportStatus
from jobimport_operator.index import Index
from unit.operator.builders import NOON, an_import

SOURCE = {"name": "shared", "request": {"url": "https://jobs.example.com"}, "format": {}}


def test_two_claims_of_a_source_name_are_held_against_the_younger() -> None:
    index = Index()
    elder = an_import(name="elder", source=SOURCE)
    younger = an_import(name="younger", source=SOURCE, created_at=NOON + timedelta(seconds=1))
    elsewhere = an_import(name="third", source=SOURCE, destination={"collection": "other"})
    assert index.put(younger.key, younger) == set()
    assert index.put(elder.key, elder) == {younger.key}
    index.put(elsewhere.key, elsewhere)
    assert index.rival(younger) == elder.key
    assert index.rival(elder) is None
    assert index.rival(elsewhere) is None
    assert index.put(elder.key, None) == {younger.key}
    assert index.rival(younger) is None


def with_a_run_in(pool: str | None) -> JobImportStatus:
    if pool is None:
        return JobImportStatus()
    run = CurrentRun(id="r", sequence=1, reason="x", started_at=NOON, generation=1, pool=pool)
    return JobImportStatus(current_run=run)


IMPORTS = strategies.builds(
    an_import,
    name=strategies.sampled_from(["a", "b"]),
    pool=strategies.sampled_from(["default", "large"]),
    status=strategies.sampled_from([None, "default", "large"]).map(with_a_run_in),
)


@given(strategies.lists(strategies.tuples(IMPORTS, strategies.booleans())))
def test_pools_and_runs_are_those_of_the_imports_that_are_there(
    steps: list[tuple[ImportObject, bool]],
) -> None:
    index, there = Index(), dict[ImportKey, ImportObject]()
    for imp, comes in steps:
        index.put(imp.key, imp if comes else None)
        there.pop(imp.key, None)
        if comes:
            there[imp.key] = imp
    running = {key: imp for key, imp in there.items() if imp.status.current_run}
    assert {imp.key: imp for imp in index.running()} == running
    asked = {imp.pool for imp in there.values()}
    runs = {PoolKey(imp.namespace, imp.status.current_run.pool) for imp in running.values()}
    assert index.pools() == asked | runs
