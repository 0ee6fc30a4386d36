"""What probes ask of a part: whether it lives, and whether it can do its work, and if not, why.

Its metrics are served beside the probes.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from jobimport.rotation import MountedUrls, end_if_changed
from jobimport.telemetry.metrics.registry import CONTENT_TYPE, exposition

Probe = Callable[[], str | None]
"""Says in a sentence what is wrong; None when all is well."""

_CHECK_SECONDS: Final = 5.0
_CHECK_TIMEOUT_SECONDS: Final = 6.0
_REQUEST_SECONDS: Final = 5.0
_MOST_REQUEST_BYTES: Final = 4096

log = logging.getLogger(__name__)


def all_well() -> str | None:
    """Answer a probe that has nothing to ask: whoever answers it lives."""
    return None


class Unusable(Exception):
    """A store cannot be used; the message says why and what to do, and holds no secret."""


def does_not_answer(store: str, error: BaseException) -> Unusable:
    """Say what to do about a store that is away; never with its URL, which holds a password."""
    variable = f"{store.upper()}_URL"
    return Unusable(
        f"{store} does not answer ({type(error).__name__}): check that it runs, that {variable}"
        " names its host and port, and that NetworkPolicies let this pod reach it"
    )


def refuses_us(store: str) -> Unusable:
    """Say what to do about a store that knows no such user."""
    variable = f"{store.upper()}_URL"
    return Unusable(f"{store} refuses the user or password of {variable}: mend it in the Secret")


class Stores:
    """Asks the stores now and then, so that a probe answers at once and never waits for them.

    `checks` are by a store's name; each raises Unusable, or returns when the store can be used.
    """

    def __init__(
        self, checks: Mapping[str, Callable[[], Awaitable[None]]], urls: MountedUrls
    ) -> None:
        self._checks = checks
        self._urls = urls
        self._problems: dict[str, str] = {name: f"{name} was not asked yet" for name in checks}
        self._usable = asyncio.Event()

    def problem(self) -> str | None:
        """Say what is wrong with the stores; None when all of them answered lately."""
        return "; ".join(self._problems.values()) or None

    async def usable(self) -> None:
        """Wait until all of them can be used."""
        await self._usable.wait()

    async def watch(self) -> None:
        """Ask all stores again and again; each change is logged once.

        Where their URLs change in the mounted Secret, the process ends in order.
        """
        while not end_if_changed(self._urls):
            await self.ask()
            await asyncio.sleep(_CHECK_SECONDS)

    async def ask(self) -> None:
        """Ask every store once."""
        await asyncio.gather(*(self._ask(name) for name in self._checks))
        if self.problem() is None:
            self._usable.set()
        else:
            self._usable.clear()

    async def _ask(self, name: str) -> None:
        before = self._problems.get(name)
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_SECONDS):
                await self._checks[name]()
        except (Unusable, TimeoutError) as error:
            known = error if isinstance(error, Unusable) else does_not_answer(name, error)
            self._problems[name] = found = str(known)
            if found != before:
                log.warning("%s", found)
        else:
            if self._problems.pop(name, None) and before:
                log.info("%s answers", name)


@asynccontextmanager
async def serving_health(port: int, live: Probe, ready: Probe) -> AsyncGenerator[None]:
    """Serve `/livez`, `/readyz` and `/metrics` on all addresses while the context lasts; port 0:
    nothing.

    A probe gives 200 with `ok`, or 503 with the sentence of what is wrong.
    """
    if port == 0:
        yield
        return
    probes = {"/livez": live, "/readyz": ready}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            async with asyncio.timeout(_REQUEST_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
            writer.write(_answer(request, probes))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, port=port, limit=_MOST_REQUEST_BYTES)
    async with server:
        yield


def _answer(request: bytes, probes: Mapping[str, Probe]) -> bytes:
    method, _, rest = request.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0].decode("ascii", "replace")
    probe = probes.get(path)
    if method in (b"GET", b"HEAD") and path == "/metrics":
        return _response("200 OK", exposition(), CONTENT_TYPE)
    if method not in (b"GET", b"HEAD") or probe is None:
        return _response("404 Not Found", b"ask GET /livez, /readyz or /metrics\n")
    found = probe()
    if found is not None:
        return _response("503 Service Unavailable", f"{found}\n".encode())
    return _response("200 OK", b"ok\n")


def _response(status: str, body: bytes, kind: str = "text/plain; charset=utf-8") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
