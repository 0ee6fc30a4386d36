"""Postings, rejects, and why a job is or is not here."""

import asyncio
import json
from typing import Any

import pytest

from gateways import (
    NOW,
    ImportsFolder,
    Limited,
    a_last_run,
    add_posting,
    add_reject,
    add_sighting,
)
from jobimport.ids import ImportKey, PoolKey, TaskId, WorkerId
from jobimport.queue.oneoffs import answer
from jobimport.queue.queue import Queue
from jobimport.store.collections import Database

from .conftest import ClientOf

SOURCE = "default.acme"
BASE = "/imports/default/acme"


@pytest.fixture
async def acme(folder: ImportsFolder, database: Database) -> ImportKey:
    key = await folder.add("acme", status={"lastRun": a_last_run()})
    for number in range(1, 8):
        await add_posting(database, SOURCE, str(number))
    await add_posting(
        database,
        SOURCE,
        "gone",
        closedAt=NOW,
        closedReason="Missing",
        closedRun="run-2",
        title=None,
    )
    await add_posting(database, "somebody.else", "secret", title="Job of another tenant")
    await add_reject(database, key, "bad")
    return key


async def test_postings_are_paged_by_cursor_and_searched_by_words(
    acme: ImportKey, client_of: ClientOf
) -> None:
    client, query, found = client_of(), {"limit": "3", "state": "all"}, list[str]()
    while True:
        page = (await client.get(f"{BASE}/records", params=query)).json()
        assert page["total"] == 8
        found += [each["externalId"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert found == ["7", "6", "5", "4", "3", "2", "1", "gone"]
    one = (await client.get(f"{BASE}/records", params={"search": "berlin job 4"})).json()
    assert [each["externalId"] for each in one["items"]] == ["4"]
    assert one["items"][0]["locations"] == "Berlin, DE"
    closed = (await client.get(f"{BASE}/records?changed=closed&state=all")).json()
    assert [each["externalId"] for each in closed["items"]] == ["gone"]


@pytest.mark.parametrize("typed", ['{"$gt": ""}', "$where", ".*", "(((", "\\", "a{99999}"])
async def test_what_is_typed_is_text_and_no_operator(
    acme: ImportKey, client_of: ClientOf, typed: str
) -> None:
    answered = await client_of().get(f"{BASE}/records", params={"search": typed})
    assert (answered.status_code, answered.json()["items"]) == (200, [])
    looked = await client_of().get(f"{BASE}/why", params={"q": typed})
    assert looked.json()["answer"] in ("NeverSeen", "Rejected")


async def test_a_posting_comes_with_its_history_and_a_reject_with_its_reason(
    acme: ImportKey, client_of: ClientOf, database: Database
) -> None:
    await add_sighting(database, SOURCE, "run-2", "3")
    found = (await client_of().get(f"{BASE}/record?id=3")).json()
    assert found["posting"]["title"] == "Job 3"
    assert found["history"][0]["kind"] == "Inserted"
    assert found["lastSeenRun"] == "run-2"
    rejected = (await client_of().get(f"{BASE}/record?id=bad")).json()
    assert (rejected["posting"], rejected["reject"]["reason"]) == (None, "title is required")
    assert (await client_of().get(f"{BASE}/record?id=nobody")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "answered", "says"),
    [
        ("3", "Open", "first seen on 2026-11-25"),
        ("https://jobs.example/3/?utm_source=mail#top", "Open", "It is open"),
        ("gone", "Closed", "complete runs no longer showed it"),
        ("bad", "Rejected", "title is required"),
        ("nobody", "NeverSeen", "the source did not list it"),
    ],
)
async def test_why_is_answered_by_id_or_url(
    acme: ImportKey, client_of: ClientOf, asked: str, answered: str, says: str
) -> None:
    found = (await client_of().get(f"{BASE}/why", params={"q": asked})).json()
    assert found["answer"] == answered, found
    assert says in found["sentence"]


async def test_a_posting_that_the_guard_keeps_open_says_so(
    acme: ImportKey, client_of: ClientOf, database: Database
) -> None:
    missed = {"misses": 2, "lastMissRun": "run-2"}
    await database["jobs"].update_one({"_id": f"{SOURCE}:5"}, {"$set": missed})
    found = (await client_of().get(f"{BASE}/why?q=5")).json()
    assert found["answer"] == "Held"
    assert "closeGuard" in found["sentence"]


async def test_naming_anothers_source_shows_none_of_its_postings(
    acme: ImportKey, client_of: ClientOf, folder: ImportsFolder
) -> None:
    source = {"name": SOURCE, "request": {"url": "https://evil.example"}}
    await asyncio.sleep(1.1)  # the age of an import is told in seconds
    await folder.add("thief", "evil", source=source)
    await folder.add("thief2", "evil", source=source, status={"sourceName": SOURCE})
    client = client_of(Limited("thief", {"get", "list"}, "evil"))
    for path in ("records", "record?id=3", "why?q=3"):
        answered = await client.get(f"/imports/evil/thief/{path}")
        assert answered.status_code == 409, answered.text
    answered = await client.get("/imports/evil/thief2/records")
    assert answered.status_code == 409
    assert "another namespace" in answered.json()["detail"]


async def test_rejects_are_grouped_and_downloaded_as_lines(
    acme: ImportKey, client_of: ClientOf, database: Database
) -> None:
    await add_reject(database, acme, "other", reason="salary", raw="{}")
    listed = (await client_of().get(f"{BASE}/rejects?reason=salary")).json()
    assert [each["externalId"] for each in listed["items"]] == ["other"]
    assert {each["reason"] for each in listed["groups"]} == {"salary", "title is required"}
    lines = await client_of().get(f"{BASE}/rejects/download")
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    assert {json.loads(each)["externalId"] for each in lines.text.splitlines()} == {"bad", "other"}


async def worked_on(queue: Queue, result: dict[str, Any]) -> dict[str, Any]:
    claim = await queue.claim(WorkerId("w"), 1, 60_000)
    lease = claim.leases[0]
    assert await answer(queue, lease, result)
    return lease.task.payload


async def test_a_replay_is_asked_of_the_workers_and_its_answer_read(
    acme: ImportKey, client_of: ClientOf, redis: Any
) -> None:
    client = client_of()
    asked = await client.post(f"{BASE}/rejects/replay", json={"reason": "title is required"})
    assert asked.status_code == 202, asked.text
    task = asked.json()["task"]
    assert (await client.get(f"{BASE}/tasks/{task}")).json()["state"] == "waiting"
    queue = Queue(redis, PoolKey("default", "default"))
    payload = await worked_on(queue, {"replayed": 1, "rejectedAgain": 0, "message": "done"})
    assert (payload["sourceName"], payload["reason"]) == (SOURCE, "title is required")
    done = (await client.get(f"{BASE}/tasks/{task}")).json()
    assert (done["state"], done["result"]["replayed"]) == ("done", 1)
    assert (await client.get(f"{BASE}/tasks/{TaskId('oneoff/guessed')}")).status_code == 404


async def test_the_answer_to_anothers_task_is_not_shown(
    acme: ImportKey, client_of: ClientOf, folder: ImportsFolder
) -> None:
    await folder.add("other")
    task = (await client_of().post(f"{BASE}/rejects/replay")).json()["task"]
    assert (await client_of().get(f"/imports/default/other/tasks/{task}")).status_code == 404
    stranger = client_of(Limited("eve", {"get", "list"}, "default"))
    pool = f"/namespaces/default/pools/default/tasks/{task}"
    assert (await stranger.get(pool)).status_code == 404
