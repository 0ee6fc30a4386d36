"""A real JobImport for the browser's tests: sample board, stores, operator, workers and gateway.

Says as a line of JSON where the dashboard is, and where it takes orders: each is a POST of JSON
such as `{"do": "run", "import": "northwind"}`, answered with `{"done": …}` or `{"failed": "…"}`.
Ends, and everything with it, when its standard input ends.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pymongo import DESCENDING, AsyncMongoClient

from browser.board import browser_board, serving_board
from browser.gateway_process import GatewayProcess
from browser.imports import NAMES, RUNNING, write_imports
from browser.orders import serve
from browser.stores import Stores, Wire, running_stores
from jobimport.store.collections import RUNS
from jobimport_cli.board.server import Board
from jobimport_cli.laptop import Laptop, LaptopOptions, running_laptop

_RUN_SECONDS = 300
_DATABASE = "jobimport"
_PICTURED = "SCREENSHOTS" in os.environ
"""Pictures are for readers of the docs: no hostile imports in them."""


def _last_run(summary: dict[str, Any]) -> dict[str, Any] | None:
    return summary["lastRun"]


class Stack:
    """What the tests may order."""

    def __init__(
        self, laptop: Laptop, board: Board, folder: Path, held: asyncio.Event, stores: Stores
    ) -> None:
        self._laptop = laptop
        self._wires = {"redis": stores.redis, "mongodb": stores.mongodb}
        self._board = board
        self._folder = folder
        self._held = held
        self._gateway = GatewayProcess(laptop)
        self.orders: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "run": self._run,
            "change": self._change,
            "hold": self._hold,
            "release": self._release,
            "kill-gateway": self._kill_gateway,
            "start-gateway": self._start_gateway,
            "ended": self._ended_unseen,
            "cut": self._cut,
            "join": self._join,
            "read": self._read,
        }

    async def _run(self, order: dict[str, Any]) -> str:
        """Run an import to its end; gives the verdict."""
        before = _last_run(await self._summary(order["import"]))
        path = f"/api/v1/imports/default/{order['import']}/runs"
        async with httpx.AsyncClient(base_url=self._laptop.url, timeout=60) as client:
            (await client.post(path)).raise_for_status()
        return await self._ended(order["import"], before["id"] if before else None)

    async def _ended(self, name: str, before: str | None) -> str:
        async with asyncio.timeout(_RUN_SECONDS):
            while True:
                now = await self._summary(name)
                last = _last_run(now)
                if last and last["id"] != before and not now["currentRun"]:
                    return str(last["verdict"])
                await asyncio.sleep(0.2)

    async def _summary(self, name: str) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self._laptop.url, timeout=60) as client:
            answer = await client.get(f"/api/v1/imports/default/{name}")
            answer.raise_for_status()
            return answer.json()

    async def first_runs(self, names: Sequence[str]) -> None:
        """Have each import run once; those with a schedule wait for it otherwise."""
        await asyncio.gather(*(self._run({"import": name}) for name in names))

    async def _change(self, order: dict[str, Any]) -> None:
        """Change, remove or mend postings of a feed."""
        feed = self._board.feeds[order["feed"]]
        for number in order.get("numbers", []):
            feed.change(number)
        for number in order.get("remove", []):
            feed.remove(number)
        if order.get("mend"):
            feed.mend()

    async def _hold(self, order: dict[str, Any]) -> None:
        """Let no request be answered that comes from now on, until release."""
        self._held.clear()

    async def _release(self, order: dict[str, Any]) -> None:
        self._held.set()

    async def _kill_gateway(self, order: dict[str, Any]) -> None:
        await self._gateway.kill()

    async def _start_gateway(self, order: dict[str, Any]) -> None:
        await self._gateway.start()

    async def _ended_unseen(self, order: dict[str, Any]) -> str:
        """Wait until an import's newest run is stored as ended, without the gateway's help; gives
        its id.
        """
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(self._laptop.mongodb_url)
        async with client, asyncio.timeout(_RUN_SECONDS):
            runs = client[self._laptop.database][RUNS]
            query = {"import": f"default/{order['import']}"}
            while True:
                newest = await runs.find_one(query, sort=[("sequence", DESCENDING)])
                if newest and newest["state"] == "finished":
                    return str(newest["_id"])
                await asyncio.sleep(0.2)

    def _wire(self, order: dict[str, Any]) -> Wire:
        return self._wires[order["store"]]

    async def _cut(self, order: dict[str, Any]) -> None:
        """Let nobody reach a store."""
        await self._wire(order).cut()

    async def _join(self, order: dict[str, Any]) -> None:
        await self._wire(order).join()

    async def _read(self, order: dict[str, Any]) -> str:
        """Read a file of the folder with the imports."""
        return (self._folder / order["file"]).read_text()

    async def close(self) -> None:
        """End what was started here."""
        await self._gateway.close()


@asynccontextmanager
async def running_stack(port: int) -> AsyncGenerator[tuple[Stack, str]]:
    """Run everything while the context lasts; gives what takes orders, and the dashboard's URL."""
    board, held = browser_board()
    with tempfile.TemporaryDirectory(prefix="jobimport-browser-") as name:
        folder = Path(name) / "imports"
        folder.mkdir()
        names = [each for each in NAMES if not (_PICTURED and each.startswith("hostile"))]
        async with serving_board(board, names) as boards, running_stores(_DATABASE) as stores:
            write_imports(folder, boards)
            os.environ |= {
                "REDIS_URL": stores.redis_url,
                "MONGODB_URL": stores.mongodb_url,
                "MONGODB_DATABASE": _DATABASE,
            }
            options = LaptopOptions(folder, Path(name) / "state", port=port)
            async with running_laptop(options) as laptop:
                stack = Stack(laptop, board, folder, held, stores)
                try:
                    await stack.first_runs([each for each in RUNNING if each in names])
                    yield stack, laptop.url
                finally:
                    held.set()
                    await stack.close()


async def run(port: int) -> None:
    """Run until the standard input ends."""
    async with running_stack(port) as (stack, url):
        await serve(stack.orders, url=url)


def main() -> None:
    """Run until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of the dashboard; 0: any")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args().port))


if __name__ == "__main__":
    main()
