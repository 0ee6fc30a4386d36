"""A second fetch per record: which are made, what a failing one costs, and what a crash leaves."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .conftest import Rig
from .test_importing import a_spec


@dataclass
class Jobs:
    """A source with a list and a detail of each job; `wrong` are answers instead of a detail."""

    rig: Rig
    count: int = 6
    changed: dict[int, str] = field(default_factory=dict[int, str])
    texts: dict[int, str] = field(default_factory=dict[int, str])
    wrong: dict[int, list[web.Response]] = field(default_factory=dict[int, list[web.Response]])
    asked: Counter[int] = field(default_factory=Counter[int])
    validators: list[str | None] = field(default_factory=list[str | None])
    etags: bool = False

    def __post_init__(self) -> None:
        self.rig.source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/jobs":
            rows = [
                {"id": n, "title": f"Job {n}", "rev": self.changed.get(n, "1")}
                for n in range(self.count)
            ]
            return web.json_response({"jobs": rows})
        number = int(request.path.rpartition("/")[2])
        self.asked[number] += 1
        self.validators.append(request.headers.get("If-None-Match"))
        wrong = self.wrong.get(number)
        if wrong:
            answer = wrong[0] if len(wrong) == 1 else wrong.pop(0)
            return web.Response(
                status=answer.status, text=answer.text, headers={"Retry-After": "0"}
            )
        text = self.texts.get(number, f"Text {number}")
        headers = {"ETag": f'"{text}"'} if self.etags else {}
        if self.etags and self.validators[-1] == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.json_response({"data": {"body": text}}, headers=headers)

    def spec(self, **detail: Any) -> dict[str, Any]:
        asked = {
            "request": {"url": f"{self.rig.source.address}/detail/{{record.id}}"},
            "format": {"records": "data"},
        }
        spec = a_spec(self.rig.source, source={"detail": asked | detail})
        mapping = {"description": "_.detail.body", "extra": {"rev": "rev"}}
        return spec | {"mapping": {**spec["mapping"], **mapping}}


async def test_each_detail_is_fetched_once_and_stands_in_its_posting(rig: Rig) -> None:
    jobs = Jobs(rig)
    first = await rig.run(jobs.spec())
    assert (first.verdict, first.inserted) == ("Complete", 6)
    assert await rig.stored(description="Text 3") == 1
    second = await rig.run(jobs.spec())
    assert (second.verdict, second.unchanged) == ("Unchanged", 6)
    assert set(jobs.asked.values()) == {1}


async def test_a_record_that_changed_has_its_detail_fetched_again_and_no_other(rig: Rig) -> None:
    jobs = Jobs(rig)
    await rig.run(jobs.spec())
    jobs.changed[2], jobs.texts[2] = "2", "New text"
    last = await rig.run(jobs.spec())
    assert (last.updated, last.unchanged) == (1, 5)
    assert jobs.asked[2] == 2
    assert sum(jobs.asked.values()) == 7
    jobs.changed[4] = "2"  # the list says so, and nothing that is mapped is another
    spec = jobs.spec()
    del spec["mapping"]["extra"]
    await rig.run(spec)
    asked = sum(jobs.asked.values())
    await rig.run(spec)
    assert sum(jobs.asked.values()) == asked


async def test_a_changed_mapping_or_detail_has_all_fetched_again(rig: Rig) -> None:
    jobs = Jobs(rig)
    await rig.run(jobs.spec())
    spec = jobs.spec()
    spec["mapping"]["company"] = "_.detail.body"
    assert (await rig.run(spec)).updated == 6
    assert sum(jobs.asked.values()) == 12


async def test_always_asks_in_every_run_and_only_for_what_changed(rig: Rig) -> None:
    jobs = Jobs(rig, etags=True)
    await rig.run(jobs.spec(when="Always"))
    jobs.texts[1] = "Another text"
    last = await rig.run(jobs.spec(when="Always"))
    assert (last.updated, last.unchanged) == (1, 5)
    assert sum(each is not None for each in jobs.validators) == 6
    assert await rig.stored(description="Another text") == 1


async def test_p7_a_detail_that_fails_costs_its_record_which_was_seen(rig: Rig) -> None:
    jobs = Jobs(rig)
    await rig.run(jobs.spec(when="Always"))
    jobs.wrong = {1: [web.Response(status=500)], 4: [web.Response(text="<html>", status=200)]}
    last = await rig.run(jobs.spec(when="Always"))
    assert (last.verdict, last.rejected, last.closed, last.open) == ("Unchanged", 2, 0, 6)
    found = {each["externalId"]: each async for each in rig.database["jobimport.rejects"].find({})}
    assert set(found) == {"1", "4"}
    assert found["1"]["needsFetch"]
    assert "500" in found["1"]["message"]
    jobs.wrong = {}
    mended = await rig.run(jobs.spec(when="Always"))
    assert (mended.rejected, mended.open) == (0, 6)
    assert await rig.database["jobimport.rejects"].count_documents({}) == 0


async def test_a_detail_that_fails_for_a_moment_is_fetched_again_at_once(rig: Rig) -> None:
    jobs = Jobs(rig)
    jobs.wrong = {3: [web.Response(status=503), web.Response(status=429), web.Response(status=502)]}
    jobs.wrong[3].append(web.Response(text=json.dumps({"data": {"body": "At last"}})))
    last = await rig.run(jobs.spec())
    assert (last.verdict, last.inserted, last.rejected, last.retries) == ("Complete", 6, 0, 0)
    assert await rig.stored(description="At last") == 1


async def test_p6_a_source_that_gives_no_detail_at_all_makes_a_partial_run(rig: Rig) -> None:
    jobs = Jobs(rig, count=20)
    await rig.run(jobs.spec(when="Always"))
    jobs.wrong = {n: [web.Response(status=500)] for n in range(20)}
    last = await rig.run(jobs.spec(when="Always"))
    assert (last.verdict, last.closed, last.open) == ("Failed", 0, 20)
    assert "details in a row could not be fetched" in last.message
    assert sum(jobs.asked.values()) < 90


async def test_what_was_fetched_before_a_page_failed_is_not_fetched_again(rig: Rig) -> None:
    jobs = Jobs(rig, count=70)
    jobs.wrong = {n: [web.Response(status=500)] for n in range(55, 70)}
    assert (await rig.run(jobs.spec(concurrency=1))).verdict == "Failed"
    jobs.wrong = {}
    last = await rig.run(jobs.spec(concurrency=1), retry_of="run-1")
    assert (last.verdict, last.open) == ("Complete", 70)
    assert all(jobs.asked[n] == 1 for n in range(50))


async def test_p6_a_posting_whose_detail_is_gone_closes_as_any_that_is_missing(rig: Rig) -> None:
    jobs = Jobs(rig)
    await rig.run(jobs.spec(when="Always"))
    jobs.wrong = {5: [web.Response(status=404)]}
    kept = await rig.run(jobs.spec(when="Always", onGone="Keep"))
    assert (kept.closed, kept.rejected, kept.open) == (0, 0, 6)
    dropped = await rig.run(jobs.spec(when="Always"))
    assert (dropped.verdict, dropped.closed, dropped.open) == ("Complete", 1, 5)


async def test_a_record_without_what_the_request_needs_is_told(rig: Rig) -> None:
    jobs = Jobs(rig, count=2)
    url = f"{rig.source.address}/detail/{{record.slug}}"
    last = await rig.run(jobs.spec(request={"url": url}))
    assert (last.inserted, last.rejected) == (0, 2)
    reject = await rig.database["jobimport.rejects"].find_one({})
    assert "needs {record.slug}" in reject["message"]


async def test_credentials_go_to_no_host_that_a_record_names(rig: Rig) -> None:
    seen: list[tuple[str, str | None]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.host, request.headers.get("Authorization")))
        elsewhere = rig.source.address.replace("127.0.0.1", "localhost")
        if request.path == "/jobs":
            urls = [f"{elsewhere}/1", "/2"]
            rows = [{"id": n, "title": "x", "url": url} for n, url in enumerate(urls)]
            return web.json_response({"jobs": rows})
        return web.json_response({"body": "text"})

    rig.source.handler = handler
    detail = {"request": {"url": "{+record.url}"}}
    spec = a_spec(rig.source, source={"detail": detail, "auth": {"bearer": "api-key"}})
    assert (await rig.run(spec)).inserted == 2
    by_host = {host.partition(":")[0]: header for host, header in seen}
    assert by_host == {"127.0.0.1": "Bearer s3cr3t-value", "localhost": None}


async def test_details_keep_to_the_budget_and_their_concurrency(rig: Rig) -> None:
    jobs = Jobs(rig, count=12)
    flying, most = 0, 0
    answer = jobs.answer

    async def counted(request: web.Request) -> web.StreamResponse:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        try:
            return await answer(request)
        finally:
            flying -= 1

    rig.source.handler = counted
    spec = jobs.spec(concurrency=8)
    spec["source"]["politeness"] = {"maxInFlight": 1}
    assert (await rig.run(spec)).inserted == 12
    assert most == 1
