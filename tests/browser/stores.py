"""Redis and the MongoDB stand-in behind a wire that can be cut, as an outage of either looks."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import embedded_redis

_HOST: Final = "127.0.0.1"
_PIECE: Final = 64 * 1024


class Wire:
    """Passes connections on to a server, at a port that stays the same, until it is cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def join(self) -> None:
        """Take connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, _HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End all connections, and refuse new ones; what the server holds stays."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            back, onward = await asyncio.open_connection(_HOST, self._to)
            self._open.add(onward)
            try:
                await asyncio.gather(_copy(reader, onward), _copy(back, writer))
            finally:
                self._open.discard(onward)
                onward.transport.abort()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(_PIECE):
            target.write(piece)
            await target.drain()
    target.transport.abort()


@dataclass(frozen=True, slots=True)
class Stores:
    """The wires to the stores, and the addresses of their near ends."""

    redis: Wire
    mongodb: Wire
    redis_url: str
    mongodb_url: str


@asynccontextmanager
async def running_stores(database: str) -> AsyncGenerator[Stores]:
    """Run both while the context lasts."""
    with ExitStack() as stack:
        redis_url = stack.enter_context(embedded_redis())
        mongodb_url = stack.enter_context(mongo_stand_in())
        quicken(mongodb_url, database, {"jobs"})
        redis, mongodb = Wire(_port_of(redis_url)), Wire(_port_of(mongodb_url))
        await redis.join()
        await mongodb.join()
        try:
            yield Stores(
                redis,
                mongodb,
                redis_url.replace(str(_port_of(redis_url)), str(redis.port)),
                mongodb_url.replace(str(_port_of(mongodb_url)), str(mongodb.port)),
            )
        finally:
            await redis.cut()
            await mongodb.cut()


def _port_of(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"{url} names no port")
    return port
