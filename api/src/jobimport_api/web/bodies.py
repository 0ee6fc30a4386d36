"""A bound on what is sent: it is read before anybody asks who sends it."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobimport_api import problems

MOST_BYTES: Final = 2 * 1024 * 1024
"""A manifest of the largest size that is taken, with each character escaped."""


class Bodies:
    """Refuses a request with a larger body, and passes others on with their body read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body as far as the bound; 413 beyond it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        body = await _body(Headers(scope=scope), receive)
        if body is None:
            detail = (
                f"The body is larger than {MOST_BYTES:,} bytes, and nothing here takes so many."
            )
            response = problems.answer(413, detail, scope["path"])
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        given = False

        async def receive_again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_again, send)


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body; None where it is too large. Of one that was cut off what there is."""
    said = headers.get("content-length", "")
    if said.isdecimal() and int(said) > MOST_BYTES:
        return None
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
