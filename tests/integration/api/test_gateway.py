"""The gateway on real servers: REST, live messages, and what it refuses."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
import uvicorn
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.local import LocalImports
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, RunStart, Task, TaskKind
from jobimport.resource.status import JobImportStatus
from jobimport.store.collections import Database
from jobimport_api.access.viewers import Everybody
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.live.wire import Wire
from jobimport_api.sources.folder import LocalSource

KEY = ImportKey("default", "acme")
RUN = RunId("acme-1")
SPEC = {
    "source": {"request": {"url": "https://jobs.example/x"}, "format": {"records": "jobs"}},
    "mapping": {"externalId": "id"},
}


class Gateway:
    """A gateway on a free port, over one import with one run."""

    def __init__(self, url: str, queue: Queue, imports: LocalImports) -> None:
        self.url = url
        self.queue = queue
        self.imports = imports

    async def get(self, path: str, **over: Any) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.get(f"/api/v1/{path}", **over)

    async def begin_run(self, pages: int) -> None:
        status = JobImportStatus.model_validate(
            {
                "currentRun": {
                    "id": RUN,
                    "sequence": 1,
                    "reason": "Requested",
                    "startedAt": "2026-01-01T00:00:00Z",
                    "generation": 1,
                    "specHash": "x",
                }
            }
        )
        imp = await self.imports.get(KEY)
        assert imp is not None
        await self.imports.write_status(imp, status)
        run = RunStart(RUN, KEY, "uid", 1, 1, "Requested", 4, 3, b"{}")
        tasks = [
            Task(TaskId(f"{RUN}/{n}"), TaskKind.PAGE, PartitionKey("all")) for n in range(pages)
        ]
        await self.queue.start_run(run, tasks)

    async def do_page(self, records: int) -> None:
        claim = await self.queue.claim(WorkerId("w"), 1, 60_000)
        assert await self.queue.finish(claim.leases[0], Counts(records=records, inserted=records))


@pytest.fixture
async def gateway(redis: Redis, database: Database, tmp_path: Path) -> AsyncIterator[Gateway]:
    manifest = {
        "apiVersion": "jobimport.dev/v1alpha1",
        "kind": "JobImport",
        "metadata": {"name": "acme"},
        "spec": SPEC,
    }
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump(manifest))
    state = tmp_path / "state"
    imports = LocalImports(tmp_path, state, owner=True)
    await imports.list()
    catalog = Catalog(LocalSource(tmp_path, state), redis, database)
    app = make_app(catalog, Everybody(), Options(auth_mode="none"))
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_level="warning",
        lifespan="on",
        ws=Wire,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    queue = Queue(redis, PoolKey("default", "default"))
    await queue.ensure_epoch()
    yield Gateway(f"http://127.0.0.1:{port}", queue, imports)
    server.should_exit = True
    await serving


class Follower:
    """A Socket.IO client that keeps what it is told."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient()
        self.messages: list[dict[str, Any]] = []
        self.client.on("message", self.messages.append)

    async def follow(self, url: str, room: dict[str, Any]) -> dict[str, Any]:
        await self.client.connect(url, transports=["websocket"])
        return await self.client.call("subscribe", room)

    async def told(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                for message in self.messages:
                    if message["type"] == kind:
                        return message
                await asyncio.sleep(0.01)


@pytest.fixture
async def follower() -> AsyncIterator[Follower]:
    follower = Follower()
    yield follower
    with suppress(Exception):
        await follower.client.disconnect()


async def test_p9_an_import_is_shown_with_its_progress_and_an_unknown_total_as_null(
    gateway: Gateway,
) -> None:
    await gateway.begin_run(3)
    await gateway.do_page(20)
    async with asyncio.timeout(30):
        while not (item := (await gateway.get("imports")).json()["items"][0])["currentRun"]:
            await asyncio.sleep(0.05)
    progress = item["currentRun"]["progress"]
    assert (progress["pagesDone"], progress["pagesTotal"], progress["records"]) == (1, None, 20)
    assert (await gateway.get("imports", params={"search": "nobody"})).json()["total"] == 0
    assert (await gateway.get("imports", params={"state": "running"})).json()["total"] == 1
    run = (await gateway.get(f"imports/default/acme/runs/{RUN}")).json()
    assert (run["state"], run["verdict"]) == ("running", None)


async def test_a_change_reaches_a_client_within_half_a_second(
    gateway: Gateway, follower: Follower
) -> None:
    await gateway.begin_run(3)
    room = {"room": "run", "namespace": "default", "name": "acme", "runId": RUN}
    snapshot = await follower.follow(gateway.url, room)
    assert snapshot["snapshot"]["progress"]["pagesDone"] == 0
    took: list[float] = []
    for done in (1, 2, 3):
        began = time.monotonic()
        await gateway.do_page(20)
        async with asyncio.timeout(30):
            while not any(each["data"].get("pagesDone") == done for each in follower.messages):
                await asyncio.sleep(0.005)
        took.append(time.monotonic() - began)
    assert min(took) < 0.5, took


async def test_messages_are_numbered_without_gaps_and_the_end_is_never_dropped(
    gateway: Gateway, follower: Follower
) -> None:
    await gateway.begin_run(30)
    snapshot = await follower.follow(gateway.url, {"room": "imports"})
    for _ in range(30):
        await gateway.do_page(20)
    claim = await gateway.queue.claim(WorkerId("w"), 1, 60_000)
    await gateway.queue.finish(claim.leases[0], Counts(), outcome={"verdict": "Complete"})
    finished = await follower.told("run.finished")
    assert finished["data"]["verdict"] == "Complete"
    numbers = [each["seq"] for each in follower.messages]
    first = snapshot["seqs"]["ns/default"] + 1
    assert numbers == list(range(first, first + len(numbers)))
    progress = [each for each in follower.messages if each["type"] == "run.progress"]
    assert len(progress) < 30, "progress is told coalesced"
    assert progress[-1]["data"]["pagesDone"] == 30


async def test_p2_a_flush_of_redis_begins_a_new_epoch(
    gateway: Gateway, follower: Follower, redis: Redis
) -> None:
    await gateway.begin_run(3)
    snapshot = await follower.follow(gateway.url, {"room": "imports"})
    await gateway.do_page(20)
    await follower.told("run.progress")
    await redis.flushall()
    await gateway.queue.ensure_epoch()
    await gateway.begin_run(3)
    async with asyncio.timeout(30):
        while not any(each["epoch"] != snapshot["epoch"] for each in follower.messages):
            await asyncio.sleep(0.05)
            claim = await gateway.queue.claim(WorkerId("w"), 1, 60_000)
            for lease in claim.leases:
                await gateway.queue.give_back(lease)
                await gateway.queue.pause(RUN)
                await gateway.queue.resume(RUN)


async def test_a_run_is_requested_by_annotation(gateway: Gateway) -> None:
    async with httpx.AsyncClient(base_url=gateway.url) as client:
        answer = await client.post("/api/v1/imports/default/acme/runs")
    assert answer.status_code == 202
    imp = await gateway.imports.get(KEY)
    assert imp is not None
    assert imp.annotations["jobimport.dev/run-requested"] == answer.json()["token"]


async def test_what_is_not_there_is_a_problem_that_says_so(gateway: Gateway) -> None:
    answer = await gateway.get("imports/default/nobody")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default/nobody was not found" in answer.json()["detail"]


async def test_other_hosts_are_refused_without_authentication(gateway: Gateway) -> None:
    answer = await gateway.get("imports", headers={"Host": "evil.example"})
    assert answer.status_code == 403


async def test_the_openapi_tells_of_every_route_and_its_problems(gateway: Gateway) -> None:
    described = (await gateway.get("openapi.json")).json()
    assert len(described["paths"]) == 25
    for path, operations in described["paths"].items():
        for verb, operation in operations.items():
            assert operation["description"], (path, verb)
            assert "503" in operation["responses"], (path, verb)


async def test_no_input_makes_an_error_of_ours(gateway: Gateway) -> None:
    texts, names = st.text(max_size=30), ["limit", "cursor", "search", "state", "sort"]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        path=st.sampled_from(["imports", "imports/default/acme/runs", "pools"]),
        query=st.dictionaries(st.sampled_from(names), texts),
    )
    def ask(path: str, query: dict[str, str]) -> None:
        answer = httpx.get(f"{gateway.url}/api/v1/{path}", params=query)
        assert answer.status_code < 500, answer.text

    await asyncio.to_thread(ask)


def test_auth_none_is_refused_beyond_loopback() -> None:
    command = [sys.executable, "-m", "jobimport_api", "--host", "0.0.0.0", "--local", "/"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "AUTH_MODE=none lets everybody in" in done.stderr
    assert json.dumps("set AUTH_MODE=kubernetes")[1:-1] in done.stderr


async def test_an_event_of_an_import_reaches_those_who_look_at_it_within_half_a_second(
    gateway: Gateway, follower: Follower
) -> None:
    room = {"room": "import", "namespace": "default", "name": "acme"}
    await follower.follow(gateway.url, room)
    took: list[float] = []
    for count in (1, 2, 3):
        began = time.monotonic()
        event = {"at": "2026-11-25T08:00:00Z", "reason": "RunFailed", "note": f"number {count}"}
        await gateway.imports.add_event(KEY, event)
        async with asyncio.timeout(10):
            while sum(each["type"] == "import.event" for each in follower.messages) < count:
                await asyncio.sleep(0.005)
        took.append(time.monotonic() - began)
        events = (await gateway.get("imports/default/acme/events")).json()["items"]
        assert f"number {count}" in {each["message"] for each in events}
    assert min(took) < 0.5, took
