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
        Feed("orchard", FeedStyle.PAGES, 40, broken=frozenset({7})),
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


def payloads() -> list[str]:
    """The corpus of markup that wants to run, each once."""
    return [each for each in PAYLOADS.read_text().splitlines() if each]


class HostileSource:
    """Postings, partitions and errors made of markup that wants to run.

    Every third posting lacks its title, and is rejected. The postings at the front hold the whole
    corpus in each of their fields. With each answer the payloads move on by one posting, so that
    the next run changes each of them.
    """

    def __init__(self) -> None:
        self._answers = 0

    async def feed(self, request: web.Request) -> web.Response:
        """The postings."""
        texts = payloads()
        self._answers += 1
        moved = texts[self._answers :] + texts[: self._answers]
        whole = " ".join(moved)
        jobs = [_job(f"whole {number}", whole, moved) for number in range(2)]
        for number, (first, text) in enumerate(zip(texts, moved, strict=True)):
            job = _job(f"x{number} {first}"[:200], text, [text])
            jobs.append({**job, "title": None} if number % 3 == 2 else job)
        return web.json_response({"jobs": jobs, "total": len(jobs)})

    async def towns(self, request: web.Request) -> web.Response:
        """An error that says what it was asked for."""
        raise web.HTTPNotFound(text=request.query.get("town", ""))


def _job(identity: str, text: str, cities: list[str]) -> dict[str, Any]:
    return {
        "id": identity,
        "title": text,
        "company": text,
        "description": f"<p>{text}</p>",
        "cities": [{"name": each} for each in cities],
        "department": text,
        "url": text,
    }


@asynccontextmanager
async def serving_board(board: Board, names: Sequence[str]) -> AsyncGenerator[dict[str, str]]:
    """Serve the board with its hostile feed while the context lasts; an address for each import.

    Each has a host of its own on loopback, as sources do: what slows one down leaves the others
    alone.
    """
    app = board.application()
    hostile = HostileSource()
    app.router.add_get("/hostile/feed.json", hostile.feed)
    app.router.add_get("/hostile/towns", hostile.towns)
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
