"""A MongoDB that is away for a while, in the midst of pages and of their run's end.

Connections are cut by a proxy, before a command is carried out or before its answer comes; and the
server itself stands still. Whatever happens, pages go on where they are, and counts are as stored.
"""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from bench.processes import family_of
from jobimport.ids import PoolKey
from jobimport.queue.queue import Queue
from jobimport.resource.status import LastRun
from jobimport.store.collections import RUNS, Database, open_client, open_database
from jobimport.telemetry.metrics.worker import STORE_RETRIES
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken

from .conftest import Rig, Source, running_rig
from .test_importing import a_spec
from .wire_proxy import Fate, WireProxy, wire_proxy

PER_PAGE = 1_100
HASTY = "&serverSelectionTimeoutMS=300&connectTimeoutMS=300&heartbeatFrequencyMS=500"


@asynccontextmanager
async def worker_behind(
    url: str, direct: Database, redis: Redis, source: Source, folder: Path, **over: Any
) -> AsyncIterator[Rig]:
    """A rig whose worker reaches MongoDB by `url`; the test itself looks into it directly."""
    client = open_client(url)
    database = open_database(client, direct.name)
    queue = Queue(redis, PoolKey("ns", "behind"))
    async with running_rig(queue, redis, database, source, folder, **over) as rig:
        rig.database = direct
        yield rig
    await client.close()


@pytest.fixture
async def proxy(mongo_url: str) -> AsyncIterator[WireProxy]:
    async with wire_proxy(mongo_url) as made:
        yield made


def retries() -> float:
    """How often steps were tried again, by the worker's own metric."""
    return sum(
        sample.value
        for metric in STORE_RETRIES.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


def java_programs() -> set[int]:
    """The processes of MongoDB's stand-ins that this one has started."""
    names = {each: Path(f"/proc/{each}/comm").read_text() for each in family_of(os.getpid())}
    return {each for each, name in names.items() if name == "java\n"}


def pages(source: Source, *, without: range = range(0), changed: range = range(0)) -> None:
    """A source of two pages; of every hundred records one cannot be mapped."""

    async def handler(request: web.Request) -> web.Response:
        page = int(request.query.get("page", "1"))
        numbers = range((page - 1) * PER_PAGE, page * PER_PAGE) if page < 3 else ()
        records = [a_record(each, changed) for each in numbers if each not in without]
        return web.Response(text=json.dumps({"jobs": records}), content_type="application/json")

    source.handler = handler


def a_record(number: int, changed: Iterable[int]) -> dict[str, Any]:
    title = None if number % 100 == 99 else f"{'Task' if number in changed else 'Job'} {number}"
    return {"id": number, "title": title, "pay": "mountains" if number % 7 else "50000"}


def the_spec(source: Source, **over: Any) -> dict[str, Any]:
    paged = {
        "request": {"url": f"{source.address}/jobs", "timeoutSeconds": 30},
        "pagination": {"type": "page", "send": {"in": "query", "name": "page"}},
    }
    mapping = {
        "externalId": "id",
        "title": "title",
        "salary": {"min": "money(pay).min"},
        "required": ["title"],
    }
    return a_spec(source, source=paged, mapping=mapping, batchSize=300, **over)


async def stored_life(rig: Rig) -> dict[str, list[str]]:
    """What has happened to each posting, by its history."""
    found = rig.postings().find({}, {"externalId": 1, "history.kind": 1})
    return {each["externalId"]: [e["kind"] for e in each["history"]] async for each in found}


async def two_runs(rig: Rig) -> tuple[list[LastRun], list[dict[str, Any]], dict[str, list[str]]]:
    """A first import and one with changes and closings; their outcomes, coverages and histories."""
    pages(rig.source)
    first = await rig.run(the_spec(rig.source))
    pages(rig.source, without=range(50, 150), changed=range(1_000, 1_300))
    second = await rig.run(the_spec(rig.source))
    runs = [each async for each in rig.database[RUNS].find({}).sort("sequence", 1)]
    return [first, second], [each["coverage"] for each in runs], await stored_life(rig)


def comparable(last: LastRun) -> dict[str, Any]:
    return last.model_dump(exclude={"started_at", "finished_at"})


async def test_p1_commands_that_are_cut_off_are_repeated_and_nothing_counts_twice(
    rig: Rig,
    proxy: WireProxy,
    redis: Redis,
    source: Source,
    tmp_path: Path,
    mongo_url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "jobimport_worker.outages")
    # The driver looks for a server that it lost every half second: with a hundred cuts, a minute
    monkeypatch.setattr("pymongo.common.MIN_HEARTBEAT_INTERVAL", 0.02)
    whole = await two_runs(rig)
    asked, before = list(source.asked), retries()
    source.asked.clear()

    # The first of each kind and the third: also in the pass over all postings that closes
    fates: dict[int, Fate] = {1: "unanswered", 3: "lost"}
    proxy.judge = lambda command: fates.get(command.times, "pass")
    client = open_client(mongo_url)
    other = open_database(client, f"{rig.database.name}_cut")
    quicken(mongo_url, other.name, ["jobs"])
    async with worker_behind(proxy.url, other, redis, source, tmp_path) as cut:
        found = await two_runs(cut)
    await client.drop_database(other.name)
    await client.close()
    assert [comparable(each) for each in found[0]] == [comparable(each) for each in whole[0]]
    assert found[1:] == whole[1:], "coverage and histories are as if nothing had happened"
    assert source.asked == asked, "no page was begun anew"
    assert {"insert jobs", "update jobs", "getMore jobs"} <= {
        each.rpartition(" ")[0] for each in proxy.cut
    }
    assert retries() > before
    said = "\n".join(caplog.messages)
    assert "MongoDB is away (AutoReconnect in" in said
    assert "MongoDB is back: " in said


async def test_p1_an_update_whose_answer_is_lost_is_in_the_history_once(
    proxy: WireProxy, redis: Redis, database: Database, source: Source, tmp_path: Path
) -> None:
    source.gives(json.dumps({"jobs": [{"id": 1, "title": each} for each in "ABC"]}))
    proxy.judge = lambda command: "unanswered" if command.kind == "update jobs" else "pass"
    async with worker_behind(proxy.url, database, redis, source, tmp_path) as rig:
        running = asyncio.create_task(rig.run(a_spec(source, batchSize=1)))
        async with asyncio.timeout(30):
            while proxy.seen["update jobs"] < 3:
                await asyncio.sleep(0.02)
        proxy.judge = lambda _: "pass"
        last = await running
        assert await stored_life(rig) == {"1": ["Inserted", "Updated", "Updated"]}
    assert (last.verdict, last.inserted, last.records) == ("Partial", 1, 1)
    assert "2 ids came twice with different content" in last.message
    assert len(source.asked) == 1, "the page was not begun anew"


class Streaming:
    """A source of one page that goes on being sent while a test says so."""

    def __init__(self, source: Source, records: int) -> None:
        self.sent = asyncio.Event()
        self.go_on = asyncio.Event()
        self._records = records
        source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        half = self._records // 2
        for start, end in ((0, half), (half, self._records)):
            lines = [json.dumps({"id": each, "title": f"Job {each}"}) for each in range(start, end)]
            await response.write("\n".join([*lines, ""]).encode())
            self.sent.set()
            await self.go_on.wait()
        return response

    def spec(self, source: Source) -> dict[str, Any]:
        lines = {"format": {"type": "jsonLines"}}
        return a_spec(source, source=lines, retry={"maxAttempts": 1})


@pytest.mark.parametrize(("patience", "is_outlasted"), [(60, True), (0.5, False)])
async def test_p1_a_mongodb_that_stands_still_in_mid_page_is_outlasted_or_the_page_begins_anew(
    redis: Redis, source: Source, tmp_path: Path, patience: float, *, is_outlasted: bool
) -> None:
    streaming, before, others = Streaming(source, 400), retries(), java_programs()
    with mongo_stand_in() as url:
        (server,) = java_programs() - others
        quicken(url, "outage", ["jobs"])
        client = open_client(url)
        direct = open_database(client, "outage")
        over = {"mongodb_patience_seconds": patience}
        async with worker_behind(url + HASTY, direct, redis, source, tmp_path, **over) as rig:
            running = asyncio.create_task(rig.run(streaming.spec(source)))
            async with asyncio.timeout(30):
                while await rig.stored() < 100:
                    await asyncio.sleep(0.02)
            os.kill(server, signal.SIGSTOP)
            streaming.go_on.set()
            async with asyncio.timeout(60):
                while retries() - before < 3:
                    await asyncio.sleep(0.1)
            os.kill(server, signal.SIGCONT)
            last = await running
            assert (last.verdict, last.inserted, last.records) == ("Complete", 400, 400)
            assert last.open == await rig.stored() == 400
            lives = await stored_life(rig)
            assert set(map(tuple, lives.values())) == {("Inserted",)}
        await client.close()
    assert (len(source.asked) == 1) is is_outlasted
