"""A page whose body is as it was is not decoded again; all the same it is judged by what is stored.

Each test's last run is given the same bytes as the run before.
"""

from typing import Any

import pytest

from jobimport_worker.decode.structured import JsonDecoder

from .conftest import Rig
from .test_importing import a_spec, jobs, numbered_pages


@pytest.fixture
def undecoded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """After a call no body can be decoded any more."""

    def refuse(self: JsonDecoder, body: bytes) -> Any:
        raise AssertionError("the body was decoded")

    return lambda: monkeypatch.setattr(JsonDecoder, "_whole", refuse)


async def stored(rig: Rig) -> list[dict[str, Any]]:
    return [each async for each in rig.postings().find({}).sort("_id", 1)]


async def test_a_body_that_is_as_it_was_is_seen_without_being_decoded(
    rig: Rig, undecoded: Any
) -> None:
    rig.source.gives(jobs(*range(45)))
    where = {"format": {"records": "jobs", "where": "id != `7`"}}
    spec = a_spec(rig.source, source=where, mapping={"externalId": "id", "title": "title"})
    first = await rig.run(spec)
    before = await stored(rig)
    undecoded()
    for _ in range(2):
        last = await rig.run(spec)
        assert (last.verdict, last.records, last.unchanged) == ("Unchanged", 44, 44)
        assert (last.open, last.failed_pages) == (first.open, 0)
    assert await stored(rig) == before
    page = await rig.database["jobimport.pages"].find_one({"run": last.id})
    assert page is not None
    assert page["counts"]["filtered"] == 1
    assert page["coverage"]["filled"] == {"title": 44}


async def test_pages_that_are_as_they_were_lead_to_the_next_ones(rig: Rig, undecoded: Any) -> None:
    rig.source.handler = numbered_pages(rig, 55, size=10)
    walk = {"type": "page", "size": {"name": "size", "value": 10}, "stop": {"total": "total"}}
    spec = a_spec(rig.source, source={"pagination": walk})
    await rig.run(spec)
    undecoded()
    last = await rig.run(spec)
    assert (last.verdict, last.pages, last.unchanged) == ("Unchanged", 6, 55)


async def test_a_changed_body_is_decoded(rig: Rig) -> None:
    rig.source.gives(jobs(1, 2))
    await rig.run(a_spec(rig.source))
    rig.source.gives(jobs(1, 2).replace("Job 2", "Job 3"))
    assert (await rig.run(a_spec(rig.source))).updated == 1


async def test_p6_a_closed_posting_is_reopened_though_its_page_is_as_it_was(rig: Rig) -> None:
    rig.source.gives(jobs(*range(30)))
    await rig.run(a_spec(rig.source))
    closed = {"closedAt": (await stored(rig))[0]["firstSeenAt"], "closedReason": "Missing"}
    await rig.postings().update_one({"externalId": "3"}, {"$set": closed})
    last = await rig.run(a_spec(rig.source))
    assert (last.reopened, last.unchanged, last.open) == (1, 29, 30)


async def test_p6_a_missed_posting_is_no_more_missed(rig: Rig) -> None:
    rig.source.gives(jobs(*range(30)))
    await rig.run(a_spec(rig.source))
    await rig.postings().update_one({"externalId": "3"}, {"$set": {"misses": 1}})
    await rig.run(a_spec(rig.source))
    assert await rig.stored(misses=0) == 30


@pytest.mark.parametrize("batch", ["first", "last"])
async def test_p1_a_posting_that_was_taken_away_comes_back(rig: Rig, batch: str) -> None:
    rig.source.gives(jobs(*range(45)))
    await rig.run(a_spec(rig.source))
    taken = {"first": "0", "last": "44"}[batch]
    await rig.postings().delete_one({"externalId": taken})
    last = await rig.run(a_spec(rig.source))
    assert (last.inserted, last.unchanged, last.records) == (1, 44, 45)
    assert await rig.stored() == 45


async def test_p1_a_posting_that_something_else_wrote_is_written_again(rig: Rig) -> None:
    rig.source.gives(jobs(*range(30)))
    await rig.run(a_spec(rig.source))
    other = {"title": "Other", "rawHash": "0", "contentHash": "0"}
    await rig.postings().update_one({"externalId": "3"}, {"$set": other})
    assert (await rig.run(a_spec(rig.source))).updated == 1
    assert await rig.stored(title="Job 3") == 1


async def test_a_posting_of_another_partition_becomes_one_of_this_too(rig: Rig) -> None:
    rig.source.gives(jobs(*range(5)))
    await rig.run(a_spec(rig.source))
    await rig.postings().update_one({"externalId": "3"}, {"$set": {"partitions": ["else"]}})
    await rig.run(a_spec(rig.source))
    assert await rig.stored(partitions="all") == 5


async def test_a_changed_mapping_reads_the_body_again(rig: Rig) -> None:
    rig.source.gives(jobs(*range(5), firm="Acme"))
    await rig.run(a_spec(rig.source))
    mapping = {"externalId": "id", "title": "title", "company": "firm"}
    assert (await rig.run(a_spec(rig.source, mapping=mapping))).updated == 5


async def test_p7_rejects_are_told_again_by_each_run(rig: Rig) -> None:
    rig.source.gives(jobs(*range(5)).replace('"Job 3"', "null"))
    for _ in range(3):
        last = await rig.run(a_spec(rig.source))
        assert (last.rejected, last.records) == (1, 5)


async def test_ids_that_come_twice_with_other_content_are_told_again_by_each_run(rig: Rig) -> None:
    rig.source.gives(jobs(1, 2, 3).replace('"id": 3', '"id": 2'))
    for _ in range(3):
        last = await rig.run(a_spec(rig.source))
        assert last.verdict == "Partial"
        assert "came twice with different content" in last.message
