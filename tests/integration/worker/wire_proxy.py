"""A TCP proxy in front of MongoDB that cuts connections, before a command or before its answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from bson import decode

Fate = Literal["pass", "lost", "unanswered"]
"""What becomes of a command: `lost` never reaches MongoDB, `unanswered` is carried out, and its
answer never comes."""
Judge = Callable[["Command"], Fate]

_OP_MSG = 2013
_BODY = 16 + 4 + 1  # the header, flags, and the kind of the first section


@dataclass(frozen=True)
class Command:
    """A command on its way; `times` is how often its kind has come by, this time included."""

    kind: str
    """Its name and collection, such as `update jobs`."""
    times: int


@dataclass
class WireProxy:
    """Passes messages on whole; `judge` says what becomes of each command."""

    target: str
    judge: Judge = lambda _: "pass"
    url: str = ""
    seen: Counter[str] = field(default_factory=Counter[str])
    cut: list[str] = field(default_factory=list[str])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the driver's."""
        there = urlsplit(self.target)
        server_reader, server_writer = await asyncio.open_connection(there.hostname, there.port)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    asked = await _message(reader)
                    fate = self._fate(asked)
                    if fate == "lost":
                        return
                    server_writer.write(asked)
                    answer = await _message(server_reader)
                    if fate == "unanswered":
                        return
                    writer.write(answer)
                    await writer.drain()
        finally:
            for each in (writer, server_writer):
                each.transport.abort()

    def _fate(self, message: bytes) -> Fate:
        kind = _kind(message)
        if kind is None:
            return "pass"
        self.seen[kind] += 1
        fate = self.judge(Command(kind, self.seen[kind]))
        if fate != "pass":
            self.cut.append(f"{kind} {fate}")
        return fate


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "little") - 4)


def _kind(message: bytes) -> str | None:
    """The kind of a command of a database; None for those of the connection itself."""
    if int.from_bytes(message[12:16], "little") != _OP_MSG:
        return None
    size = int.from_bytes(message[_BODY : _BODY + 4], "little")
    body: dict[str, Any] = decode(message[_BODY : _BODY + size])
    name, value = next(iter(body.items()))
    collection = body.get("collection", value)
    return f"{name} {collection}" if isinstance(collection, str) else None


@asynccontextmanager
async def wire_proxy(target: str) -> AsyncGenerator[WireProxy]:
    """A proxy in front of the MongoDB at `target` while the context lasts."""
    proxy = WireProxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/?directConnection=true"
    try:
        yield proxy
    finally:
        server.close()
