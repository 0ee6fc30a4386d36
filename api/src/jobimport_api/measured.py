"""Measures REST requests: how long, which route, which code."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobimport.telemetry.metrics.gateway import REFUSED, REQUESTS

_NO_ROUTE = "(none)"


class Measured:
    """An ASGI middleware. Routes go by their pattern, so that names make no series of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        codes: list[int] = []

        async def note_code(message: Message) -> None:
            if message["type"] == "http.response.start":
                codes.append(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note_code)
        finally:
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            code = codes[0] if codes else 0
            seconds = time.monotonic() - begun
            REQUESTS.labels(_method(scope), route, str(code)).observe(seconds)
            if code in (401, 403, 429):
                REFUSED.labels(str(code)).inc()


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
