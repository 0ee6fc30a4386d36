"""The Redis users of examples/stores on a real Redis: what a worker can do, and what it cannot."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from jobimport.ids import PoolKey, WorkerId
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.readiness import redis_check
from jobimport.store.collections import Database
from jobimport_cli.standins.redis_server import RedisServer

from .conftest import Source, running_rig

USERS = Path(__file__).parents[3] / "examples" / "stores" / "redis-users.acl"
OWN, OTHER = PoolKey("recruiting", "default"), PoolKey("sales", "default")
SPEC: dict[str, Any] = {
    "source": {"format": {"type": "json", "records": "jobs"}},
    "mapping": {"externalId": "id", "title": "title"},
}


@pytest.fixture
async def users(redis: Redis) -> None:
    """Make the users as the example has them."""
    lines = [each.split() for each in USERS.read_text().splitlines() if each.startswith("user ")]
    assert [each[1] for each in lines] == ["jobimport", "recruiting-worker"]
    for _, name, *rules in lines:
        await redis.execute_command("ACL", "SETUSER", name, "reset", *rules)


def as_user(server: RedisServer, name: str) -> Redis:
    return connect(server.url.replace("redis://", f"redis://{name}:CHANGE-ME@"))


@pytest.fixture
async def confined(users: None, redis_server: RedisServer) -> AsyncIterator[Redis]:
    client = as_user(redis_server, "recruiting-worker")
    yield client
    await client.aclose()


@pytest.fixture
async def operators(users: None, redis_server: RedisServer) -> AsyncIterator[Redis]:
    client = as_user(redis_server, "jobimport")
    yield client
    await client.aclose()


async def test_a_confined_worker_imports_whole_what_the_operators_user_started(
    operators: Redis, confined: Redis, database: Database, source: Source, tmp_path: Path
) -> None:
    for client in (operators, confined):
        await redis_check(client)()
    source.gives(orjson.dumps({"jobs": [{"id": str(n), "title": "x"} for n in range(50)]}))
    queue = Queue(operators, OWN)
    spec = {**SPEC, "source": {**SPEC["source"], "request": {"url": f"{source.address}/jobs"}}}
    spec["source"]["politeness"] = {"requests": 100, "periodSeconds": 1}
    async with running_rig(queue, confined, database, source, tmp_path) as rig:
        last = await rig.run(spec)
    assert (last.verdict, last.inserted) == ("Complete", 50)


async def test_a_confined_worker_can_touch_no_other_namespaces_queue(confined: Redis) -> None:
    foreign = Queue(confined, OTHER)
    with pytest.raises(NoPermissionError):
        await foreign.claim(WorkerId("intruder"), 1, 1000)
    hidden = "return redis.call('GET', 'ji:{sales/default}:epoch')"
    for command in (
        ("GET", "ji:{sales/default}:epoch"),
        ("XRANGE", "ji:{sales/default}:events", "-", "+"),
        ("DEL", "ji:{sales/default}:leases"),
        ("SMEMBERS", "ji:pools"),
        ("EVAL", "return redis.call('GET', KEYS[1])", "1", "ji:{sales/default}:epoch"),
        ("EVAL", hidden, "0"),
        ("KEYS", "*"),
        ("SCAN", "0"),
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("CLIENT", "LIST"),
        ("MONITOR",),
        ("SCRIPT", "FLUSH"),
        ("SUBSCRIBE", "x"),
    ):
        with pytest.raises(Exception, match=r"(?i)no permission|can't access|NOPERM"):
            await confined.execute_command(*command)
    assert await confined.execute_command("GET", "ji:{recruiting/default}:epoch") is None
