"""Clients of the live feed, as light as can be, in a process of their own: they count and time.

    python -m bench.live_clients URL CLIENTS ROOMS FIRST

Client n follows the run of import number `n % ROOMS`. Prints `ready` once all have their snapshot;
at the end of standard input one line of JSON: {deliveries, lines, latencies: milliseconds}.
"""

import asyncio
import json
import sys
import time
from datetime import datetime

import websockets

_AT_A_TIME = 20
_TOLD = '42["message",'


class Clients:
    """What all clients of the process were told."""

    def __init__(self) -> None:
        self.deliveries = 0
        self.latencies: list[float] = []
        self.lines: list[int] = []

    async def follow(
        self, url: str, room: int, ready: asyncio.Event, slots: asyncio.Semaphore
    ) -> None:
        """Connect, subscribe, and take what comes until cancelled."""
        index = len(self.lines)
        self.lines.append(0)
        address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
        async with slots:
            socket = await websockets.connect(
                address, compression=None, max_size=None, open_timeout=60
            )
            await socket.recv()
            await socket.send("40")
            await socket.recv()
            asked = {"room": "run", "namespace": "default", "name": f"i{room}", "runId": f"r{room}"}
            await socket.send(f"420{json.dumps(['subscribe', asked])}")
            while not str(answer := await socket.recv()).startswith("430"):
                pass
            assert '"snapshot"' in answer, answer
        ready.set()
        async for message in socket:
            if message == "2":
                await socket.send("3")
            elif isinstance(message, str) and message.startswith(_TOLD):
                self.deliveries += 1
                if '"run.log"' in message:
                    self.lines[index] += 1
                    self._time(message)

    def _time(self, message: str) -> None:
        start = message.index('"at":"') + 6
        at = datetime.fromisoformat(message[start : message.index('"', start)])
        self.latencies.append((time.time() - at.timestamp()) * 1000)


async def main(url: str, count: int, rooms: int, first: int) -> None:
    """Run the clients until standard input ends."""
    clients, slots = Clients(), asyncio.Semaphore(_AT_A_TIME)
    ready = [asyncio.Event() for _ in range(count)]
    tasks = [
        asyncio.create_task(clients.follow(url, (first + n) % rooms, ready[n], slots))
        for n in range(count)
    ]
    waiting = asyncio.gather(*(each.wait() for each in ready))
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for each in done:
        each.result()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    told = {
        "deliveries": clients.deliveries,
        "lines": [min(clients.lines), max(clients.lines)],
        "latencies": [round(each, 1) for each in clients.latencies],
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(each) for each in sys.argv[2:5])))
