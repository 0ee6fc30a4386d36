"""Imports to their end, by a real worker on real servers: what is stored, closed, refused."""

import json
from typing import Any

from aiohttp import web

from .conftest import Rig, Source


def a_spec(at: Source, /, **over: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "source": {
            "request": {"url": f"{at.address}/jobs", "timeoutSeconds": 2},
            "format": {"type": "json", "records": "jobs"},
        },
        "mapping": {"externalId": "id", "title": "title", "required": ["title"]},
        "completeness": {"missesBeforeClose": 1},
        "retry": {"maxAttempts": 2, "initialDelaySeconds": 0},
    }
    spec["source"] |= over.pop("source", {})
    return spec | over


def jobs(*numbers: int | str, **fields: Any) -> str:
    return json.dumps({"jobs": [{"id": n, "title": f"Job {n}", **fields} for n in numbers]})


async def test_a_second_run_of_an_unchanged_source_writes_no_posting(rig: Rig) -> None:
    rig.source.gives(jobs(*range(50)))
    first = await rig.run(a_spec(rig.source))
    before = [each async for each in rig.postings().find({})]
    second = await rig.run(a_spec(rig.source))
    after = [each async for each in rig.postings().find({})]
    assert (first.verdict, first.inserted) == ("Complete", 50)
    assert (second.verdict, second.unchanged, second.updated) == ("Unchanged", 50, 0)
    assert after == before


async def test_a_changed_record_is_an_update_with_the_names_of_what_changed(rig: Rig) -> None:
    rig.source.gives(jobs(1, 2))
    await rig.run(a_spec(rig.source))
    rig.source.gives(jobs(1, 2).replace("Job 2", "Task 2"))
    last = await rig.run(a_spec(rig.source))
    assert (last.updated, last.unchanged) == (1, 1)
    changed = await rig.postings().find_one({"externalId": "2"})
    assert (changed["title"], changed["changedFields"]) == ("Task 2", ["title"])


async def test_a_changed_mapping_maps_all_again_without_inserting(rig: Rig) -> None:
    rig.source.gives(jobs(*range(30), firm="Acme"))
    await rig.run(a_spec(rig.source))
    mapping = {"externalId": "id", "title": "title", "company": "firm"}
    last = await rig.run(a_spec(rig.source, mapping=mapping))
    assert (last.inserted, last.updated) == (0, 30)
    assert await rig.stored(company="Acme") == 30


async def test_p6_a_removed_posting_closes_after_its_misses_and_comes_back(rig: Rig) -> None:
    spec = a_spec(rig.source, completeness={"missesBeforeClose": 2})
    rig.source.gives(jobs(*range(10)))
    await rig.run(spec)
    rig.source.gives(jobs(*range(9)))
    missed = await rig.run(spec)
    assert (missed.closed, missed.open) == (0, 10)
    closed = await rig.run(spec)
    assert (closed.closed, closed.open) == (1, 9)
    assert (await rig.postings().find_one({"externalId": "9"}))["closedReason"] == "Missing"
    rig.source.gives(jobs(*range(10)))
    back = await rig.run(spec)
    assert (back.reopened, back.open, back.inserted, back.updated) == (1, 10, 0, 0)


async def test_p6_the_guard_holds_a_great_loss_until_it_is_approved(rig: Rig) -> None:
    guard = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 30, "freeCount": 3}}
    spec = a_spec(rig.source, completeness=guard)
    rig.source.gives(jobs(*range(100)))
    await rig.run(spec)
    rig.source.gives(jobs(*range(60)))
    held = await rig.run(spec)
    assert (held.closed, held.open) == (0, 100)
    assert "40 missing postings were not closed" in held.message
    approved = await rig.run(spec, approve_close=True)
    assert (approved.closed, approved.open) == (40, 60)


async def test_p6_an_empty_source_closes_only_after_it_was_confirmed(rig: Rig) -> None:
    rig.source.gives(jobs(*range(40)))
    await rig.run(a_spec(rig.source))
    rig.source.gives(jobs())
    first = await rig.run(a_spec(rig.source))
    assert (first.verdict, first.closed) == ("Empty", 0)
    second = await rig.run(a_spec(rig.source))
    assert (second.verdict, second.closed, second.open) == ("Empty", 40, 0)


async def test_p6_an_empty_source_that_is_read_in_another_way_is_held_by_the_guard(
    rig: Rig,
) -> None:
    """A path to a list that is always empty looks like an empty source, however often it is read;
    one that has shown records by this spec is believed.
    """
    body = json.loads(jobs(*range(40))) | {"promoted": []}
    rig.source.gives(json.dumps(body))
    await rig.run(a_spec(rig.source))
    mistaken = a_spec(rig.source, source={"format": {"type": "json", "records": "promoted"}})
    for _ in range(3):
        last = await rig.run(mistaken)
        assert (last.verdict, last.closed, last.open) == ("Empty", 0, 40)
    assert "40 missing postings were not closed" in last.message
    rig.source.gives(jobs())
    for closed in (0, 40):
        last = await rig.run(a_spec(rig.source))
        assert (last.verdict, last.closed) == ("Empty", closed)


async def test_p6_an_id_that_is_not_found_any_more_closes_nothing(rig: Rig) -> None:
    """Nor where nothing else would hold it: the records are there, though nobody can tell which."""
    rig.source.gives(jobs(*range(20)))
    hasty = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 100}}
    await rig.run(a_spec(rig.source, completeness=hasty))
    mapping = {"externalId": "no.such.field", "title": "title"}
    last = await rig.run(a_spec(rig.source, mapping=mapping, completeness=hasty))
    assert (last.verdict, last.rejected, last.closed, last.open) == ("Partial", 20, 0, 20)
    assert "20 records have no id" in last.message
    assert "does mapping.externalId still fit the source" in last.message


async def test_p6_a_broken_mapping_closes_nothing(rig: Rig) -> None:
    """Nor where nothing else would hold it: what is missed once is closed, however much it is."""
    rig.source.gives(jobs(*range(20)))
    hasty = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 100}}
    await rig.run(a_spec(rig.source, completeness=hasty))
    mapping = {"externalId": "id", "title": "no.such.field", "required": ["title"]}
    last = await rig.run(a_spec(rig.source, mapping=mapping, completeness=hasty))
    assert (last.verdict, last.rejected, last.closed, last.open) == ("Unchanged", 20, 0, 20)


async def test_p6_a_truncated_run_closes_nothing(rig: Rig) -> None:
    rig.source.handler = numbered_pages(rig, 60, size=10)
    walk = {"type": "page", "size": {"name": "size", "value": 10}, "stop": {"total": "total"}}
    await rig.run(a_spec(rig.source, source={"pagination": walk}))
    capped = walk | {"cap": {"records": 40}}
    last = await rig.run(a_spec(rig.source, source={"pagination": capped}))
    assert (last.verdict, last.pages, last.closed, last.open) == ("Truncated", 4, 0, 60)


async def test_p6_fewer_ids_than_advertised_make_a_partial_run(rig: Rig) -> None:
    rig.source.handler = numbered_pages(rig, 30, size=10, total=45)
    walk = {"type": "page", "size": {"name": "size", "value": 10}, "stop": {"total": "total"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert last.verdict == "Partial"
    assert "30 different ids of 45 advertised" in last.message


async def test_p6_coverage_that_falls_holds_the_run_and_keeps_good_values(rig: Rig) -> None:
    mapping = {
        "externalId": "id",
        "title": "title",
        "company": "firm",
        "minCoverage": {"company": 90},
    }
    rig.source.gives(jobs(*range(10), firm="Acme"))
    await rig.run(a_spec(rig.source, mapping=mapping))
    rig.source.gives(jobs(*range(9), firm=None))
    last = await rig.run(a_spec(rig.source, mapping=mapping))
    assert (last.verdict, last.closed) == ("Held", 0)
    assert "company in 0%" in last.message
    assert await rig.stored(company="Acme") == 10


async def test_p7_one_bad_record_costs_one_record_and_is_kept_with_its_reason(rig: Rig) -> None:
    body = json.loads(jobs(*range(10)))
    body["jobs"][3]["title"] = None
    body["jobs"][5].pop("id")
    rig.source.gives(json.dumps(body))
    last = await rig.run(a_spec(rig.source))
    assert (last.verdict, last.inserted, last.rejected, last.records) == ("Complete", 8, 2, 10)
    rejects = {each["reason"]: each async for each in rig.database["jobimport.rejects"].find({})}
    assert set(rejects) == {"title is missing", "externalId is missing"}
    assert '"id":3' in rejects["title is missing"]["raw"]
    body["jobs"][3]["title"] = "Mended"
    rig.source.gives(json.dumps(body))
    mended = await rig.run(a_spec(rig.source))
    assert (mended.inserted, mended.rejected) == (1, 1)


async def test_p7_a_tag_without_a_name_costs_nothing(rig: Rig) -> None:
    body = json.loads(jobs(1, 2, text="<p>We write Go.</p>"))
    body["jobs"][0]["text"] = "We write Rust </> Go"
    rig.source.gives(json.dumps(body))
    mapping = {"externalId": "id", "title": "title", "description": "text"}
    last = await rig.run(a_spec(rig.source, mapping=mapping))
    assert (last.verdict, last.inserted, last.rejected) == ("Complete", 2, 0)
    stored = await rig.postings().find_one({"externalId": "1"})
    assert stored["description"] == "We write Rust  Go"


async def test_operators_in_a_record_are_data_to_mongodb(rig: Rig) -> None:
    rig.source.gives(jobs(1, pay={"$gt": 1, "a.b": {"$where": "x"}}))
    mapping = {"externalId": "id", "title": "title", "extra": {"pay": "pay"}, "keepRaw": True}
    await rig.run(a_spec(rig.source, mapping=mapping))
    stored = await rig.postings().find_one({})
    assert stored["extra"]["pay"]["\uff04gt"] == 1
    assert "$" not in json.dumps(stored["raw"], ensure_ascii=False)


async def test_next_urls_are_followed_to_their_end(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        number = int(request.query.get("page", "1"))
        links = {"next": f"/jobs?page={number + 1}"} if number < 5 else {"next": None}
        found = json.loads(jobs(*range(number * 10, number * 10 + 10)))
        return web.json_response({**found, "links": links})

    rig.source.handler = handler
    walk = {"type": "nextUrl", "next": {"path": "links.next"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert (last.verdict, last.pages, last.inserted) == ("Complete", 5, 50)


async def test_offsets_of_partitions_are_walked_apart(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        base = {"a": 0, "b": 1000}[request.path[1]]
        start = int(request.query["offset"])
        return web.Response(text=jobs(*range(base + start, base + min(start + 10, 25))))

    rig.source.handler = handler
    source = {
        "request": {"url": f"{rig.source.address}/{{partition.board}}/jobs"},
        "partitions": {"values": [{"board": "a"}, {"board": "b"}]},
        "pagination": {"type": "offset", "size": {"name": "limit", "value": 10}},
    }
    last = await rig.run(a_spec(rig.source, source=source))
    assert (last.verdict, last.inserted, len(last.partitions)) == ("Complete", 50, 2)


async def test_csv_and_json_lines_are_read(rig: Rig) -> None:
    rig.source.gives('id;title\n1;Cook\n2;"Head\nchef"\n', "text/csv")
    csv = {"format": {"type": "csv", "delimiter": ";"}}
    assert (await rig.run(a_spec(rig.source, source=csv))).inserted == 2
    rig.source.gives('{"id": 7, "title": "Nurse"}\n\n{"id": 8, "title": "Smith"}', "text/plain")
    lines = {"format": {"type": "jsonLines"}}
    assert (await rig.run(a_spec(rig.source, source=lines))).inserted == 2


def numbered_pages(rig: Rig, count: int, size: int, total: int | None = None) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        start = (int(request.query["page"]) - 1) * size
        found = json.loads(jobs(*range(start, min(start + size, count))))
        return web.json_response({**found, "total": total or count})

    return handler
