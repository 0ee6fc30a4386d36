"""A server that keeps no rule of HTTP: each case says itself what goes over the wire.

A case is reached by an address of its own in 127.0.0.0/8, so that the budget of one host does not
slow the other cases.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Send = Callable[["Wire"], Awaitable[None]]


@dataclass
class Wire:
    """One connection on which a request has come in."""

    request: str
    """The request's first line and headers."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    """How many requests the case has had, this one included."""

    @property
    def path(self) -> str:
        return self.request.split(" ")[1]

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hang(self) -> None:
        """Say nothing until the other side goes."""
        await self.reader.read()

    def reset(self) -> None:
        """End the connection with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class HostileServer:
    """The server and what its cases were asked."""

    port: int = 0
    cases: list[Send] = field(default_factory=list[Send])
    asked: dict[int, list[str]] = field(default_factory=dict[int, list[str]])

    def add(self, send: Send) -> tuple[int, str]:
        """A new case: its number and its address."""
        number = len(self.cases)
        self.cases.append(send)
        self.asked[number] = []
        return number, f"http://127.1.{number // 250}.{number % 250 + 1}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close."""
        address = writer.get_extra_info("sockname")[0].split(".")
        case = int(address[2]) * 250 + int(address[3]) - 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            request = head.decode("latin-1")
            self.asked[case].append(request.split("\r\n")[0])
            wire = Wire(request, reader, writer, len(self.asked[case]))
            await self.cases[case](wire)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def hostile_server() -> AsyncIterator[HostileServer]:
    """Serve while the context lasts."""
    hostile = HostileServer()
    server = await asyncio.start_server(hostile.serve, "0.0.0.0", 0, backlog=1000)
    hostile.port = server.sockets[0].getsockname()[1]
    yield hostile
    server.close()


def head(status: str = "200 OK", **headers: str) -> bytes:
    """The head of an answer; `Content_Type=…` gives Content-Type."""
    named = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\nConnection: close\r\n{lines}\r\n".encode("latin-1")


def answer(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer of the right length."""
    data = body.encode() if isinstance(body, str) else body
    return head(status, **{"Content_Length": str(len(data)), **headers}) + data


def gives(data: bytes) -> Send:
    """A case that always answers the same bytes."""

    async def send(wire: Wire) -> None:
        await wire.send(data)

    return send
