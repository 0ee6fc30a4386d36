"""P6 over any walk: what is not proven closes nothing, and a run is no better than its parts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobimport.ids import PartitionKey
from jobimport.resource.spec import Completeness
from jobimport.resource.status import Verdict
from jobimport_worker.verdict import PartitionVerdict, judge_partition, judge_run

A = PartitionKey("a")
FROM_BEST = (
    Verdict.COMPLETE,
    Verdict.UNCHANGED,
    Verdict.EMPTY,
    Verdict.INCREMENTAL,
    Verdict.TRUNCATED,
    Verdict.HELD,
    Verdict.PARTIAL,
    Verdict.FAILED,
)

FAILED_PAGES: Any = st.just({"state": "failed", "error": "answered 500"})
DONE_PAGES: Any = st.fixed_dictionaries(
    {
        "state": st.just("done"),
        "counts": st.fixed_dictionaries(
            {"records": st.integers(0, 30), "filtered": st.integers(0, 3)}
        ),
        "proof": st.booleans(),
    },
    optional={
        "truncated": st.booleans(),
        "problem": st.sampled_from([None, "it goes round"]),
        "since": st.sampled_from([None, "2026-11-24"]),
        "advertisedTotal": st.none() | st.integers(0, 200),
        "overwritten": st.integers(0, 40),
        "nameless": st.integers(0, 40),
    },
)
GOOD_PAGES: Any = st.just(
    {"state": "done", "counts": {"records": 10, "filtered": 0}, "proof": True}
)
WALKS: Any = st.lists(GOOD_PAGES, min_size=1, max_size=3) | st.lists(
    DONE_PAGES | FAILED_PAGES, max_size=6
)
LOW: Any = st.sampled_from([None, {}, {"description": 12}])


@given(pages=WALKS, missing=st.integers(0, 2), empty_runs=st.integers(0, 3), low=LOW)
def test_p6_nothing_may_be_closed_unless_the_walk_is_whole_and_proves_its_end(
    pages: Any, missing: int, empty_runs: int, low: Any
) -> None:
    distinct = sum(page["counts"]["records"] for page in pages if page["state"] == "done")
    judged = judge_partition(A, pages, missing, distinct, empty_runs, Completeness(), low)
    assert judged.message
    if not judged.may_close:
        return
    assert pages
    assert missing == 0
    assert all(page["state"] == "done" for page in pages)
    assert any(page["proof"] for page in pages)
    assert not any(page.get(sign) for page in pages for sign in ("truncated", "problem", "since"))
    advertised = next(
        (page["advertisedTotal"] for page in pages if page.get("advertisedTotal") is not None), 0
    )
    for clashing in ("overwritten", "nameless"):
        count = sum(page.get(clashing, 0) for page in pages)
        assert count <= max(5, distinct * 0.02)
    filtered = sum(page["counts"]["filtered"] for page in pages)
    assert advertised - distinct - filtered <= max(5, advertised * 0.02)
    if distinct or filtered:
        assert not low
    else:
        assert empty_runs + 1 >= Completeness().confirm_empty_runs


OF_PARTITIONS: Any = st.sampled_from([each for each in Verdict if each is not Verdict.UNCHANGED])


@given(verdicts=st.lists(OF_PARTITIONS, min_size=1, max_size=4), changed=st.booleans())
def test_p6_a_run_is_no_better_than_its_worst_partition(
    verdicts: list[Verdict], *, changed: bool
) -> None:
    judged = [
        PartitionVerdict(PartitionKey(str(number)), verdict, "why")
        for number, verdict in enumerate(verdicts)
    ]
    run = judge_run(judged, changed=changed)
    worst = max(FROM_BEST.index(each) for each in verdicts)
    if Verdict.FAILED in verdicts:
        assert run is (Verdict.FAILED if set(verdicts) == {Verdict.FAILED} else Verdict.PARTIAL)
    elif worst > FROM_BEST.index(Verdict.EMPTY):
        assert FROM_BEST.index(run) >= worst
    assert run.successful <= all(each.successful for each in verdicts)


@given(
    records=st.integers(1, 2000),
    sign=st.sampled_from(["advertisedTotal", "overwritten", "nameless"]),
    beyond=st.integers(-3, 40),
)
def test_p6_a_walk_with_one_flaw_may_close_just_within_what_is_tolerated(
    records: int, sign: str, beyond: int
) -> None:
    """Of ids that lack, clash or have no name: 5, or 2 in 100 of what there is."""
    flaw = max(int(max(5, records * 0.02)) + beyond, 0)
    counts = {"records": records, "filtered": 0}
    page: dict[str, Any] = {"state": "done", "counts": counts, "proof": True}
    page[sign] = records + flaw if sign == "advertisedTotal" else flaw
    judged = judge_partition(A, [page], 0, records, 0, Completeness())
    of = records + flaw if sign == "advertisedTotal" else records
    tolerated = flaw <= max(5, of * 0.02) and not (sign == "nameless" and records <= flaw)
    assert judged.may_close is (tolerated or not flaw)
