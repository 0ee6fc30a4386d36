"""Servers and a stage for the chaos tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chaos.stage import Stage
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.redis_server import RedisServer


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    with mongo_stand_in() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
async def stage(tmp_path: Path, mongo_url: str, redis_server: RedisServer) -> AsyncIterator[Stage]:
    async with Stage.open(tmp_path, redis_server.url, mongo_url) as opened:
        yield opened
