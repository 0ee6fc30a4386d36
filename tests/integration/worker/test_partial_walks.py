"""Walks that ask for changes, and partitions that the source names."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from .conftest import Rig
from .test_importing import a_spec, jobs

NOW = datetime.now(UTC).replace(microsecond=0)


class Changes:
    """A source that tells what changed since a time; `at` are the times of change of its jobs."""

    def __init__(self, rig: Rig, **incremental: Any) -> None:
        self.rig = rig
        self.at = {number: NOW - timedelta(days=9) for number in range(30)}
        self.asked: list[str | None] = []
        self.incremental = {"send": {"name": "since"}, "field": "at", "overlapSeconds": 60}
        self.incremental |= incremental
        rig.source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        since = request.query.get("since")
        if request.query["page"] == "1":
            self.asked.append(since)
        after = datetime.fromisoformat(since) if since else NOW - timedelta(days=999)
        rows = [
            {"id": n, "title": f"Job {n} {at}", "at": at.isoformat()}
            for n, at in self.at.items()
            if at >= after
        ]
        start = (int(request.query["page"]) - 1) * 10
        return web.json_response({"jobs": rows[start : start + 10], "total": len(rows)})

    def spec(self) -> dict[str, Any]:
        walk = {"type": "page", "size": {"value": 10}, "stop": {"total": "total"}}
        source = {"pagination": walk, "incremental": self.incremental}
        return a_spec(self.rig.source, source=source)


async def test_p6_an_incremental_walk_asks_since_and_closes_nothing(rig: Rig) -> None:
    source = Changes(rig)
    first = await rig.run(source.spec())
    assert (first.verdict, first.inserted) == ("Complete", 30)
    source.at[3] = NOW - timedelta(hours=1)
    del source.at[20]
    last = await rig.run(source.spec())
    assert (last.verdict, last.updated, last.closed, last.open) == ("Incremental", 1, 0, 30)
    wanted = NOW - timedelta(days=9, seconds=60)
    assert source.asked == [None, f"{wanted:%Y-%m-%dT%H:%M:%SZ}"]
    quiet = await rig.run(source.spec())
    assert quiet.verdict == "Incremental"
    wanted = NOW - timedelta(hours=1, seconds=60)
    assert source.asked[2] == f"{wanted:%Y-%m-%dT%H:%M:%SZ}"


async def test_p6_a_full_walk_comes_in_time_and_closes_what_is_gone(rig: Rig) -> None:
    source = Changes(rig)
    await rig.run(source.spec())
    del source.at[20]
    days_ago = datetime.now(UTC) - timedelta(days=2)
    await rig.database["jobimport.partitions"].update_many({}, {"$set": {"fullAt": days_ago}})
    last = await rig.run(source.spec())
    assert (last.verdict, last.closed, last.open) == ("Complete", 1, 29)
    assert source.asked == [None, None]


async def test_a_changed_mapping_and_an_approved_closing_walk_all(rig: Rig) -> None:
    source = Changes(rig)
    await rig.run(source.spec())
    spec = source.spec()
    spec["mapping"]["company"] = "at"
    assert (await rig.run(spec)).updated == 30
    await rig.run(spec, approve_close=True)
    assert source.asked == [None, None, None]
    assert (await rig.run(spec)).verdict == "Incremental"


async def test_p6_a_walk_that_failed_does_not_move_the_time_to_ask_since(rig: Rig) -> None:
    source = Changes(rig)
    await rig.run(source.spec())
    for number in range(15):
        source.at[number] = NOW - timedelta(hours=2)

    async def fails(request: web.Request) -> web.StreamResponse:
        if request.query["page"] == "2":
            return web.Response(status=404)
        return await source.answer(request)

    rig.source.handler = fails
    assert (await rig.run(source.spec())).verdict == "Partial"
    rig.source.handler = source.answer
    last = await rig.run(source.spec())
    assert (last.verdict, last.updated, source.asked[1]) == ("Incremental", 5, source.asked[2])


async def test_p6_a_retry_goes_on_from_the_begin_of_the_walk_that_it_continues(rig: Rig) -> None:
    source = Changes(rig, field="")

    async def fails(request: web.Request) -> web.StreamResponse:
        if request.query["page"] == "2":
            return web.Response(status=404)
        return await source.answer(request)

    rig.source.handler = fails
    assert (await rig.run(source.spec())).verdict == "Partial"
    began = (await rig.database["jobimport.runs"].find_one({"_id": "run-1"}))["startedAt"]
    rig.source.handler = source.answer
    assert (await rig.run(source.spec(), retry_of="run-1")).verdict == "Complete"
    memory = await rig.database["jobimport.partitions"].find_one({})
    assert memory["watermark"] == began


async def test_a_time_to_come_does_not_hide_the_changes_until_then(rig: Rig) -> None:
    source = Changes(rig)
    source.at[1] = NOW + timedelta(days=400)
    await rig.run(source.spec())
    await rig.run(source.spec())
    assert source.asked[1] is not None
    assert datetime.fromisoformat(source.asked[1]) < datetime.now(UTC)


class Boards:
    """A source of boards that it names itself."""

    def __init__(self, rig: Rig, *names: str) -> None:
        self.names: list[Any] = list(names)
        self.status = 200
        self.rig = rig
        rig.source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/boards":
            return web.json_response({"boards": self.names}, status=self.status)
        name = request.path[1:]
        return web.Response(text=jobs(*(f"{name}-{n}" for n in range(4))))

    def spec(self, **discover: Any) -> dict[str, Any]:
        asked = {"request": {"url": f"{self.rig.source.address}/boards"}, "partitions": "boards"}
        source = {
            "request": {"url": f"{self.rig.source.address}/{{partition.name}}"},
            "partitions": {"discover": asked | discover},
        }
        completeness = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 100}}
        return a_spec(self.rig.source, source=source, completeness=completeness)


async def test_partitions_that_the_source_names_are_walked(rig: Rig) -> None:
    boards = Boards(rig, "a", "b", "c")
    last = await rig.run(boards.spec())
    assert (last.verdict, last.inserted) == ("Complete", 12)
    assert [each.key for each in last.partitions] == ["a", "b", "c"]
    boards.names = ["a", "c", "d"]
    moved = await rig.run(boards.spec())
    assert (moved.inserted, moved.closed, moved.open) == (4, 4, 12)
    gone = await rig.postings().find_one({"partitions": "b"})
    assert gone["closedReason"] == "SourceRemoved"


@pytest.mark.parametrize(
    ("names", "status", "why"),
    [
        ([], 200, "found no partition"),
        (["a"], 500, "answered 500"),
        ([{"name": {"x": 1}}], 200, "expected texts, or objects of scalar values"),
        ("oops", 200, "expected a list"),
    ],
)
async def test_p6_partitions_that_cannot_be_found_close_nothing(
    rig: Rig, names: Any, status: int, why: str
) -> None:
    boards = Boards(rig, "a", "b")
    await rig.run(boards.spec())
    boards.names, boards.status = names, status
    last = await rig.run(boards.spec())
    assert (last.verdict, last.closed, last.open) == ("Failed", 0, 8)
    assert why in last.message


async def test_partitions_are_read_from_records_of_any_format(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/boards":
            xml = "<boards><board id='7'><city>Lyon</city></board><board id='9'/></boards>"
            return web.Response(text=xml, content_type="application/xml")
        return web.Response(text=jobs(int(request.path[1:])))

    boards = Boards(rig)
    rig.source.handler = handler
    form = {"type": "xml", "records": "boards.board"}
    spec = boards.spec(format=form, partitions='[].{name: "@id", city: city}')
    last = await rig.run(spec)
    assert ([each.key for each in last.partitions], last.inserted) == (["7", "9"], 2)


async def test_p2_partitions_stay_the_same_within_a_run_that_begins_again(
    rig: Rig, redis: Redis
) -> None:
    boards = Boards(rig, "a", "b")
    answer = boards.answer
    flushed = False

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal flushed
        if request.path == "/b" and not flushed:
            flushed = True
            boards.names = ["x"]
            await redis.flushall()
            await rig.start()
        return await answer(request)

    rig.source.handler = handler
    last = await rig.run(boards.spec())
    assert [each.key for each in last.partitions] == ["a", "b"]
    assert (last.verdict, last.open) == ("Complete", 8)
    assert rig.source.asked.count("/boards") == 1
