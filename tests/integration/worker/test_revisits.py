"""Documents that are asked for only if they changed: a 304 stands for what they showed."""

from typing import Any

from aiohttp import web

from .conftest import Rig
from .test_importing import a_spec, jobs


class Document:
    """A document with an ETag, which a request may name."""

    def __init__(self, rig: Rig, body: str, *, by_date: bool = False) -> None:
        self.rig, self.body, self.version, self.by_date = rig, body, 1, by_date
        self.answers: list[int] = []
        rig.source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        tag, date = f'"v{self.version}"', f"Sun, 0{self.version} Nov 2026 00:00:00 GMT"
        headers = {"Last-Modified": date} if self.by_date else {"ETag": tag}
        asked = request.headers.get("If-Modified-Since" if self.by_date else "If-None-Match")
        same = asked == (date if self.by_date else tag)
        self.answers.append(304 if same else 200)
        if same:
            return web.Response(status=304, headers=headers)
        return web.Response(body=self.body, headers=headers, content_type="application/json")

    def becomes(self, body: str) -> None:
        self.body, self.version = body, self.version + 1


async def test_p6_a_document_that_is_as_it_was_confirms_all_and_closes_nothing(rig: Rig) -> None:
    document = Document(rig, jobs(*range(45)))
    spec = a_spec(rig.source)
    await rig.run(spec)
    for _ in range(3):  # also when the sightings of the first run are long gone
        last = await rig.run(spec)
        assert (last.verdict, last.records, last.unchanged) == ("Unchanged", 45, 45)
        assert (last.closed, last.open) == (0, 45)
    assert document.answers == [200, 304, 304, 304]
    document.becomes(jobs(*range(44)))
    changed = await rig.run(spec)
    assert (changed.verdict, changed.closed, changed.open) == ("Complete", 1, 44)


async def test_last_modified_is_a_validator_too(rig: Rig) -> None:
    document = Document(rig, jobs(1), by_date=True)
    await rig.run(a_spec(rig.source))
    assert (await rig.run(a_spec(rig.source))).verdict == "Unchanged"
    assert document.answers == [200, 304]


async def test_misses_are_counted_on_by_a_document_that_is_as_it_was(rig: Rig) -> None:
    document = Document(rig, jobs(1, 2))
    spec = a_spec(rig.source, completeness={"missesBeforeClose": 2})
    await rig.run(spec)
    document.becomes(jobs(1))
    assert (await rig.run(spec)).closed == 0
    assert (await rig.run(spec)).closed == 1
    assert document.answers == [200, 200, 304]


async def test_a_changed_mapping_or_source_reads_the_document_again(rig: Rig) -> None:
    document = Document(rig, jobs(1, 2, firm="Acme"))
    await rig.run(a_spec(rig.source))
    mapping = {"externalId": "id", "title": "title", "company": "firm"}
    assert (await rig.run(a_spec(rig.source, mapping=mapping))).updated == 2
    where = {"format": {"records": "jobs", "where": "id == `1`"}}
    await rig.run(a_spec(rig.source, source=where, mapping=mapping))
    assert document.answers == [200, 200, 200]


async def test_p2_a_document_whose_sightings_are_lost_is_read_again(rig: Rig) -> None:
    document = Document(rig, jobs(*range(30)))
    spec = a_spec(rig.source)
    await rig.run(spec)
    await rig.database["jobimport.sightings"].delete_one({})
    last = await rig.run(spec)
    assert (last.verdict, last.records, last.closed) == ("Unchanged", 30, 0)
    assert document.answers == [200, 200]


async def test_a_failure_in_between_forgets_nothing_and_rejects_stay_told(rig: Rig) -> None:
    body = jobs(1, 2).replace('"title": "Job 2"', '"title": null')
    document = Document(rig, body)
    spec = a_spec(rig.source)
    assert (await rig.run(spec)).rejected == 1
    rig.source.gives("oops", status=404)
    assert (await rig.run(spec)).verdict == "Failed"
    rig.source.handler = document.answer
    last = await rig.run(spec)
    assert (last.verdict, last.rejected, last.unchanged, last.closed) == ("Unchanged", 1, 1, 0)
    assert document.answers == [200, 304]


async def test_a_walk_of_pages_is_never_asked_for_conditionally(rig: Rig) -> None:
    document = Document(rig, jobs(1))
    walk: dict[str, Any] = {"type": "page", "size": {"value": 5}, "stop": {"onShortPage": True}}
    for _ in range(2):
        await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert document.answers == [200, 200]
