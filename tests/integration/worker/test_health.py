"""A worker that cannot work says why in its readiness, keeps running, and heals by itself."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from jobimport_cli.processes import running_part
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import RedisServer

DEADLINE_SECONDS = 40
PASSWORD = "a-password-nobody-may-read"


def environment(redis_url: str, mongo_url: str, port: int) -> dict[str, str]:
    return {
        "REDIS_URL": redis_url,
        "MONGODB_URL": mongo_url,
        "HEALTH_PORT": str(port),
        "STATUS_TARGET": "none",
        "LOG_FORMAT": "text",
    }


async def answer(port: int, path: str, expected: Callable[[httpx.Response], bool]) -> str:
    """Ask until the answer is as expected; its text."""
    last: object = None
    try:
        async with asyncio.timeout(DEADLINE_SECONDS), httpx.AsyncClient(trust_env=False) as client:
            while True:
                try:
                    last = response = await client.get(f"http://127.0.0.1:{port}{path}")
                    if expected(response):
                        return response.text
                    last = f"{response.status_code} {response.text}"
                except httpx.TransportError as error:
                    last = error
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{path}: the last answer was {last}") from None


def is_ready(response: httpx.Response) -> bool:
    return response.status_code == 200


def says(*words: str) -> Callable[[httpx.Response], bool]:
    return lambda response: (
        response.status_code == 503 and all(word in response.text for word in words)
    )


async def test_redis_that_is_away_is_said_and_work_starts_when_it_is_there(
    mongo_url: str, tmp_path: Path
) -> None:
    server, port = RedisServer(), free_port()
    url = server.url.replace("redis://", f"redis://user:{PASSWORD}@")
    settings = environment(url, mongo_url, port)
    try:
        async with running_part("worker", "jobimport_worker", [], settings, tmp_path) as part:
            said = await answer(port, "/readyz", says("redis does not answer", "REDIS_URL"))
            assert PASSWORD not in said
            assert (await answer(port, "/livez", is_ready)).strip() == "ok"
            server.start()
            # The stand-in has no such user: the refusal is another sentence than the absence.
            said = await answer(port, "/readyz", says("refuses the user or password"))
            assert PASSWORD not in said
            assert part.process.returncode is None
            assert PASSWORD not in part.log.read_text()
    finally:
        server.close()


async def test_redis_that_would_lose_data_is_refused_until_it_is_mended(
    redis: Redis, redis_server: RedisServer, mongo_url: str, tmp_path: Path
) -> None:
    port = free_port()
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        settings = environment(redis_server.url, mongo_url, port)
        async with running_part("worker", "jobimport_worker", [], settings, tmp_path):
            await answer(port, "/readyz", says("allkeys-lru", "Set maxmemory-policy to noeviction"))
            await redis.config_set("maxmemory-policy", "noeviction")
            await answer(port, "/readyz", is_ready)
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")


@pytest.mark.usefixtures("redis")
async def test_mongodb_at_a_wrong_address_is_said(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    port = free_port()
    wrong = f"mongodb://user:{PASSWORD}@127.0.0.1:{free_port()}/"
    settings = environment(redis_server.url, wrong, port)
    async with running_part("worker", "jobimport_worker", [], settings, tmp_path) as part:
        said = await answer(port, "/readyz", says("mongodb does not answer", "MONGODB_URL"))
        assert PASSWORD not in said
        assert part.process.returncode is None
        assert PASSWORD not in part.log.read_text()


async def test_the_gateway_and_the_operator_say_it_too(tmp_path: Path, mongo_url: str) -> None:
    server = RedisServer()
    folder = tmp_path / "imports"
    folder.mkdir()
    parts = (("gateway", "jobimport_api", ["--port", "0"]), ("operator", "jobimport_operator", []))
    try:
        for name, module, more in parts:
            port = free_port()
            settings = environment(server.url, mongo_url, port)
            arguments = ["--local", str(folder), *more]
            async with running_part(name, module, arguments, settings, tmp_path):
                await answer(port, "/readyz", says("redis does not answer"))
                server.start()
                await answer(port, "/readyz", is_ready)
                await answer(port, "/livez", is_ready)
            server.stop()
    finally:
        server.close()
