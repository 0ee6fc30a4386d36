"""Scenarios of partitions, closing, replay and retry; each gives the differences to the ledger."""

import asyncio
from collections import Counter
from typing import Any

from chaos.stage import MAPPING, PER_PAGE, POOL, Stage, a_spec
from jobimport.ids import ImportKey
from jobimport.queue.connection import connect
from jobimport.queue.oneoffs import answer_of, ask
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import TaskKind
from jobimport.resource.names import RETRY_REQUESTED
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle

_ONCE = {"maxAttempts": 1, "initialDelaySeconds": 0}


async def one_partition_fails(stage: Stage, *defects: str) -> list[str]:
    """Of two boards one loses postings and the other fails: only what the first lost is closed."""
    north, south = (Feed(name, FeedStyle.PAGES, 3 * PER_PAGE) for name in ("north", "south"))
    async with stage.serving(north, south):
        source = a_spec(north, stage.address)["source"]
        source["request"] = {"url": f"{stage.address}/{{partition.board}}/jobs"}
        source["partitions"] = {"values": [{"board": "north"}, {"board": "south"}]}
        rules = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 100}}
        stage.apply(north, source=source, completeness=rules, retry=_ONCE)
        stage.start_operator()
        stage.start_worker(*defects)
        first = await stage.finished("north")
        for number in (2, 5, 7):
            north.remove(number)
        stage.board.faults = FaultPlan(unavailable=100, repeats=100, only="/south/")
        south.remove(1)
        second = await stage.run_again("north", first)
        still_open = await stage.stored({"closedAt": None})
        expected = 6 * PER_PAGE - 3
        found = [] if still_open == expected else [f"{still_open} open, not {expected}"]
        return found if second.closed == 3 else [*found, f"{second.closed} closed, not 3"]


async def killed_in_mid_details(stage: Stage, *defects: str) -> list[str]:
    """A worker is killed among the details of a page: those that are stored are not asked again."""
    feed = Feed("paged", FeedStyle.PAGES, 6 * PER_PAGE)
    asked: Counter[str] = Counter()
    reached, killed = asyncio.Event(), asyncio.Event()

    async def hold(path: str) -> None:
        if path.startswith("/paged/jobs/"):
            asked[path] += 1
            if len(asked) > 4 * PER_PAGE and not killed.is_set():
                reached.set()
                await killed.wait()

    async with stage.serving(feed, before_answer=hold):
        source = a_spec(feed, stage.address)["source"]
        source["pagination"]["size"]["value"] = feed.count
        source["detail"] = {
            "request": {"url": f"{stage.address}/paged/jobs/{{record.id}}"},
            "format": {"type": "json"},
        }
        mapping = MAPPING[feed.style] | {"description": "_.detail.text"}
        stage.apply(feed, source=source, mapping=mapping)
        stage.start_operator()
        worker = stage.start_worker(*defects)
        async with asyncio.timeout(60):
            await reached.wait()
        await stage.until_stored(1)
        stored = [each["_id"] async for each in stage.details()]
        stage.kill(worker)
        killed.set()
        stage.start_worker(*defects)
        found = await stage.differences("paged", await stage.finished("paged"))
        again = [each for each in stored if asked[f"/paged/jobs/{each.partition(':')[2]}"] > 1]
        if not stored:
            found.append("no detail was noted before the worker died")
        return [*found, f"{len(again)} stored details asked for again"] if again else found


async def postings_go_and_come_back(stage: Stage, *defects: str) -> list[str]:
    """Postings are taken down, missed twice, closed once, and put up again; a worker dies."""
    feed = Feed("paged", FeedStyle.PAGES, 6 * PER_PAGE)
    async with stage.serving(feed):
        stage.apply(feed, completeness={"missesBeforeClose": 2})
        stage.start_operator()
        worker = stage.start_worker(*defects)
        last = await stage.finished("paged")
        for number in (3, 50, 51):
            feed.remove(number)
        last = await stage.run_again("paged", last)
        found = [f"{last.closed} closed after one miss"] if last.closed else []
        stage.kill(worker)
        stage.start_worker(*defects)
        stage.board.forget()
        last = await stage.run_again("paged", last)
        found += await stage.differences("paged", last)
        feed.restore(50)
        last = await stage.run_again("paged", last)
        found += await stage.differences("paged", last)
        return found if last.reopened == 1 else [*found, f"{last.reopened} reopened, not 1"]


async def mended_rejects(stage: Stage, *defects: str) -> list[str]:
    """All is rejected by a wrong mapping, and replayed with the right one without a fetch."""
    feed = Feed("paged", FeedStyle.PAGES, 4 * PER_PAGE)
    async with stage.serving(feed):
        stage.apply(feed, mapping=MAPPING[feed.style] | {"title": "no.title"})
        stage.start_operator()
        stage.start_worker(*defects)
        first = await stage.finished("paged")
        assert first.rejected == feed.count
        asked = stage.board.ledgers["paged"].responses
        answer = await _replayed(stage, a_spec(feed, stage.address))
        result = await stage.differences("paged", first, of_status=False)
        if stage.board.ledgers["paged"].responses != asked:
            result.append("a replay fetched pages")
        if answer["replayed"] != feed.count:
            result.append(str(answer["message"]))
        return result


async def _replayed(stage: Stage, spec: dict[str, Any]) -> dict[str, Any]:
    redis = connect(stage.redis_url)
    queue = Queue(redis, POOL)
    try:
        payload = {"spec": spec, "sourceName": "default.paged"}
        task = await ask(queue, TaskKind.REPLAY, ImportKey("default", "paged"), payload)
        async with asyncio.timeout(120):
            while True:
                answer = await answer_of(queue, task)
                assert answer is not None
                assert answer.error is None
                if answer.result is not None:
                    return answer.result
                await asyncio.sleep(0.1)
    finally:
        await queue.close()
        await redis.aclose()


async def retry_of_what_failed(stage: Stage, *defects: str) -> list[str]:
    """A page fails for good, and by request that page alone is walked again."""
    feed = Feed("paged", FeedStyle.PAGES, 8 * PER_PAGE)
    async with stage.serving(feed, faults=FaultPlan(unavailable=100, repeats=100, only="page=4")):
        stage.apply(feed, retry=_ONCE)
        stage.start_operator()
        stage.start_worker(*defects)
        first = await stage.finished("paged")
        assert (first.verdict, first.failed_pages) == ("Partial", 1), first.message
        stage.board.faults = FaultPlan()
        before = stage.board.ledgers["paged"].responses
        last = await stage.run_again("paged", first, request=RETRY_REQUESTED)
        fetched = stage.board.ledgers["paged"].responses - before
        found = [] if fetched == 1 else [f"{fetched} pages fetched again, not 1"]
        if last.reason != "RetryRequested" or last.verdict != "Complete":
            found.append(f"{last.reason} run is {last.verdict}: {last.message}")
        return found + await stage.differences("paged", last)
