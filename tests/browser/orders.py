"""How a stack takes orders from the tests: each is a POST of JSON, such as `{"do": "run"}`."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
from aiohttp import web

Orders = Mapping[str, Callable[[dict[str, Any]], Awaitable[Any]]]


@asynccontextmanager
async def taking_orders(orders: Orders) -> AsyncGenerator[str]:
    """Take orders on loopback while the context lasts; gives the address.

    They are answered with `{"done": …}` or `{"failed": "…"}`.
    """

    async def carry_out(request: web.Request) -> web.Response:
        order = orjson.loads(await request.read())
        try:
            return web.json_response({"done": await orders[order["do"]](order)})
        except subprocess.CalledProcessError as error:
            return web.json_response({"failed": f"{error.cmd}: {error.stderr}"})
        except (httpx.HTTPError, OSError, TimeoutError, LookupError) as error:
            return web.json_response({"failed": f"{type(error).__name__}: {error}"})

    app = web.Application()
    app.router.add_post("/", carry_out)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def serve(orders: Orders, **addresses: str) -> None:
    """Say as a line of JSON where everything is, and run until the standard input ends."""
    async with taking_orders(orders) as address:
        sys.stdout.write(orjson.dumps({**addresses, "orders": address}).decode() + "\n")
        sys.stdout.flush()
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        await lines.read()
