"""What a room is told: to its followers alone, from its own pool alone, and never too much."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import socketio
from redis.asyncio import Redis

from gateways import ImportsFolder, serving
from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId
from jobimport.queue.queue import Queue, prefix_of
from jobimport.queue.tasks import RunStart, Task, TaskKind
from jobimport.store.collections import Database
from jobimport_api.access.viewers import Everybody
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.live.wire import MOST_WAITING
from jobimport_api.sources.folder import LocalSource

OURS, THEIRS = ImportKey("ours", "acme"), ImportKey("theirs", "acme")
RUN = RunId("acme-1")


@pytest.fixture
async def url(redis: Redis, database: Database, folder: ImportsFolder) -> AsyncIterator[str]:
    """A gateway over an import with a run in each of two namespaces."""
    for key in (OURS, THEIRS):
        await folder.add(key.name, key.namespace)
        queue = Queue(redis, PoolKey(key.namespace, "default"))
        await queue.ensure_epoch()
        task = Task(TaskId(f"{RUN}/page/all/0"), TaskKind.PAGE, PartitionKey("all"))
        await queue.start_run(RunStart(RUN, key, "u", 1, 1, "Requested", 4, 3, b"{}"), [task])
    catalog = Catalog(LocalSource(folder.path, folder.state), redis, database)
    async with serving(make_app(catalog, Everybody(), Options(auth_mode="none"))) as served:
        yield served


@asynccontextmanager
async def following(url: str, key: ImportKey) -> AsyncIterator[list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("message", told.append)
    await client.connect(url, transports=["websocket"])
    room = {"room": "run", "namespace": key.namespace, "name": key.name, "runId": RUN}
    assert "snapshot" in await client.call("subscribe", room)
    yield told
    await client.disconnect()


async def say(redis: Redis, pool: str, key: ImportKey, reason: str, **over: str) -> None:
    """Write into a pool's stream of events, as its workers can."""
    entry: dict[Any, Any] = {
        "type": "task.retry",
        "import": str(key),
        "run": RUN,
        "at": "1764057600000",
        "data": json.dumps({"task": f"{RUN}/page/all/0", "reason": reason, "delayMs": 1}),
        **over,
    }
    await redis.xadd(f"{prefix_of(PoolKey(pool, 'default'))}events", entry)


async def until_told(told: list[dict[str, Any]], reason: str) -> None:
    async with asyncio.timeout(30):
        while not any(each["data"].get("data", {}).get("reason") == reason for each in told):
            await asyncio.sleep(0.02)


async def test_a_namespaces_workers_tell_nothing_about_another_and_stop_nobodys_feed(
    url: str, redis: Redis
) -> None:
    async with following(url, OURS) as ours, following(url, THEIRS) as theirs:
        await say(redis, "ours", THEIRS, "forged")
        await say(redis, "ours", OURS, "unreadable", data="{", at="never")
        await say(redis, "ours", OURS, "of ours")
        await say(redis, "theirs", THEIRS, "of theirs")
        await until_told(ours, "of ours")
        await until_told(theirs, "of theirs")
        assert "forged" not in json.dumps(theirs)
        assert [each["seq"] for each in ours] == list(range(1, len(ours) + 1))


async def test_a_room_whose_snapshot_was_refused_is_not_followed(url: str, redis: Redis) -> None:
    told: list[dict[str, Any]] = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("message", told.append)
    await client.connect(url, transports=["websocket"])
    room = {"room": "run", "namespace": "ours", "name": "acme", "runId": "another"}
    refused = await client.call("subscribe", room)
    assert refused["error"]["status"] == 404
    async with following(url, OURS) as others:
        await say(redis, "ours", OURS, "not for you", run="another")
        await say(redis, "ours", OURS, "for all")
        await until_told(others, "for all")
    assert told == []
    await client.disconnect()


async def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_told_on(
    url: str, redis: Redis
) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    shake = (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    writer.write(shake.encode())
    await reader.readuntil(b"\r\n\r\n")
    room = {"room": "run", "namespace": "ours", "name": "acme", "runId": RUN}
    for text in ("40", f"420{json.dumps(['subscribe', room])}"):
        await asyncio.sleep(0.2)
        writer.write(b"\x81" + masked_size(len(text)) + b"\0\0\0\0" + text.encode())
    await reader.readuntil(b'"snapshot"')
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    filler = "x" * 60_000
    async with following(url, OURS) as told:
        for number in range(4 * MOST_WAITING // len(filler)):
            await say(redis, "ours", OURS, f"{number} {filler}")
            await until_told(told, f"{number} {filler}")
        await say(redis, "ours", OURS, "the last")
        await until_told(told, "the last")
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    with suppress(ConnectionResetError):
        async with asyncio.timeout(30):
            while await reader.read(1 << 20):
                pass
    writer.close()


def masked_size(size: int) -> bytes:
    return bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
