"""What closes a posting beside its absence, and what keeps it open: expiry, removal, coverage."""

import json
from typing import Any

import pytest
from aiohttp import web
from pymongo.errors import AutoReconnect

from jobimport.resource.status import LastRun
from jobimport.store import settling
from jobimport.store.postings import write_all_whole

from .conftest import Rig, Source
from .test_importing import a_spec, jobs

GUARD = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 30, "freeCount": 3}}


def boards(at: Source, *names: str, **over: Any) -> dict[str, Any]:
    """A spec of one partition a board."""
    source = {
        "request": {"url": f"{at.address}/{{partition.board}}/jobs"},
        "partitions": {"values": [{"board": name} for name in names]},
    }
    return a_spec(at, source=source, **over)


def serve_boards(at: Source, **boards: list[int]) -> None:
    """Each board lists its numbers; a board that is not named answers 404."""

    async def handler(request: web.Request) -> web.StreamResponse:
        numbers = boards.get(request.path.split("/")[1])
        return (
            web.Response(text=jobs(*numbers)) if numbers is not None else web.Response(status=404)
        )

    at.handler = handler


async def test_a_posting_whose_time_is_over_is_closed_as_expired_and_stays_closed(rig: Rig) -> None:
    mapping = {"externalId": "id", "title": "title", "validThrough": "until"}
    spec = a_spec(rig.source, mapping=mapping)
    rows = json.loads(jobs(*range(5), until="2099-01-01"))
    rows["jobs"][2]["until"] = "2020-01-01"
    rig.source.gives(json.dumps(rows))
    first = await rig.run(spec)
    assert (first.inserted, first.closed, first.open) == (5, 1, 4)
    expired = await rig.postings().find_one({"externalId": "2"})
    assert expired["closedReason"] == "Expired"
    again = await rig.run(spec)
    assert (again.verdict, again.reopened, again.closed, again.open) == ("Unchanged", 0, 0, 4)
    rows["jobs"][2]["until"] = "2099-01-01"
    rig.source.gives(json.dumps(rows))
    prolonged = await rig.run(spec)
    assert (prolonged.reopened, prolonged.open) == (1, 5)


async def test_p6_the_guard_holds_a_mapping_that_lets_everything_expire(rig: Rig) -> None:
    mapping = {"externalId": "id", "title": "title", "validThrough": "until"}
    rig.source.gives(jobs(*range(40), until="2020-01-01"))
    last = await rig.run(a_spec(rig.source, mapping=mapping, completeness=GUARD))
    assert (last.closed, last.open) == (0, 40)
    assert "40 expired postings were not closed" in last.message


async def test_a_posting_closed_by_hand_stays_closed(rig: Rig) -> None:
    rig.source.gives(jobs(1, 2))
    await rig.run(a_spec(rig.source))
    first = await rig.postings().find_one({"externalId": "1"})
    closed = {"closedAt": first["lastChangedAt"], "closedReason": "Manual"}
    await rig.postings().update_one({"externalId": "1"}, {"$set": closed})
    last = await rig.run(a_spec(rig.source))
    assert (last.reopened, last.open) == (0, 1)
    rig.source.gives(jobs(1, 2).replace("Job 1", "Task 1"))
    changed = await rig.run(a_spec(rig.source))
    assert (changed.updated, changed.reopened, changed.open) == (1, 0, 1)


async def test_postings_of_a_removed_partition_are_closed_as_such(rig: Rig) -> None:
    serve_boards(rig.source, a=list(range(20)), b=[100, 101])
    await rig.run(boards(rig.source, "a", "b", completeness=GUARD))
    last = await rig.run(boards(rig.source, "a", completeness=GUARD))
    assert (last.closed, last.open) == (2, 20)
    assert await rig.stored(closedReason="SourceRemoved") == 2


async def test_p6_the_guard_holds_when_most_partitions_are_removed(rig: Rig) -> None:
    serve_boards(rig.source, a=list(range(20)), b=list(range(100, 130)))
    await rig.run(boards(rig.source, "a", "b", completeness=GUARD))
    held = await rig.run(boards(rig.source, "a", completeness=GUARD))
    assert (held.closed, held.open) == (0, 50)
    assert "30 removed postings were not closed" in held.message
    approved = await rig.run(boards(rig.source, "a", completeness=GUARD), approve_close=True)
    assert (approved.closed, approved.open) == (30, 20)


async def test_p6_a_removed_partition_closes_nothing_while_another_fails(rig: Rig) -> None:
    serve_boards(rig.source, a=[1, 2], b=[100])
    await rig.run(boards(rig.source, "a", "b", completeness=GUARD))
    serve_boards(rig.source)
    last = await rig.run(boards(rig.source, "a", completeness=GUARD))
    assert (last.verdict, last.closed, last.open) == ("Failed", 0, 3)


async def test_p6_a_partition_that_moves_to_another_name_closes_nothing(rig: Rig) -> None:
    serve_boards(rig.source, old=list(range(30)), new=list(range(30)))
    await rig.run(boards(rig.source, "old", completeness=GUARD))
    last = await rig.run(boards(rig.source, "new", completeness=GUARD))
    assert (last.verdict, last.closed, last.open) == ("Unchanged", 0, 30)
    assert await rig.stored(partitions=["new"]) == 30


async def test_p6_one_failed_partition_closes_nothing_of_its_own(rig: Rig) -> None:
    serve_boards(rig.source, a=[1, 2], b=[100, 101])
    await rig.run(boards(rig.source, "a", "b"))
    serve_boards(rig.source, a=[1])
    last = await rig.run(boards(rig.source, "a", "b"))
    assert (last.verdict, last.closed) == ("Partial", 1)
    assert await rig.stored(partitions="b", closedAt=None) == 2


async def test_p6_a_source_that_is_not_authoritative_closes_nothing_it_misses(rig: Rig) -> None:
    spec = a_spec(rig.source, completeness={"authoritative": False, "missesBeforeClose": 1})
    rig.source.gives(jobs(*range(10)))
    await rig.run(spec)
    rig.source.gives(jobs(1))
    last = await rig.run(spec)
    assert (last.closed, last.open) == (0, 10)


async def clashing(rig: Rig, pages: int) -> LastRun:
    """Walk so many pages that name the same ten ids, each with content of its own, over forty open
    postings.
    """

    async def handler(request: web.Request) -> web.StreamResponse:
        page = int(request.query["page"])
        order = [(n + page) % 10 for n in range(10)] if page <= pages else []
        return web.json_response({"jobs": [{"id": n, "title": f"Page {page}"} for n in order]})

    rig.source.gives(jobs(*range(40)))
    await rig.run(a_spec(rig.source))
    rig.source.handler = handler
    walk = {"pagination": {"type": "page", "size": {"name": "size", "value": 10}}}
    return await rig.run(a_spec(rig.source, source=walk))


async def test_p6_ids_that_come_on_several_pages_with_different_content_are_named(rig: Rig) -> None:
    last = await clashing(rig, pages=2)
    assert (last.verdict, last.closed, last.open) == ("Partial", 0, 40)
    assert "10 ids came on two pages with different content ('2', '3', '4')" in last.message


async def test_p6_each_page_that_overwrites_ids_of_another_counts(rig: Rig) -> None:
    last = await clashing(rig, pages=3)
    assert (last.verdict, last.closed, last.open) == ("Partial", 0, 40)
    assert "20 ids came on two pages with different content" in last.message


async def test_p6_an_id_that_comes_twice_on_a_page_is_named(rig: Rig) -> None:
    rig.source.gives(json.dumps({"jobs": [{"id": 7, "title": "A"}, {"id": 7, "title": "B"}]}))
    last = await rig.run(a_spec(rig.source))
    assert last.verdict == "Partial"
    assert "1 ids came twice with different content ('7')" in last.message


HELD = {"externalId": "id", "title": "title", "company": "firm", "minCoverage": {"company": 50}}


async def test_p6_a_fallen_coverage_holds_also_when_nothing_changes_any_more(rig: Rig) -> None:
    spec = a_spec(rig.source, mapping=HELD)
    rig.source.gives(jobs(*range(30), firm="Acme"))
    await rig.run(spec)
    rig.source.gives(jobs(*range(25), firm=None))
    first, second = await rig.run(spec), await rig.run(spec)
    assert (first.verdict, first.updated, second.verdict) == ("Held", 0, "Held")
    assert (second.closed, second.open, await rig.stored(company="Acme")) == (0, 30, 30)


async def test_values_that_were_kept_are_let_go_when_the_coverage_is_good(rig: Rig) -> None:
    spec = a_spec(rig.source, mapping=HELD)
    rig.source.gives(jobs(*range(30), firm="Acme"))
    await rig.run(spec)
    rows = json.loads(jobs(*range(30), firm="Acme"))
    rows["jobs"][4]["firm"] = None
    rig.source.gives(json.dumps(rows))
    last = await rig.run(spec)
    assert (last.verdict, last.updated) == ("Complete", 1)
    posting = await rig.postings().find_one({"externalId": "4"})
    assert ("company" in posting, "keptFields" in posting) == (False, False)
    assert posting["changedFields"] == ["company"]
    assert posting["history"][-1]["fields"] == {"company": {"from": "Acme", "to": None}}


async def test_p6_one_partition_with_a_fallen_coverage_is_held_alone(rig: Rig) -> None:
    broken: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        name = request.path.split("/")[1]
        first = 0 if name == "a" else 1000
        rows = range(first, first + (25 if name in broken else 30))
        return web.Response(text=jobs(*rows, firm=None if name in broken else "Acme"))

    rig.source.handler = handler
    spec = boards(rig.source, "a", "b", mapping=HELD | {"minCoverage": {"company": 40}})
    await rig.run(spec)
    broken.append("b")
    last = await rig.run(spec)
    assert (last.verdict, last.closed) == ("Held", 0)
    assert {each.key: each.verdict for each in last.partitions} == {"a": "Complete", "b": "Held"}
    assert await rig.stored(company="Acme") == 60


async def test_a_run_tells_which_fields_fell_against_the_run_before(rig: Rig) -> None:
    mapping = {"externalId": "id", "title": "title", "company": "firm", "datePosted": "day"}
    spec = a_spec(rig.source, mapping=mapping)
    rig.source.gives(jobs(*range(40), firm="Acme", day="2026-01-01"))
    await rig.run(spec)
    rig.source.gives(jobs(*range(40), firm="Acme", day="soon"))
    last = await rig.run(spec)
    assert "datePosted is filled in 0% of the postings, 100% in the run before" in last.message
    run = await rig.database["jobimport.runs"].find_one({"_id": last.id})
    coverage = run["coverage"]
    assert (coverage["mapped"], coverage["filled"]["title"]) == (40, 40)
    assert (coverage["errors"], coverage["distinct"]["title"]) == ({"datePosted": 40}, 40)
    assert coverage["fell"] == {"datePosted": {"before": 100, "now": 0}}


async def test_an_unchanged_run_has_the_coverage_of_the_one_before(rig: Rig) -> None:
    rig.source.gives(jobs(*range(25)))
    runs = [await rig.run(a_spec(rig.source)) for _ in range(2)]
    found = [await rig.database["jobimport.runs"].find_one({"_id": each.id}) for each in runs]
    assert [each["coverage"]["filled"] for each in found] == [{"title": 25}, {"title": 25}]


async def test_retention_that_is_shortened_counts_for_what_is_closed_already(rig: Rig) -> None:
    spec = a_spec(rig.source)
    rig.source.gives(jobs(1, 2, 3))
    await rig.run(spec)
    rig.source.gives(jobs(1, 2))
    await rig.run(spec)
    shorter = {"destination": {"retention": {"closedDays": 7, "rejectDays": 2}}}
    await rig.run(spec | shorter)
    closed = await rig.postings().find_one({"externalId": "3"})
    assert (closed["expireAt"] - closed["closedAt"]).days == 7


async def test_fields_that_change_without_meaning_change_nothing(rig: Rig) -> None:
    volatile = {"format": {"type": "json", "records": "jobs", "volatile": ["seen", "tags.rank"]}}
    spec = a_spec(rig.source, source=volatile)
    rig.source.gives(jobs(1, seen="today", tags=[{"name": "x", "rank": 1}]))
    await rig.run(spec)
    before = await rig.postings().find_one({})
    rig.source.gives(jobs(1, seen="yesterday", tags=[{"name": "x", "rank": 2}]))
    last = await rig.run(spec)
    after = await rig.postings().find_one({})
    assert (last.verdict, after) == ("Unchanged", before)


async def test_p6_ids_that_come_again_in_a_later_batch_of_a_page_are_named(rig: Rig) -> None:
    rig.source.gives(jobs(*range(40)))
    await rig.run(a_spec(rig.source))
    rows = [{"id": n % 10, "title": f"Row {n}"} for n in range(20)]
    rig.source.gives(json.dumps({"jobs": rows}))
    last = await rig.run(a_spec(rig.source, batchSize=10))
    assert (last.verdict, last.closed, last.open) == ("Partial", 0, 40)
    assert "10 ids came twice with different content ('0', '1', '2')" in last.message


async def test_a_batch_that_comes_again_unchanged_is_no_clash(rig: Rig) -> None:
    rows = json.loads(jobs(*range(10)))["jobs"]
    rig.source.gives(json.dumps({"jobs": [*rows, *rows]}))
    for verdict in ("Complete", "Unchanged"):
        last = await rig.run(a_spec(rig.source, batchSize=10))
        assert (last.verdict, last.open) == (verdict, 10)


async def test_p6_the_guard_measures_all_portions_that_postings_are_read_in(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "_LOADED_AT_ONCE", 5)
    spec = a_spec(rig.source, completeness=GUARD)
    rig.source.gives(jobs(*range(40)))
    await rig.run(spec)
    rig.source.gives(jobs(*range(13, 40)))
    held = await rig.run(spec)
    assert (held.closed, held.open) == (0, 40)
    assert "13 missing postings were not closed" in held.message
    rig.source.gives(jobs(*range(12, 40)))
    last = await rig.run(spec)
    assert (last.closed, last.open) == (12, 28)


async def test_p6_a_finalize_that_is_cut_off_closes_and_counts_misses_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "_LOADED_AT_ONCE", 5)
    write, portions = write_all_whole, 0

    async def cut_off(*args: Any) -> Any:
        nonlocal portions
        portions += 1
        if portions == 2:
            raise AutoReconnect("the database went away")
        return await write(*args)

    rules = {"missesBeforeClose": 2, "closeGuard": {"maxPercent": 30, "freeCount": 3}}
    spec = a_spec(rig.source, completeness=rules)
    rig.source.gives(jobs(*range(40)))
    await rig.run(spec)
    rig.source.gives(jobs(*range(12, 40)))
    for closed, misses in ((0, 1), (12, 2)):
        portions = 0
        with monkeypatch.context() as cut:
            cut.setattr(settling, "write_all_whole", cut_off)
            last = await rig.run(spec)
        assert (last.closed, last.open) == (closed, 40 - closed)
        assert portions > 2
        assert await rig.stored(misses=misses) == 12
