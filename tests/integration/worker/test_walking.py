"""Every way to walk a source, with what is sent in every place, by a real worker."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from jobimport.budgets.budgets import prefix_of_host
from jobimport.store.collections import Collection

from .conftest import Rig
from .test_importing import a_spec, jobs

COUNT, SIZE = 23, 5


def rows(start: int) -> dict[str, Any]:
    return json.loads(jobs(*range(start, min(start + SIZE, COUNT))))


async def sent_in(request: web.Request, place: str, name: str) -> str | None:
    """What a request carries at a place, as the source would read it."""
    if place == "query":
        return request.query.get(name)
    if place == "header":
        return request.headers.get(name)
    if place == "path":
        return request.path.removeprefix("/jobs").strip("/") or None
    if place == "form":
        found = (await request.post()).get(name)
        return found if isinstance(found, str) else None
    value: Any = await request.json()
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return None if value is None else str(value)


NAMES = {"query": "at", "header": "X-At", "path": "at", "form": "at", "json": "paging.at"}


@pytest.mark.parametrize("place", sorted(NAMES))
@pytest.mark.parametrize("kind", ["page", "offset", "cursor"])
async def test_each_kind_of_walk_sends_in_each_place(rig: Rig, kind: str, place: str) -> None:
    name = NAMES[place]
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        value = await sent_in(request, place, name)
        seen.append(value)
        start = int(value.removeprefix("c")) if value else 0
        start = (start - 1) * SIZE if kind == "page" else start
        after = f"c{start + SIZE}" if start + SIZE < COUNT else None
        return web.json_response({**rows(start), "paging": {"after": after}})

    rig.source.handler = handler
    walk: dict[str, Any] = {
        "type": kind,
        "send": {"in": place, "name": name},
        "size": {"in": "header", "name": "X-Size", "value": SIZE},
        "next": {"path": "paging.after"},
    }
    request: dict[str, Any] = {"url": f"{rig.source.address}/jobs", "timeoutSeconds": 5}
    if place == "path":
        request["url"] += "{/page.at}"
    if place in ("json", "form"):
        request |= {"method": "POST", place: {"fixed": "1"}}
    source = {"request": request, "pagination": walk}
    last = await rig.run(a_spec(rig.source, source=source))
    assert (last.verdict, last.inserted) == ("Complete", COUNT), seen


@pytest.mark.parametrize("kind", ["nextUrl", "link", "cursor"])
async def test_the_way_on_is_found_in_headers(rig: Rig, kind: str) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        start = int(request.query.get("at", "0"))
        answer = web.json_response(rows(start))
        if start + SIZE < COUNT:
            url = f"/jobs?at={start + SIZE}"
            answer.headers["X-Next"] = url if kind == "nextUrl" else str(start + SIZE)
            answer.headers["Link"] = f'</jobs?at=0>; rel="first", <{url}>; rel="next"'
        answer.headers["X-Total-Count"] = str(COUNT)
        return answer

    rig.source.handler = handler
    walk = {
        "type": kind,
        "send": {"in": "query", "name": "at"},
        "next": {"from": "header", "path": "X-Next"} if kind != "link" else None,
        "stop": {"totalHeader": "X-Total-Count"},
    }
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert (last.verdict, last.pages, last.inserted) == ("Complete", 5, COUNT)
    assert f"of {COUNT} advertised" in last.message


async def test_an_xml_feed_is_walked_by_its_own_links(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        page = int(request.query.get("page", "1"))
        link = f"<link rel='next' href='?page={page + 1}'/>" if page < 4 else ""
        entry = f"<entry><id>{page}</id><title>Job {page}</title><link href='x'/></entry>"
        text = f"<feed xmlns='http://www.w3.org/2005/Atom'>{link}{entry}</feed>"
        return web.Response(text=text, content_type="application/atom+xml")

    rig.source.handler = handler
    source = {
        "format": {"type": "xml", "records": "feed.entry"},
        "pagination": {"type": "nextUrl", "next": {"path": "feed.link[@rel=next].@href"}},
    }
    last = await rig.run(a_spec(rig.source, source=source))
    assert (last.verdict, last.pages, last.inserted) == ("Complete", 4, 4)


async def test_p6_a_walk_that_goes_round_through_empty_pages_ends_as_partial(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        at = request.query.get("cursor", "a")
        following = {"a": "b", "b": "c", "c": "b"}[at]
        return web.json_response({**(rows(0) if at == "a" else {"jobs": []}), "next": following})

    rig.source.handler = handler
    walk = {"type": "cursor", "next": {"path": "next"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert (last.verdict, last.closed) == ("Partial", 0)
    assert "goes round in a loop" in last.message
    assert len(rig.source.asked) <= 4


async def test_p6_an_empty_page_that_promises_more_proves_nothing(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        page = int(request.query["page"])
        return web.json_response({**(rows(0) if page == 1 else {"jobs": []}), "more": True})

    rig.source.handler = handler
    walk = {"type": "page", "stop": {"hasMore": "more"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert last.verdict == "Partial"
    assert "says that there are more" in last.message


async def test_the_first_total_counts_while_the_source_changes_its_mind(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        start = int(request.query["offset"])
        return web.json_response({**rows(start), "total": COUNT if start == 0 else 3})

    rig.source.handler = handler
    walk = {"type": "offset", "size": {"name": "n", "value": SIZE}, "stop": {"total": "total"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert (last.verdict, last.pages, last.inserted) == ("Complete", 5, COUNT)


async def test_p2_a_walk_goes_on_at_its_next_page_after_redis_was_lost(
    rig: Rig, redis: Redis
) -> None:
    lost = False

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal lost
        start = int(request.query.get("cursor", "0"))
        if start == 15 and not lost:
            lost = True
            await redis.flushall()
            await rig.start()
        after = start + SIZE if start + SIZE < COUNT else None
        return web.json_response({**rows(start), "next": after})

    rig.source.handler = handler
    walk = {"type": "cursor", "next": {"path": "next"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert (last.verdict, last.inserted, last.open) == ("Complete", COUNT, COUNT)
    assert [rig.source.asked.count(f"/jobs?cursor={at}") for at in (5, 10, 20)] == [1, 1, 1]


async def test_p2_a_run_that_redis_lost_goes_on_by_the_spec_that_it_is_started_again_with(
    rig: Rig, redis: Redis
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        start = int(request.query.get("cursor", "0"))
        if start == 15 and rig.started is not None and b"Acme" not in rig.started.snapshot:
            await redis.flushall()
            snapshot = json.loads(rig.started.snapshot) | {"generation": 2}
            snapshot["spec"]["mapping"]["constants"] = {"company": "Acme"}
            rig.started = replace(rig.started, generation=2, snapshot=json.dumps(snapshot).encode())
            await rig.start()
        after = start + SIZE if start + SIZE < COUNT else None
        return web.json_response({**rows(start), "next": after})

    rig.source.handler = handler
    walk = {"type": "cursor", "next": {"path": "next"}}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}))
    assert (last.verdict, last.inserted, last.open) == ("Complete", COUNT, COUNT)
    assert await rig.stored(company="Acme") == COUNT


async def test_p6_a_page_that_was_in_work_when_its_run_began_anew_is_walked_again(
    rig: Rig, redis: Redis
) -> None:
    """It is noted as done when the walk before is forgotten already, and before it is planned."""
    runs, pages = rig.database["jobimport.runs"], rig.database["jobimport.pages"]

    async def there(documents: Collection, **query: Any) -> None:
        async with asyncio.timeout(20):
            while not await documents.find_one(query):
                await asyncio.sleep(0.01)

    async def handler(request: web.Request) -> web.StreamResponse:
        assert rig.started is not None
        start = int(request.query.get("cursor", "0"))
        is_anew = b"Acme" in rig.started.snapshot
        if request.path == "/boards":
            if is_anew:
                await there(pages, number=3)
            return web.json_response(["berlin"])
        if start == 10 and not is_anew:
            await redis.flushall()
            snapshot = json.loads(rig.started.snapshot) | {"generation": 2}
            snapshot["spec"]["mapping"]["constants"] = {"company": "Acme"}
            rig.started = replace(rig.started, generation=2, snapshot=json.dumps(snapshot).encode())
            await rig.start()
            await there(runs, generation=2)
        after = start + SIZE if start + SIZE < COUNT else None
        return web.json_response({**rows(start), "next": after})

    rig.source.handler = handler
    boards = {"request": {"url": f"{rig.source.address}/boards"}, "partitions": "[]"}
    walk = {"type": "cursor", "next": {"path": "next"}}
    spec = a_spec(rig.source, source={"pagination": walk, "partitions": {"discover": boards}})
    last = await rig.run(spec)
    assert (last.verdict, last.inserted, last.open) == ("Complete", COUNT, COUNT)
    assert await rig.stored(company="Acme") == COUNT


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"status": [200], "contains": "Try AGAIN", "class": "Transient"}, "Failed"),
        ({"status": [200], "contains": "nothing like it", "class": "Terminal"}, "Complete"),
        ({"status": [404], "class": "Empty"}, "Complete"),
    ],
)
async def test_a_200_with_an_error_in_its_body_is_what_the_spec_says(
    rig: Rig, rule: dict[str, Any], verdict: str
) -> None:
    rig.source.gives(jobs(1, 2, note="please try again"))
    last = await rig.run(a_spec(rig.source, source={"responseRules": [rule]}))
    assert last.verdict == verdict


async def test_p5_a_date_to_retry_after_is_kept_by_the_sources_own_clock(rig: Rig) -> None:
    asked: list[float] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(time.monotonic())
        if len(asked) > 1:
            return web.Response(text=jobs(1))
        late = datetime(2031, 1, 1, tzinfo=UTC)  # a clock that is years ahead of ours
        headers = {
            "Date": format_datetime(late, usegmt=True),
            "Retry-After": format_datetime(late + timedelta(seconds=2), usegmt=True),
        }
        return web.Response(status=429, headers=headers)

    rig.source.handler = handler
    last = await rig.run(a_spec(rig.source, retry={"maxAttempts": 1}))
    assert (last.verdict, last.inserted) == ("Complete", 1)
    assert 1.8 < asked[1] - asked[0] < 30


async def test_a_source_that_is_overloaded_is_asked_more_slowly(rig: Rig, redis: Redis) -> None:
    asked: list[float] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(time.monotonic())
        if len(asked) in (2, 3, 4):
            return web.Response(status=503)
        start = (int(request.query["page"]) - 1) * SIZE
        return web.json_response({**rows(start), "total": COUNT})

    rig.source.handler = handler
    walk = {"type": "page", "size": {"value": SIZE}, "stop": {"total": "total"}}
    retry = {"maxAttempts": 5, "initialDelaySeconds": 0}
    last = await rig.run(a_spec(rig.source, source={"pagination": walk}, retry=retry))
    assert (last.verdict, last.inserted) == ("Complete", COUNT)
    host = rig.source.address.removeprefix("http://")
    state = await redis.hgetall(f"{prefix_of_host(host)}state")  # type: ignore[misc]
    assert int(state[b"slowed"]) > 0
    assert asked[-1] - asked[4] > 0.1  # three gaps that began at 0.1 s and shrink by a tenth


async def test_no_more_requests_are_under_way_than_the_spec_allows(rig: Rig) -> None:
    flying, most = 0, 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.05)
        flying -= 1
        start = (int(request.query["page"]) - 1) * SIZE
        return web.json_response({**rows(start), "total": COUNT})

    rig.source.handler = handler
    walk = {"type": "page", "size": {"value": SIZE}, "stop": {"total": "total"}}
    source = {"pagination": walk, "politeness": {"maxInFlight": 2}}
    last = await rig.run(a_spec(rig.source, source=source))
    assert (last.verdict, last.inserted, most <= 2) == ("Complete", COUNT, True)
