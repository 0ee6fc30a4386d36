"""What feeds do not give: more calls than they allow, and more records than their cap."""

import asyncio
import json
import time
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from jobimport.budgets import Grant, HostBudgets, host_of
from jobimport.budgets.limits import Limits
from jobimport.queue.tasks import RunView
from jobimport.resource.spec import JobImportSpec

from .conftest import Rig
from .feeds import answering, moved

KEYS = {
    "adzuna": {"auth": {"query": {"app_id": "api-key", "app_key": "api-key"}}},
    "usajobs": {"auth": {"headers": {"Authorization-Key": "api-key", "User-Agent": "api-key"}}},
}
ALLOWED = {
    "jobicy": (1, 3600, "jobs"),
    "remotive": (4, 86_400, "jobs"),
    "adzuna": (25, 60, "results"),
    "the-muse": (500, 3600, "results"),
}
"""Calls in seconds, as the feeds' documentation says, and the list of their answers."""


async def waiting(rig: Rig) -> RunView:
    """The run that waits for its page's turn."""
    async with asyncio.timeout(30):
        while True:
            for each in await rig.queue.run_ids():
                view = await rig.queue.run_view(each)
                if view is not None and view.waiting_retry:
                    return view
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("name", ALLOWED)
async def test_a_feed_is_asked_no_more_often_than_it_allows(
    rig: Rig, redis: Redis, name: str
) -> None:
    """A feed that refuses what is too much never has to: the next run waits for its turn."""
    calls, seconds, listed = ALLOWED[name]
    parameters = {"country": "gb"} if name == "adzuna" else {}
    spec = moved(rig, name, {"source": KEYS.get(name, {})}, **parameters)
    limits = Limits.of(JobImportSpec.model_validate(spec).source.politeness)
    budgets = HostBudgets(redis)
    for _ in range(calls - 1):
        grant = await budgets.take(host_of(rig.source.address), "other", limits, 100)
        assert isinstance(grant, Grant)
    asked = answering(rig, lambda _: {listed: []} if len(asked) <= 1 else web.Response(status=429))
    assert (await rig.run(spec)).verdict == "Empty"
    begun = asyncio.create_task(rig.run(spec))
    view = await waiting(rig)
    assert view.next_retry_at_ms is not None
    wait = view.next_retry_at_ms / 1000 - time.time()
    assert 0.5 * seconds - 20 < wait < 1.3 * seconds
    _, tasks = await rig.queue.task_views(view.id)
    said = [each.error for each in tasks if each.error]
    assert "the budget of politeness.requests is used up for now" in said[0]
    assert (len(asked), view.retries) == (1, 0)
    begun.cancel()


async def test_workday_is_truncated_at_2000_where_its_offset_begins_anew(rig: Rig) -> None:
    """It tells a total of 2,000 however many there are, and of its first page alone."""

    async def walk(request: web.Request) -> Any:
        sent = json.loads(await request.read())
        starts.append(sent["offset"])
        start = sent["offset"] % 2000
        jobs = [{"title": "Job", "externalPath": f"/job/{n}"} for n in range(start, start + 20)]
        return {"total": 2000 if sent["offset"] == 0 else 0, "jobPostings": jobs}

    starts: list[int] = []
    answering(rig, walk)
    named = {"host": "acme.wd3.myworkdayjobs.com", "tenant": "acme", "site": "Careers"}
    text = json.dumps(moved(rig, "workday", {"batchSize": 500}, **named))
    for name, value in named.items():
        text = text.replace(f"{{parameters.{name}}}", value)
    spec = json.loads(text)
    for part in ("preset", "detail"):  # 2,000 more requests would show nothing more
        del spec["source"][part]
    last = await rig.run(spec)
    assert (last.verdict, last.inserted, last.closed) == ("Truncated", 2000, 0)
    assert sorted(starts) == list(range(0, 2000, 20))
    assert "gives no more than 2,000" in last.message


async def test_usajobs_is_truncated_at_10_000(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        page = int(request.query["Page"])
        if page > 20:
            return web.Response(status=400)
        items = [{"MatchedObjectId": f"{page}-{number}"} for number in range(500)]
        return {"SearchResult": {"SearchResultCountAll": 12_000, "SearchResultItems": items}}

    asked = answering(rig, answer)
    over = {"source": KEYS["usajobs"], "batchSize": 500}
    last = await rig.run(moved(rig, "usajobs", over))
    assert (last.verdict, last.inserted, len(asked)) == ("Truncated", 10_000, 20)
    assert "gives no more than 10,000 of 12,000 advertised" in last.message


@pytest.mark.parametrize(("hits", "verdict"), [(999, "Complete"), (1000, "Truncated")])
async def test_a_thread_of_hacker_news_is_truncated_at_1000(
    rig: Rig, hits: int, verdict: str
) -> None:
    """The search counts no more hits than it gives, so that 1,000 may be more."""

    def answer(request: web.Request) -> Any:
        if request.query["tags"] == "story,author_whoishiring":
            return {"hits": [{"objectID": "1", "title": "Ask HN: Who is hiring?"}]}
        start = 100 * int(request.query["page"])
        numbers = range(start, min(start + 100, hits))
        text = {"story_id": 1, "parent_id": 1, "comment_text": "Acme | Engineer"}
        return {"hits": [{"objectID": str(n), **text} for n in numbers], "nbHits": hits}

    answering(rig, answer)
    last = await rig.run(moved(rig, "hacker-news", {"batchSize": 500}))
    assert (last.verdict, last.inserted) == (verdict, hits)


FEEDS = {
    "greenhouse": {"board": "acme"},
    "lever": {"site": "acme"},
    "ashby": {"board": "acme"},
    "workable": {"account": "acme"},
    "smartrecruiters": {"company": "acme"},
    "recruitee": {"company": "acme"},
    "arbeitnow": {},
    "remotive": {},
    "jobicy": {},
    "remoteok": {},
    "the-muse": {},
    "hacker-news": {},
    "rss": {"url": "https://acme.example/rss"},
    "personio": {"company": "acme"},
    "teamtailor": {"site": "acme.teamtailor.com"},
    "wp-job-manager": {"site": "acme.example"},
    "indeed-xml": {"url": "https://acme.example/feed.xml"},
}


@pytest.mark.parametrize("name", FEEDS)
async def test_an_outage_that_is_answered_with_200_is_no_empty_feed(rig: Rig, name: str) -> None:
    """An error in JSON, and a page for people: neither may count towards a confirmed emptiness."""
    said = ({"error": "Service unavailable", "status": 503}, "<html><body>Down</body></html>")
    for body in said:
        answering(rig, lambda _, body=body: body)
        spec = moved(rig, name, {"source": {"politeness": {"requests": 100}}}, **FEEDS[name])
        last = await rig.run(spec)
        assert last.verdict == "Failed"
        assert "nothing closed" in last.message
