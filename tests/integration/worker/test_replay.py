"""P7: what was rejected becomes postings after the mapping is mended, and nothing is fetched."""

import asyncio
import json
from typing import Any

from aiohttp import web

from jobimport.ids import ImportKey
from jobimport.queue.oneoffs import answer_of, ask
from jobimport.queue.tasks import TaskKind

from .conftest import Rig
from .test_importing import a_spec, jobs

WRONG = {"externalId": "id", "title": "headline", "required": ["title"]}
RIGHT = {"externalId": "id", "title": "title", "required": ["title"]}


async def replay(rig: Rig, spec: dict[str, Any], **asked: Any) -> dict[str, Any]:
    """Ask for a replay; the worker's answer."""
    payload = {"spec": spec, "sourceName": "ns.imp", **asked}
    task = await ask(rig.queue, TaskKind.REPLAY, ImportKey("ns", "imp"), payload)
    async with asyncio.timeout(60):
        while True:
            answer = await answer_of(rig.queue, task)
            assert answer is not None
            assert answer.error is None
            if answer.result is not None:
                return answer.result
            await asyncio.sleep(0.02)


async def rejects(rig: Rig) -> list[dict[str, Any]]:
    found = rig.database["jobimport.rejects"].find({"goneRun": {"$exists": False}})
    return [each async for each in found]


async def test_p7_rejects_become_postings_by_a_replay_without_fetching(rig: Rig) -> None:
    rig.source.gives(jobs(*range(25)))
    first = await rig.run(a_spec(rig.source, mapping=WRONG))
    assert (first.rejected, first.inserted) == (25, 0)
    asked = len(rig.source.asked)
    result = await replay(rig, a_spec(rig.source, mapping=RIGHT))
    assert result["replayed"] == 25
    assert result["rejectedAgain"] == 0
    assert "25 rejects became postings" in result["message"]
    assert (await rig.stored(closedAt=None), await rejects(rig)) == (25, [])
    assert len(rig.source.asked) == asked
    posting = await rig.postings().find_one({"externalId": "3"})
    assert (posting["firstSeenRun"], posting["partitions"]) == (first.id, ["all"])


async def test_a_replayed_posting_is_unchanged_to_the_next_run(rig: Rig) -> None:
    rig.source.gives(jobs(*range(5), pay=1.50, tags=[{"b": 1, "a": None}]))
    await rig.run(a_spec(rig.source, mapping=WRONG))
    await replay(rig, a_spec(rig.source, mapping=RIGHT))
    last = await rig.run(a_spec(rig.source, mapping=RIGHT))
    assert (last.verdict, last.unchanged, last.updated) == ("Unchanged", 5, 0)


async def test_what_the_mapping_still_refuses_stays_with_its_reason(rig: Rig) -> None:
    body = json.loads(jobs(*range(4)))
    body["jobs"][2]["title"] = None
    body["jobs"][3].pop("id")
    rig.source.gives(json.dumps(body))
    await rig.run(a_spec(rig.source, mapping=WRONG))
    result = await replay(rig, a_spec(rig.source, mapping=RIGHT))
    assert (result["replayed"], result["rejectedAgain"]) == (2, 2)
    assert "externalId is missing: 1, title is missing: 1" in result["message"]
    assert sorted(each["reason"] for each in await rejects(rig)) == [
        "externalId is missing",
        "title is missing",
    ]


async def test_a_record_that_had_no_id_gets_one_by_the_mended_mapping(rig: Rig) -> None:
    rig.source.gives(jobs(*range(3), ref="x"))
    await rig.run(a_spec(rig.source, mapping={"externalId": "nr", "title": "title"}))
    result = await replay(rig, a_spec(rig.source, mapping=RIGHT))
    assert (result["replayed"], await rejects(rig)) == (3, [])


async def test_only_the_rejects_of_the_reason_that_was_asked_for_are_replayed(rig: Rig) -> None:
    body = json.loads(jobs(1, 2))
    body["jobs"][1].pop("id")
    rig.source.gives(json.dumps(body))
    await rig.run(a_spec(rig.source, mapping=WRONG))
    result = await replay(rig, a_spec(rig.source, mapping=RIGHT), reason="title is missing")
    assert result["replayed"] == 1
    assert [each["reason"] for each in await rejects(rig)] == ["externalId is missing"]


async def test_p1_a_replay_does_not_overwrite_what_a_newer_run_wrote(rig: Rig) -> None:
    rig.source.gives(jobs(1))
    await rig.run(a_spec(rig.source, mapping=WRONG))
    old = await rejects(rig)
    rig.source.gives(jobs(1).replace("Job 1", "Newer"))
    await rig.run(a_spec(rig.source, mapping=RIGHT))
    await rig.database["jobimport.rejects"].insert_many(old)  # as a late worker would leave it
    await replay(rig, a_spec(rig.source, mapping=RIGHT))
    assert await rig.stored(title="Newer") == 1
    assert await rejects(rig) == []


async def test_a_reject_that_its_source_shows_no_more_is_not_brought_back(rig: Rig) -> None:
    rig.source.gives(jobs(1, 2))
    await rig.run(a_spec(rig.source, mapping=WRONG))
    rig.source.gives(jobs(2))
    await rig.run(a_spec(rig.source, mapping=WRONG))
    result = await replay(rig, a_spec(rig.source, mapping=RIGHT))
    assert result["replayed"] == 1
    assert [each["externalId"] async for each in rig.postings().find({})] == ["2"]


async def test_p7_a_run_with_a_mended_mapping_replays_what_it_did_not_see_again(rig: Rig) -> None:
    fails: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        name = request.path.split("/")[1]
        rows = range(10) if name == "a" else range(100, 110)
        return web.Response(status=404) if name in fails else web.Response(text=jobs(*rows))

    rig.source.handler = handler
    source = {
        "request": {"url": f"{rig.source.address}/{{partition.board}}/jobs"},
        "partitions": {"values": [{"board": "a"}, {"board": "b"}]},
    }
    await rig.run(a_spec(rig.source, source=source, mapping=WRONG))
    fails.append("b")
    last = await rig.run(a_spec(rig.source, source=source, mapping=RIGHT))
    assert (last.verdict, last.inserted, last.rejected) == ("Partial", 20, 0)
    assert "10 earlier rejects became postings by the changed mapping" in last.message
    assert await rejects(rig) == []
