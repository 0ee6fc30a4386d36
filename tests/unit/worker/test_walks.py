"""Pagination, verdicts and closing: pure decisions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimport.ids import PartitionKey
from jobimport.resource.spec import Completeness
from jobimport.resource.status import Verdict
from jobimport.resource.walking import Pagination
from jobimport.store.closing import (
    Census,
    ClosedReason,
    ClosingPlan,
    OpenPosting,
    Settled,
    WalkFacts,
    plan_closing,
)
from jobimport.store.seen import SeenIds, count_distinct, id_hash
from jobimport_worker.paginate import Following, PageFacts, PageRef, lead_of, next_step, sent_for
from jobimport_worker.verdict import PartitionVerdict, judge_partition, judge_run

A, B = PartitionKey("a"), PartitionKey("b")
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def walk(pagination: Pagination, total: int, gives: int, *, tells_total: bool) -> list[int]:
    """Walk a source of `total` records that gives at most `gives` a page; the records seen."""
    size = min(gives, pagination.size.value) if pagination.size else gives
    seen: list[int] = []
    pending = [PageRef()]
    while pending:
        page = pending.pop()
        sent = sent_for(pagination, page)
        offset = sent.query.get("offset")
        start = int(offset) if offset else (int(sent.query.get("page", "1")) - 1) * size
        records = list(range(start, min(start + size, total)))
        seen += records
        facts = PageFacts(len(records), total=total if tells_total else None)
        step = next_step(pagination, page, facts)
        assert step.problem is None
        pending += step.following.pages() if step.following else []
        assert len(seen) <= total
    return seen


@given(
    kind=st.sampled_from(["page", "offset"]),
    total=st.integers(0, 300),
    size=st.integers(1, 60),
    gives=st.integers(1, 60),
    tells_total=st.booleans(),
)
def test_a_walk_sees_every_record_once(
    kind: str, total: int, size: int, gives: int, tells_total: bool
) -> None:
    if kind == "offset" and gives < size and not tells_total:
        gives = size  # without a total, a source that gives fewer than asked for cannot be stepped
    pagination = Pagination.model_validate(
        {"type": kind, "size": {"name": "n", "value": size}, "stop": {"total": "total"}}
    )
    assert sorted(walk(pagination, total, gives, tells_total=tells_total)) == list(range(total))


LINKED = {
    "cursor": {"type": "cursor", "next": {"path": "next"}},
    "nextUrl": {"type": "nextUrl", "next": {"path": "next"}},
    "link": {"type": "link"},
}


@given(
    kind=st.sampled_from(sorted(LINKED)),
    pages=st.integers(1, 12),
    back=st.none() | st.integers(1, 12),
)
def test_a_chain_of_pages_is_walked_to_its_end_and_a_ring_proves_nothing(
    kind: str, pages: int, back: int | None
) -> None:
    """`back`: the page that the last one leads to, itself among them."""
    pagination = Pagination.model_validate(LINKED[kind])
    ring = back is not None and back <= pages
    at, asked, leads, step = PageRef(), list[int](), dict[str, int](), None
    while len(asked) <= pages:
        name = at.cursor or (at.url or "").rpartition("/")[2] or "1"
        asked.append(int(name))
        following = int(name) + 1 if int(name) < pages else back if ring else None
        told = str(following) if following else None
        told = f"/{told}" if told and kind != "cursor" else told
        facts = PageFacts(10, next=told, base_url=f"https://a.example/{name}")
        lead = lead_of(pagination, facts)
        repeats = leads.setdefault(lead, at.number) if lead else None
        facts = replace(facts, repeats=None if repeats == at.number else repeats)
        step = next_step(pagination, at, facts)
        if step.following is None:
            break
        (at,) = step.following.pages()
    assert step is not None
    assert step.closed
    assert (step.proof, step.problem is not None) == (not ring, ring)
    assert asked[:pages] == list(range(1, pages + 1))


def test_a_page_that_gives_its_own_cursor_goes_round() -> None:
    pagination = Pagination.model_validate(LINKED["cursor"])
    step = next_step(pagination, PageRef(2, cursor="b"), PageFacts(10, next="b"))
    assert "its own cursor" in (step.problem or "")


@pytest.mark.parametrize(("total", "truncated"), [(39, False), (40, True), (41, True)])
def test_p6_a_total_that_is_the_cap_may_be_more(total: int, truncated: bool) -> None:
    pagination = Pagination.model_validate(
        {"type": "page", "size": {"value": 10}, "stop": {"total": "n"}, "cap": {"records": 40}}
    )
    step = next_step(pagination, PageRef(), PageFacts(10, total=total))
    assert (step.truncated, step.proof) == (truncated, not truncated)


@given(first=st.integers(1, 50), count=st.integers(1, 50), step=st.integers(0, 50))
def test_what_follows_survives_its_way_through_mongodb(first: int, count: int, step: int) -> None:
    following = Following(PageRef(first, offset=first * step, total=9, fanned=True), count, step)
    again = Following.from_document(following.to_document())
    assert again.pages() == following.pages()


def test_an_unknown_total_is_not_zero() -> None:
    pagination = Pagination.model_validate({"type": "page", "stop": {"total": "total"}})
    step = next_step(pagination, PageRef(), PageFacts(20, total=None))
    assert step.following is not None
    assert not step.closed


def a_page(**over: Any) -> dict[str, Any]:
    counts = {"records": over.pop("records", 10), "filtered": 0}
    return {"state": "done", "counts": counts, "proof": True, **over}


@pytest.mark.parametrize(
    ("pages", "missing", "distinct", "verdict"),
    [
        ([a_page()], 0, 10, Verdict.COMPLETE),
        ([a_page(advertisedTotal=1000)], 0, 985, Verdict.COMPLETE),
        ([a_page(advertisedTotal=1000)], 0, 900, Verdict.PARTIAL),
        ([a_page()], 1, 10, Verdict.PARTIAL),
        ([a_page(), {"state": "failed", "error": "404"}], 0, 10, Verdict.PARTIAL),
        ([{"state": "failed", "error": "404"}], 0, 0, Verdict.FAILED),
        ([a_page(truncated=True, proof=False)], 0, 10, Verdict.TRUNCATED),
        ([a_page(problem="loop", proof=False)], 0, 10, Verdict.PARTIAL),
        ([a_page(proof=False)], 0, 10, Verdict.PARTIAL),
        ([a_page(records=0)], 0, 0, Verdict.EMPTY),
        ([a_page(records=0, advertisedTotal=40)], 0, 0, Verdict.PARTIAL),
    ],
)
def test_p6_only_a_walk_that_proves_its_end_is_complete(
    pages: list[dict[str, Any]], missing: int, distinct: int, verdict: Verdict
) -> None:
    judged = judge_partition(A, pages, missing, distinct, 0, Completeness())
    assert judged.verdict is verdict
    assert judged.may_close is (verdict is Verdict.COMPLETE)
    assert judged.message


def test_a_run_is_as_good_as_its_worst_partition() -> None:
    good = judge_partition(A, [a_page()], 0, 10, 0, Completeness())
    bad = judge_partition(B, [{"state": "failed", "error": "x"}], 0, 0, 0, Completeness())
    assert judge_run([good, bad], changed=True) is Verdict.PARTIAL
    assert judge_run([good], changed=False) is Verdict.UNCHANGED
    assert judge_run([bad], changed=False) is Verdict.FAILED


def an_open(number: int, *partitions: PartitionKey, misses: int = 0) -> OpenPosting:
    return OpenPosting(f"s:{number}", str(number), partitions, misses, "t", counted=False)


def planned(
    postings: list[OpenPosting], facts: WalkFacts, rules: Completeness, *, approved: bool
) -> ClosingPlan:
    """The plans of small portions as one: what the guard allows is counted over all of them."""
    portions = [postings[start : start + 3] for start in range(0, len(postings), 3)]
    census, whole = Census(facts, rules), ClosingPlan()
    for portion in portions:
        census.count(portion)
    stopped = census.stopped(approved=approved)
    for portion in portions:
        plan = plan_closing(portion, facts, rules, stopped)
        for name in ("close", "miss", "move", "held"):
            getattr(whole, name).extend(getattr(plan, name))
    return whole


postings = st.lists(
    st.builds(
        an_open,
        st.integers(0, 400),
        st.sampled_from([A, B]),
        misses=st.integers(0, 3),
    ),
    max_size=80,
    unique_by=lambda posting: posting.id,
)


@given(
    postings=postings,
    seen=st.sets(st.integers(0, 400)),
    complete=st.sets(st.sampled_from([A, B])),
    percent=st.integers(0, 100),
    free=st.integers(0, 10),
)
def test_p6_nothing_seen_or_unproven_is_closed_and_the_guard_holds(
    postings: list[OpenPosting],
    seen: set[int],
    complete: set[PartitionKey],
    percent: int,
    free: int,
) -> None:
    rules = Completeness.model_validate(
        {"missesBeforeClose": 1, "closeGuard": {"maxPercent": percent, "freeCount": free}}
    )
    hashes = SeenIds(id_hash(str(number)) for number in seen)
    facts = WalkFacts(NOW, {A: hashes, B: hashes}, {A, B}, complete)
    plan = planned(postings, facts, rules, approved=False)
    for posting, _ in plan.close:
        assert int(posting.external_id) not in seen
        assert set(posting.partitions) <= complete
    settled = Settled()
    settled.add(plan)
    for partition in (A, B):
        closed = settled.closed_in(partition)
        there = sum(partition in posting.partitions for posting in postings)
        assert closed <= max(free, percent * there / 100)


@given(
    sets=st.lists(
        st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 7, 2**64 - 1]), max_size=50),
        max_size=4,
    ),
    others=st.sets(st.integers(0, 2**64 - 1)),
)
def test_seen_ids_are_a_set(sets: list[list[int]], others: set[int]) -> None:
    made = [SeenIds(each) for each in sets]
    for seen, given_ids in zip(made, sets, strict=True):
        assert len(seen) == len(set(given_ids))
        assert all(each in seen for each in given_ids)
        assert {each for each in others if each in seen} == others & set(given_ids)
    assert count_distinct(made) == len({each for ids in sets for each in ids})


def test_seen_ids_of_many_ranges_are_counted_once() -> None:
    hashes = [id_hash(str(number)) for number in range(150_000)]
    first, second = SeenIds(hashes[:100_000] + hashes[:10]), SeenIds(hashes[70_000:])
    assert (len(first), len(second), count_distinct([first, second])) == (100_000, 80_000, 150_000)
    assert hashes[99_999] in first
    assert hashes[100_000] not in first


def test_p6_a_posting_that_another_partition_shows_moves_and_is_not_closed() -> None:
    moved = an_open(1, A, B)
    rules = Completeness(misses_before_close=1)
    facts = WalkFacts(NOW, {B: SeenIds([id_hash("1")])}, {A, B}, {A, B})
    plan = planned([moved], facts, rules, approved=False)
    assert plan.move == [(moved, (A,))]
    assert plan.close == plan.miss == []


@given(
    postings=postings,
    seen=st.sets(st.integers(0, 400)),
    live=st.sets(st.sampled_from([A, B])),
    certain=st.booleans(),
    authoritative=st.booleans(),
)
def test_p6_a_closed_posting_has_a_reason_that_holds(
    postings: list[OpenPosting],
    seen: set[int],
    live: set[PartitionKey],
    certain: bool,
    authoritative: bool,
) -> None:
    over = [each._replace(valid_through=NOW - timedelta(days=each.misses - 1)) for each in postings]
    hashes = SeenIds(id_hash(str(number)) for number in seen)
    facts = WalkFacts(
        NOW, dict.fromkeys(live, hashes), live, live, live, removal_is_certain=certain
    )
    rules = Completeness(misses_before_close=2, authoritative=authoritative)
    plan = planned(over, facts, rules, approved=True)
    assert not plan.held
    for posting, reason in plan.close:
        shown = int(posting.external_id) in seen and posting.partitions[0] in live
        match reason:
            case ClosedReason.EXPIRED:
                assert posting.valid_through is not None
                assert posting.valid_through < NOW
            case ClosedReason.MISSING:
                assert (shown, authoritative) == (False, True)
                assert posting.partitions[0] in live
                assert posting.misses >= 1
            case _:
                assert reason is ClosedReason.SOURCE_REMOVED
                assert certain
                assert posting.partitions[0] not in live
    missed = {each.id for each in plan.miss}
    for posting in over:
        if int(posting.external_id) in seen and posting.partitions[0] in live:
            assert posting.id not in missed


@given(
    states=st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=6), changed=st.booleans()
)
def test_a_run_never_claims_more_than_its_worst_partition(
    states: list[Verdict], changed: bool
) -> None:
    partitions = [
        PartitionVerdict(PartitionKey(str(number)), verdict, "")
        for number, verdict in enumerate(states)
    ]
    judged = judge_run(partitions, changed=changed)
    if {Verdict.FAILED, Verdict.PARTIAL, Verdict.HELD} & set(states):
        assert not judged.successful
    if judged in (Verdict.COMPLETE, Verdict.UNCHANGED):
        assert not {Verdict.TRUNCATED, Verdict.INCREMENTAL} & set(states)
