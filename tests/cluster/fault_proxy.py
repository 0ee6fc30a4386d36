"""A proxy in front of the API server that can be away, be slow, cut watches and refuse calls."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "host", "keep-alive"})

Which = Callable[[web.Request], bool]


def is_watch(request: web.Request) -> bool:
    return request.query.get("watch") in ("true", "1")


def is_status_write(request: web.Request) -> bool:
    return request.method == "PATCH" and request.path.endswith("/status")


@dataclass
class Refusal:
    """An answer that is given instead of the API server's, so many times."""

    which: Which
    status: int
    times: int
    headers: dict[str, str] = field(default_factory=dict)
    in_stream: bool = False
    """Whether it is told by an event of a watch that was accepted, and not by its HTTP status."""


@dataclass
class FaultProxy:
    """Passes calls on as the kubeconfig's user; the faults are set by the test."""

    kubeconfig: Path
    delay_seconds: float = 0.0
    refusals: list[Refusal] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Method and path of every call that reached the proxy, in order."""
    _transports: set[asyncio.BaseTransport] = field(default_factory=set)
    _watches: set[asyncio.BaseTransport] = field(default_factory=set)
    _away: bool = False

    def refuse(
        self, which: Which, status: int, times: int, *, in_stream: bool = False, **headers: str
    ) -> Refusal:
        """Answer the next `times` such calls with a status of errors."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        made = Refusal(which, status, times, named, in_stream)
        self.refusals.append(made)
        return made

    def leave(self) -> None:
        """Be away: cut all connections, and every new one at once."""
        self._away = True
        for transport in list(self._transports):
            _abort(transport)

    def come_back(self) -> None:
        """Be there again."""
        self._away = False

    @property
    def open_watches(self) -> int:
        """How many watches are open."""
        return len(self._watches)

    def cut_watches(self) -> int:
        """Cut all watches that are open; how many there were."""
        cut = list(self._watches)
        for transport in cut:
            _abort(transport)
        return len(cut)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        self._transports.add(transport)
        if self._away:
            _abort(transport)
            return web.Response(status=500)
        self.calls.append(f"{request.method} {request.path}")
        await asyncio.sleep(self.delay_seconds)
        refusal = next((r for r in self.refusals if r.times > 0 and r.which(request)), None)
        if refusal is not None:
            refusal.times -= 1
            return _expired() if refusal.in_stream else _refused(refusal)
        if is_watch(request):
            self._watches.add(transport)
        try:
            return await self._forward(request)
        finally:
            self._watches.discard(transport)

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        headers = {name: v for name, v in request.headers.items() if name.lower() not in _HOP}
        url = f"{self._server}{request.raw_path}"
        async with self._session.request(
            request.method,
            url,
            headers=headers,
            data=await request.read() or None,
            allow_redirects=False,
            skip_auto_headers=("Content-Type",),
        ) as answer:
            kept = {name: v for name, v in answer.headers.items() if name.lower() not in _HOP}
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            with suppress(ConnectionError, aiohttp.ClientError):
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
            return response

    @asynccontextmanager
    async def serving(self, folder: Path) -> AsyncIterator[Path]:
        """Serve while the context lasts; gives a kubeconfig that leads here."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._server = cluster["server"]
        trust = ssl.create_default_context(cafile=cluster["certificate-authority"])
        trust.load_cert_chain(user["client-certificate"], user["client-key"])
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self.pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        here = f"http://127.0.0.1:{runner.addresses[0][1]}"
        through = {**config, "clusters": [{"name": "test", "cluster": {"server": here}}]}
        through["users"] = [{"name": "test", "user": {}}]
        through["contexts"] = [{"name": "test", "context": {"cluster": "test", "user": "test"}}]
        through["current-context"] = "test"
        path = folder / "through-proxy.kubeconfig"
        path.write_text(yaml.safe_dump(through))
        connector = aiohttp.TCPConnector(ssl=trust, limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False
        ) as self._session:
            try:
                yield path
            finally:
                self.leave()
                await runner.cleanup()


def _refused(refusal: Refusal) -> web.Response:
    reasons = {409: "Conflict", 410: "Expired", 429: "TooManyRequests"}
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": f"refused with {refusal.status} by the test",
        "reason": reasons.get(refusal.status, "InternalError"),
        "code": refusal.status,
    }
    return web.Response(
        status=refusal.status,
        text=json.dumps(body),
        content_type="application/json",
        headers=refusal.headers,
    )


def _expired() -> web.Response:
    """What the API server says on a watch from a version that it has forgotten: an event."""
    status = {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired"}
    return web.json_response({"type": "ERROR", "object": {**status, "status": "Failure"}})


def _abort(transport: asyncio.BaseTransport) -> None:
    if isinstance(transport, asyncio.Transport):
        transport.abort()
