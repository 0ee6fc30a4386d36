"""Previews by a real worker: one page as an import would take it, and nothing written."""

import asyncio
import json
from typing import Any

from aiohttp import web

from jobimport.ids import ImportKey
from jobimport.presets import effective_spec
from jobimport.preview import PreviewResult
from jobimport.queue.oneoffs import OneOffAnswer, answer_of, ask
from jobimport.queue.tasks import TaskKind
from jobimport.resource.spec import JobImportSpec

from .conftest import Rig
from .test_importing import a_spec, jobs


async def answered(rig: Rig, spec: dict[str, Any], limit: int = 20) -> OneOffAnswer:
    whole = effective_spec(JobImportSpec.model_validate(spec))
    manifest = whole.model_dump(mode="json", by_alias=True, exclude_none=True)
    payload = {"spec": manifest, "limit": limit}
    task = await ask(rig.queue, TaskKind.PREVIEW, ImportKey("ns", "imp"), payload)
    async with asyncio.timeout(30):
        while True:
            found = await answer_of(rig.queue, task)
            assert found is not None
            if found.state in ("done", "failed"):
                return found
            await asyncio.sleep(0.02)


async def preview(rig: Rig, spec: dict[str, Any], limit: int = 20) -> PreviewResult:
    found = await answered(rig, spec, limit)
    assert found.error is None
    return PreviewResult.model_validate(found.result)


async def test_a_preview_shows_a_page_and_writes_nothing(rig: Rig) -> None:
    rig.source.gives(json.dumps({**json.loads(jobs(*range(30))), "total": 75}))
    walk = {"type": "page", "size": {"name": "n", "value": 30}, "stop": {"total": "total"}}
    shown = await preview(rig, a_spec(rig.source, source={"pagination": walk}), limit=3)
    assert [each["title"] for each in shown.postings] == ["Job 0", "Job 1", "Job 2"]
    assert (shown.status, shown.content_type, shown.records) == (200, "application/json", 30)
    assert (shown.advertised_total, shown.next_page) == (75, "page 2, and 1 more after it")
    assert shown.coverage["title"].filled == shown.coverage["title"].distinct == 30
    assert shown.warnings == []
    assert rig.source.asked == ["/jobs?n=30&page=1"]
    assert await rig.database.list_collection_names() in ([], ["jobs"])
    assert await rig.stored() == 0


async def test_a_preview_says_what_would_be_rejected_and_what_is_empty(rig: Rig) -> None:
    records = [{"id": n, "title": f"Job {n}", "pay": "lots"} for n in range(4)]
    records += [{"id": 8}, {"title": "no id"}, {"id": 1, "title": "Job 1, again"}]
    rig.source.gives(json.dumps({"jobs": records}))
    mapping = {
        "externalId": "id",
        "title": "title",
        "department": "team",
        "url": "pay",
        "required": ["title"],
        "minCoverage": {"department": 50},
    }
    shown = await preview(rig, a_spec(rig.source, mapping=mapping))
    assert shown.rejected == 2
    assert [(each.external_id, each.reason) for each in shown.rejects] == [
        ("8", "title is missing"),
        (None, "externalId is missing"),
    ]
    assert json.loads(shown.rejects[1].raw) == {"title": "no id"}
    said = "\n".join(shown.warnings)
    assert "2 of 7 records would be rejected" in said
    assert "1 externalIds come more than once, such as '1'" in said
    assert "mapping.department gives nothing in any of 5 postings" in said
    assert "mapping.url cannot be read in 4 of 5 postings: " in said
    assert "department is filled in 0% of the postings, below minCoverage 50%" in said
    assert shown.coverage["url"].errors == 4


async def test_a_preview_sees_escaped_html_and_a_title_that_is_always_the_same(rig: Rig) -> None:
    records = [{"id": n, "title": "Jobs", "text": "&lt;p&gt;Hi"} for n in range(6)]
    rig.source.gives(json.dumps({"jobs": records}))
    mapping = {"externalId": "id", "title": "title", "description": "text"}
    said = "\n".join((await preview(rig, a_spec(rig.source, mapping=mapping))).warnings)
    assert "title is the same in all postings" in said
    assert "escaped twice" in said


async def test_a_preview_of_a_large_page_looks_at_its_beginning(rig: Rig) -> None:
    line = json.dumps({"id": 1, "title": "Job", "text": "x" * 500})
    lines = [line.replace('"id": 1', f'"id": {n}') for n in range(20_000)]
    rig.source.gives("\n".join(lines), "application/x-ndjson")
    shown = await preview(rig, a_spec(rig.source, source={"format": {"type": "jsonLines"}}))
    assert shown.records == 2_000
    assert "Only the first 2,000 records of the page were looked at." in shown.warnings


async def test_a_preview_that_fails_says_why(rig: Rig) -> None:
    rig.source.gives("nothing", status=404)
    found = await answered(rig, a_spec(rig.source))
    assert found.state == "failed"
    assert "answered 404 Not Found: check the URL" in (found.error or "")
    rig.source.gives('{"postings": []}')
    assert "which has an object with the fields postings" in str(
        (await answered(rig, a_spec(rig.source))).error
    )


async def test_a_preview_tries_again_and_waits_for_a_short_pause_only(rig: Rig) -> None:
    answers = iter(
        [
            web.Response(status=503),
            web.Response(status=429, headers={"Retry-After": "1"}),
            web.Response(text=jobs(1), content_type="application/json"),
            web.Response(status=429, headers={"Retry-After": "3600"}),
        ]
    )

    async def handler(request: web.Request) -> web.StreamResponse:
        return next(answers)

    rig.source.handler = handler
    assert (await preview(rig, a_spec(rig.source))).records == 1
    found = await answered(rig, a_spec(rig.source))
    assert "answered 429 Too Many Requests: wait 3600 s" in (found.error or "")


async def test_a_preview_never_shows_a_secret(rig: Rig) -> None:
    rig.source.gives(jobs(1))
    auth = {"query": {"token": "api-key"}, "bearer": "api-key"}
    found = await answered(rig, a_spec(rig.source, source={"auth": auth}))
    assert rig.source.asked == ["/jobs?token=s3cr3t-value"]
    assert "s3cr3t" not in str(found)


async def test_a_preview_fetches_the_details_of_the_first_records(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/jobs":
            return web.Response(text=jobs(*range(15)), content_type="application/json")
        number = request.path.rsplit("/", 1)[1]
        if number == "3":
            return web.Response(status=404)
        return web.json_response({"text": f"Text of {number}"})

    rig.source.handler = handler
    source = {"detail": {"request": {"url": f"{rig.source.address}/jobs/{{record.id}}"}}}
    mapping = {"externalId": "id", "title": "title", "description": "_.detail.text"}
    shown = await preview(rig, a_spec(rig.source, source=source, mapping=mapping))
    assert shown.postings[1]["description"] == "Text of 1"
    assert shown.coverage["description"].filled == 9
    said = "\n".join(shown.warnings)
    assert "Only the first 10 of 15 records were looked at" in said
    assert "no detail any more of 1 records" in said


async def test_a_preview_looks_into_the_first_partition_that_the_source_names(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/boards":
            return web.json_response(["lyon", "gent"])
        return web.Response(text=jobs(1), content_type="application/json")

    rig.source.handler = handler
    source = {
        "request": {"url": f"{rig.source.address}/{{partition.name}}"},
        "partitions": {
            "discover": {"request": {"url": f"{rig.source.address}/boards"}, "partitions": "@"}
        },
    }
    shown = await preview(rig, a_spec(rig.source, source=source))
    assert (shown.partition, shown.records) == ("lyon", 1)
    assert "Only the partition lyon was looked at; there are 1 more." in shown.warnings
    assert rig.source.asked == ["/boards", "/lyon"]
