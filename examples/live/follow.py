"""Follow all imports live, by the protocol of docs/api.md.

    pip install "python-socketio[asyncio-client]"
    python follow.py http://127.0.0.1:8080 [TOKEN]

Prints one line for each change; ends with Ctrl-C. It shows the whole protocol: listen first, take a
snapshot, apply what is newer, and take a new snapshot after a gap, a new epoch or a reconnect.
"""

import asyncio
import sys
from typing import Any

import socketio


class Feed:
    """The numbers of the newest messages that were applied, by room."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.epoch: str | None = None
        self.seqs: dict[str, int] = {}
        self.waiting: list[dict[str, Any]] = []
        self.subscribing = False

    async def subscribe(self) -> None:
        """Take a snapshot; what comes meanwhile waits, and is applied after it."""
        if self.subscribing:
            return
        self.subscribing = True
        try:
            answer = await self.client.call("subscribe", {"room": "imports"}, timeout=30)
        finally:
            self.subscribing = False
        if "error" in answer:
            print(answer["error"]["detail"], file=sys.stderr, flush=True)
            return
        self.epoch, self.seqs = answer["epoch"], answer["seqs"]
        print(f"{len(answer['snapshot'])} imports", flush=True)
        waiting, self.waiting = self.waiting, []
        for message in waiting:
            await self.take(message)

    async def take(self, message: dict[str, Any]) -> None:
        """Apply a message, if it is the next of its room."""
        if self.subscribing:
            self.waiting.append(message)
            return
        known = self.seqs.get(message["room"])
        if message["epoch"] != self.epoch or known is None or message["seq"] > known + 1:
            await self.subscribe()
        elif message["seq"] == known + 1:
            self.seqs[message["room"]] = message["seq"]
            show(message)


def show(message: dict[str, Any]) -> None:
    """Print a message."""
    data = message["data"]
    told = data.get("records", data.get("verdict", data.get("message", "")))
    print(f"{message['type']} {message['namespace']}/{message['name']} {told}", flush=True)


async def main(url: str, token: str | None) -> None:
    """Follow until the server refuses us."""
    client = socketio.AsyncClient(reconnection_delay_max=2)  # back soon after a gateway is
    feed = Feed(client)
    # Each in a task of its own: a handler that waits for an answer would hold up the answer.
    client.on("message", lambda message: client.start_background_task(feed.take, message))
    client.on("connect", lambda: client.start_background_task(feed.subscribe))
    client.on("refused", lambda told: print(told["error"]["detail"], file=sys.stderr))
    auth = {"token": token} if token else None
    await client.connect(url, auth=auth, transports=["websocket"], retry=True)
    await client.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
