"""Clients of the live feed, as light as can be, in a process of their own: they count and time.

    python -m bench.live_clients URL CLIENTS ROOMS FIRST

Client n follows the run of import number `n % ROOMS`. Prints `ready` once all have their snapshot;
at the end of standard input one line of JSON: {deliveries, lines, latencies: milliseconds}.

They speak WebSocket and Socket.IO by hand, and look at the bytes of a message only where its time
stands, so that what is measured on a small machine is the gateway and not its clients.
"""

import asyncio
import json
import sys
import time
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

_AT_A_TIME = 20
_READY_SECONDS = 120
_SHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_TOLD = b'42["message",'
_LINE = b'"type":"run.log"'
_AT = b'"at":"'


class Tally:
    """What all clients of the process were told."""

    def __init__(self) -> None:
        self.deliveries = 0
        self.latencies: list[float] = []


class Client(asyncio.Protocol):
    """One client: connects, subscribes, and takes what comes."""

    def __init__(self, host: str, room: int, tally: Tally) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lines = 0
        self._host = host
        self._room = room
        self._tally = tally
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_SHAKE.format(host=self._host).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("the gateway closed the connection"))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            assert b" 101 " in head, head
            self._upgraded = True
        place = 0
        while (ends := _frame(buffer, place)) is not None:
            start, place = ends
            self._take(buffer[start:place])
        self._buffer = buffer[place:]

    def _take(self, text: bytes) -> None:
        if text.startswith(_TOLD):
            self._tally.deliveries += 1
            if _LINE in text:
                self.lines += 1
                start = text.index(_AT) + len(_AT)
                at = _moment(text[start : text.index(b'"', start)])
                self._tally.latencies.append((time.time() - at) * 1000)
        elif text == b"2":
            self._send("3")
        elif text.startswith(b"0{"):
            self._send("40")
        elif text.startswith(b"40"):
            names = {"namespace": "default", "name": f"i{self._room}", "runId": f"r{self._room}"}
            self._send(f"420{json.dumps(['subscribe', {'room': 'run', **names}])}")
        elif text.startswith(b"430"):
            assert b'"snapshot"' in text, text
            self.ready.set_result(None)

    def _send(self, text: str) -> None:
        assert self._transport is not None
        body = text.encode()
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2)
        self._transport.write(
            b"\x81" + size + b"\0\0\0\0" + body
        )  # a mask of zeros changes nothing


def _frame(buffer: bytes, place: int) -> tuple[int, int] | None:
    """Where the content of the frame at a place begins and ends; None: it is not whole yet."""
    if len(buffer) < place + 2:
        return None
    size, start = buffer[place + 1], place + 2
    if size >= 126:
        start += 2 if size == 126 else 8
        size = int.from_bytes(buffer[place + 2 : start])
    return (start, start + size) if len(buffer) >= start + size else None


@lru_cache(maxsize=4096)
def _moment(text: bytes) -> float:
    return datetime.fromisoformat(text.decode()).timestamp()


async def main(url: str, count: int, rooms: int, first: int) -> None:
    """Run the clients until standard input ends."""
    place, tally, slots = urlsplit(url), Tally(), asyncio.Semaphore(_AT_A_TIME)
    loop = asyncio.get_running_loop()

    async def connected(number: int) -> Client:
        async with slots, asyncio.timeout(_READY_SECONDS):
            _, client = await loop.create_connection(
                lambda: Client(place.netloc, (first + number) % rooms, tally),
                place.hostname,
                place.port,
            )
            await client.ready
            return client

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(connected(number)) for number in range(count)]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    lines = [task.result().lines for task in tasks]
    told = {
        "deliveries": tally.deliveries,
        "lines": [min(lines), max(lines)],
        "latencies": [round(each, 1) for each in tally.latencies],
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(each) for each in sys.argv[2:5])))
