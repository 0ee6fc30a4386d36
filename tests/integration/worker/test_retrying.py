"""Retries of what failed, of one partition or of all: what is fetched, and what a walk proves."""

from typing import Any

import pytest
from aiohttp import web

from .conftest import Rig
from .test_importing import a_spec, jobs


class Boards:
    """A source of three boards; those of `down` answer 404, and `jobs` says what each has."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.down: set[str] = set()
        self.jobs = {name: [f"{name}{n}" for n in range(4)] for name in "abc"}
        rig.source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path[1:]
        if name == "boards":
            return web.json_response({"boards": list(self.jobs)})
        if name in self.down:
            return web.Response(status=404)
        return web.Response(text=jobs(*self.jobs[name]))

    def spec(self, *, discovered: bool = False, **completeness: Any) -> dict[str, Any]:
        address = self.rig.source.address
        named: dict[str, Any] = {"values": [{"name": each} for each in self.jobs]}
        if discovered:
            asked = {"request": {"url": f"{address}/boards"}, "partitions": "boards"}
            named = {"discover": asked}
        source = {"request": {"url": f"{address}/{{partition.name}}"}, "partitions": named}
        rules = {"missesBeforeClose": 1, "closeGuard": {"maxPercent": 100}} | completeness
        return a_spec(self.rig.source, source=source, completeness=rules)

    async def retry(self, of: str, partition: str | None = None, **spec: Any) -> Any:
        """Retry what failed; the outcome, and what was asked of the source."""
        asked = len(self.rig.source.asked)
        over = {"retry_of": of, "retry_partition": partition}
        last = await self.rig.run(self.spec(**spec), **over)
        return last, self.rig.source.asked[asked:]


@pytest.mark.parametrize("discovered", [False, True])
async def test_a_retry_of_a_partition_fetches_what_failed_of_it_and_nothing_else(
    rig: Rig, *, discovered: bool
) -> None:
    boards = Boards(rig)
    boards.down = {"b", "c"}
    first = await rig.run(boards.spec(discovered=discovered))
    assert (first.verdict, first.inserted) == ("Partial", 4)
    assert [each.key for each in first.partitions] == ["b", "c", "a"], "what failed comes first"
    boards.down = set()
    last, asked = await boards.retry("run-1", "b", discovered=discovered)
    assert asked == ["/b"]
    assert (last.verdict, last.inserted, last.records, last.failed_pages) == ("Partial", 4, 8, 1)
    verdicts = {each.key: each.verdict for each in last.partitions}
    assert verdicts == {"a": "Complete", "b": "Complete", "c": "Failed"}
    assert last.message.startswith("b again: 4 records seen; 1 of 3 partitions are not complete")
    whole, asked = await boards.retry("run-2", "c", discovered=discovered)
    assert asked == ["/c"]
    assert (whole.verdict, whole.open, whole.records) == ("Complete", 12, 12)


async def test_a_retry_of_a_partition_that_is_gone_says_so_and_fetches_nothing(rig: Rig) -> None:
    boards = Boards(rig)
    boards.down = {"b"}
    await rig.run(boards.spec())
    last, asked = await boards.retry("run-1", "nowhere")
    assert (last.verdict, last.closed, asked) == ("Partial", 0, [])
    assert "no partition 'nowhere' (any more)" in last.message
    assert "partitions: a, b, c" in last.message


async def test_p6_a_retry_counts_no_posting_as_missed_again_that_its_walk_missed_once(
    rig: Rig,
) -> None:
    boards = Boards(rig)
    rules = {"missesBeforeClose": 2}
    await rig.run(boards.spec(**rules))
    boards.jobs["a"].pop()
    boards.down = {"b"}
    await rig.run(boards.spec(**rules))
    boards.down = set()
    last, asked = await boards.retry("run-2", "b", **rules)
    assert (asked, last.closed, last.open) == (["/b"], 0, 12)
    next_walk = await rig.run(boards.spec(**rules))
    assert (next_walk.closed, next_walk.open) == (1, 11)


async def test_p6_a_retry_does_not_confirm_that_a_partition_is_empty(rig: Rig) -> None:
    boards = Boards(rig)
    await rig.run(boards.spec(confirmEmptyRuns=2))
    boards.jobs["a"] = []
    boards.down = {"b"}
    await rig.run(boards.spec(confirmEmptyRuns=2))
    boards.down = set()
    last, _ = await boards.retry("run-2", confirmEmptyRuns=2)
    assert (last.closed, last.open) == (0, 12)
    confirmed = await rig.run(boards.spec(confirmEmptyRuns=2))
    assert (confirmed.closed, confirmed.open) == (4, 8)


@pytest.mark.parametrize("history", [2, 20])
async def test_p6_many_retries_of_one_walk_lose_nothing_of_what_it_saw_first(
    rig: Rig, history: int
) -> None:
    boards = Boards(rig)
    boards.jobs |= {name: [f"{name}1"] for name in "defg"}
    boards.down = set("bcdefg")
    spec = boards.spec() | {"historyLimit": history}
    assert (await rig.run(spec)).inserted == 4
    for number, name in enumerate("bcdef", 1):
        boards.down.remove(name)
        over = {"retry_of": f"run-{number}", "retry_partition": name}
        last = await rig.run(spec, **over)
        assert (last.verdict, last.closed) == ("Partial", 0), last.message
    boards.down.clear()
    whole = await rig.run(spec, retry_of="run-6", retry_partition="g")
    assert (whole.verdict, whole.records, whole.closed, whole.open) == ("Complete", 16, 0, 16)
