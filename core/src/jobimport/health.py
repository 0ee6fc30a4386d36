"""What probes ask of a part: whether it lives, and whether it can do its work, and if not, why."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from jobimport.queue.queue import QueueRefused, check_server
from jobimport.store.collections import Database

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


class Stores:
    """Asks the stores now and then, so that a probe answers at once and never waits for them.

    `checks` are by a store's name; each raises, or returns None when the store can be used.
    """

    def __init__(self, checks: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._checks = checks
        self._problems: dict[str, str] = {name: f"{name} was not asked yet" for name in checks}
        self._usable = asyncio.Event()

    def problem(self) -> str | None:
        """Say what is wrong with the stores; None when all of them answered lately."""
        return "; ".join(self._problems.values()) or None

    async def usable(self) -> None:
        """Wait until all of them can be used."""
        await self._usable.wait()

    async def watch(self) -> None:
        """Ask all stores again and again; each change is logged once."""
        while True:
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
        except (RedisError, PyMongoError, QueueRefused, OSError, TimeoutError) as error:
            found = explain(name, error)
            self._problems[name] = found
            if found != before:
                log.warning("%s", found)
        else:
            if self._problems.pop(name, None) and before:
                log.info("%s answers", name)


def explain(store: str, error: BaseException) -> str:
    """Say what is wrong with a store and what to do; never with its URL, which holds a password."""
    variable = f"{store.upper()}_URL"
    if isinstance(error, QueueRefused):
        return str(error)
    if isinstance(error, AuthenticationError) or (
        isinstance(error, OperationFailure) and error.code in (13, 18)
    ):
        return f"{store} refuses the user or password of {variable}: mend it in the Secret"
    if isinstance(error, ConfigurationError):
        return f"{variable} can't be used ({type(error).__name__}): mend it in the Secret"
    return (
        f"{store} does not answer ({type(error).__name__}): check that it runs, that {variable}"
        " names its host and port, and that NetworkPolicies let this pod reach it"
    )


def redis_check(redis: Redis) -> Callable[[], Awaitable[None]]:
    """Check that Redis answers and keeps what it is given."""

    async def check() -> None:
        await check_server(redis)

    return check


def mongodb_check(database: Database) -> Callable[[], Awaitable[None]]:
    """Check that MongoDB answers, and lets us read our database."""

    async def check() -> None:
        await database["jobimport.runs"].find_one({"_id": "readiness"}, {"_id": 1})

    return check


@asynccontextmanager
async def serving_health(port: int, live: Probe, ready: Probe) -> AsyncGenerator[None]:
    """Serve `/livez` and `/readyz` on all addresses while the context lasts; port 0: nothing.

    200 with `ok`, or 503 with the sentence of what is wrong.
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
    if method not in (b"GET", b"HEAD") or probe is None:
        return _response("404 Not Found", "ask GET /livez or /readyz\n")
    found = probe()
    if found is not None:
        return _response("503 Service Unavailable", f"{found}\n")
    return _response("200 OK", "ok\n")


def _response(status: str, text: str) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
