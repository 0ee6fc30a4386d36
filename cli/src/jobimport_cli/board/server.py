"""The board as an HTTP server on loopback."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from jobimport_cli.board.faults import Fault, FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle, rss_pieces, xml_pieces
from jobimport_cli.board.ledger import FeedLedger
from jobimport_cli.board.postings import BoardPosting, as_json

_MAX_PER_PAGE = 500


@dataclass
class Board:
    """Feeds, the faults that their readers meet, and the ledger of what was served."""

    feeds: dict[str, Feed]
    faults: FaultPlan = field(default_factory=FaultPlan)
    delay_seconds: float = 0.0
    """How long each answer takes, as a distant server would."""
    before_answer: Callable[[str], Awaitable[None]] | None = None
    """Called with the path and query of each request before it is answered; may hold it."""
    before_second_half: Callable[[], Awaitable[None]] | None = None
    """Called when half of a streamed document is on its way; may hold the rest."""
    ledgers: dict[str, FeedLedger] = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin a new ledger: what was served before does not count any more."""
        self.ledgers = {name: FeedLedger() for name in self.feeds}

    def application(self) -> web.Application:
        """The board's routes."""
        app = web.Application()
        app.router.add_get("/{feed}/jobs", self._page)
        app.router.add_get("/{feed}/jobs/{id}", self._detail)
        app.router.add_get("/{feed}/feed.xml.gz", self._xml)
        app.router.add_get("/{feed}/jobs.rss", self._rss)
        return app

    def _feed(self, request: web.Request, style: FeedStyle) -> Feed:
        feed = self.feeds.get(request.match_info["feed"])
        if feed is None or feed.style is not style:
            raise web.HTTPNotFound(text="no such feed on this board\n")
        return feed

    async def _meet_fault(self, request: web.Request, feed: Feed) -> Fault | None:
        """Raise the fault that is due; a reset is the caller's, in the middle of its answer."""
        await asyncio.sleep(self.delay_seconds)
        if self.before_answer is not None:
            await self.before_answer(request.path_qs)
        fault = self.faults.next_fault(request.path_qs)
        if fault is not None:
            self.ledgers[feed.name].fault(fault)
        if fault is Fault.THROTTLED:
            wait = str(self.faults.retry_after_seconds)
            raise web.HTTPTooManyRequests(headers={"Retry-After": wait}, text="slow down\n")
        if fault is Fault.UNAVAILABLE:
            raise web.HTTPServiceUnavailable(text="back in a moment\n")
        return fault

    async def _page(self, request: web.Request) -> web.StreamResponse:
        feed = self._feed(request, FeedStyle.PAGES)
        page, size = _whole(request, "page", 1), _whole(request, "per_page", 100)
        fault = await self._meet_fault(request, feed)
        numbers = feed.numbers()
        size = min(size, _MAX_PER_PAGE)
        chosen = [feed.posting(number) for number in numbers[(page - 1) * size : page * size]]
        body = orjson.dumps(
            {"page": page, "total": len(numbers), "jobs": [as_json(each) for each in chosen]}
        )
        if fault is Fault.RESET:
            return await _cut_off(request, body)
        self.ledgers[feed.name].served(chosen)
        return web.Response(body=body, content_type="application/json")

    async def _detail(self, request: web.Request) -> web.StreamResponse:
        """One posting of a paged feed, as a page of its own."""
        feed = self._feed(request, FeedStyle.PAGES)
        await self._meet_fault(request, feed)
        number = int(request.match_info["id"].rpartition("-")[2])
        if number not in feed.numbers():
            raise web.HTTPNotFound(text="no such posting\n")
        return web.json_response({"text": feed.posting(number).description})

    async def _xml(self, request: web.Request) -> web.StreamResponse:
        feed = self._feed(request, FeedStyle.XML)
        return await self._stream(request, feed, xml_pieces, "application/gzip", packed=True)

    async def _rss(self, request: web.Request) -> web.StreamResponse:
        feed = self._feed(request, FeedStyle.RSS)
        return await self._stream(request, feed, rss_pieces, "application/rss+xml", packed=False)

    async def _stream(
        self,
        request: web.Request,
        feed: Feed,
        write: Callable[[list[BoardPosting]], Iterator[str]],
        content_type: str,
        *,
        packed: bool,
    ) -> web.StreamResponse:
        """Send a document piece by piece; a reset comes in the middle of it."""
        fault = await self._meet_fault(request, feed)
        chosen = [feed.posting(number) for number in feed.numbers()]
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        packer = zlib.compressobj(wbits=31) if packed else None
        for index, piece in enumerate(write(chosen)):
            if index == len(chosen) // 2 and self.before_second_half is not None:
                if packer:
                    await response.write(packer.flush(zlib.Z_SYNC_FLUSH))
                await self.before_second_half()
            data = piece.encode()
            await response.write(packer.compress(data) if packer else data)
            if fault is Fault.RESET and index > len(chosen) // 2:
                _abort(request)
                return response
        if packer:
            await response.write(packer.flush())
        await response.write_eof()
        self.ledgers[feed.name].served(chosen)
        return response


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise web.HTTPBadRequest(text=f"{name} must be a whole number from 1 on\n")
    return int(text)


async def _cut_off(request: web.Request, body: bytes) -> web.StreamResponse:
    """Promise the whole body, send half of it, and reset the connection."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _abort(request)
    return response


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


@asynccontextmanager
async def serving(board: Board, port: int = 0, host: str = "127.0.0.1") -> AsyncGenerator[str]:
    """Serve the board while the context lasts; gives its address."""
    runner = web.AppRunner(board.application(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
