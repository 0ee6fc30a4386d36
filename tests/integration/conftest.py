"""Real servers for the integration tests."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from redis.asyncio import Redis

from jobimport.queue.connection import connect
from jobimport.store.collections import Database, open_client, open_database
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    client = connect(redis_server.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    with mongo_stand_in() as url:
        yield url


@pytest.fixture
async def database(mongo_url: str) -> AsyncIterator[Database]:
    name = f"test_{uuid.uuid4().hex[:10]}"
    quicken(mongo_url, name, ["jobs"])
    client: AsyncMongoClient[dict[str, Any]] = open_client(mongo_url)
    yield open_database(client, name)
    await client.drop_database(name)
    await client.close()
