"""The board that the browser's imports read from: healthy, failing, slow and hostile feeds."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from yarl import URL

from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board

PAYLOADS = Path(__file__).parent.parent / "xss_payloads.txt"
FAILING_PAGE = 3
SLOW_FROM_PAGE = 4


def browser_board() -> tuple[Board, asyncio.Event]:
    """The board, and the event that must be set for the slow feed's later pages to be answered."""
    feeds = (
        Feed("northwind", FeedStyle.PAGES, 1_200, broken=frozenset({321, 322, 740})),
        Feed("lakeside", FeedStyle.PAGES, 500),
        Feed("millpond", FeedStyle.PAGES, 200),
        Feed("harbour", FeedStyle.PAGES, 1_500),
        Feed("village-board", FeedStyle.RSS, 60, broken=frozenset({9})),
    )
    released = asyncio.Event()
    released.set()

    async def before_answer(path: str) -> None:
        page = int(URL(path).query.get("page", 0))
        if path.startswith("/lakeside/") and page == FAILING_PAGE:
            raise web.HTTPInternalServerError(text="the database is on holiday\n")
        if path.startswith("/harbour/") and page >= SLOW_FROM_PAGE:
            await released.wait()

    board = Board({feed.name: feed for feed in feeds}, FaultPlan(throttled=3, unavailable=4))
    board.before_answer = before_answer
    return board, released


async def _hostile(request: web.Request) -> web.Response:
    """Postings and errors made of markup that wants to run; every third lacks its title."""
    payloads = [each for each in PAYLOADS.read_text().splitlines() if each]
    jobs: list[dict[str, Any]] = [
        {
            "id": f"x{number} {text}"[:200],
            "title": None if number % 3 == 2 else text,
            "company": text,
            "description": f"<p>{text}</p>",
            "city": text,
            "url": text,
        }
        for number, text in enumerate(payloads)
    ]
    return web.json_response({"jobs": jobs, "total": len(jobs)})


@asynccontextmanager
async def serving_board(board: Board, names: Sequence[str]) -> AsyncGenerator[dict[str, str]]:
    """Serve the board with its hostile feed while the context lasts; an address for each import.

    Each has a host of its own on loopback, as sources do: what slows one down leaves the others
    alone.
    """
    app = board.application()
    app.router.add_get("/hostile/feed.json", _hostile)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        found: dict[str, str] = {}
        for number, name in enumerate(names, start=2):
            host = f"127.0.0.{number}"
            await web.TCPSite(runner, host, 0).start()
            found[name] = f"http://{host}:{runner.addresses[-1][1]}"
        yield found
    finally:
        await runner.cleanup()
