"""Requests to sources: redirects checked, answers classed, secrets kept."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from jobimport.budgets import Manner
from jobimport.resource.defaults import size_in_bytes
from jobimport.resource.fetching import Auth, Request
from jobimport.resource.reading import ResponseRule
from jobimport.telemetry.metrics.worker import count_answer
from jobimport.telemetry.traces import inner_span, note
from jobimport_worker.errors import NoTurn, SourceError, Terminal, Throttled, Transient
from jobimport_worker.fetch.addresses import AddressRefused, Network
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.encodings import ACCEPT_ENCODING
from jobimport_worker.fetch.exchange import Exchange
from jobimport_worker.fetch.judging import RULE_BYTES, check_status, needs_head
from jobimport_worker.fetch.redacting import redact, redact_text
from jobimport_worker.fetch.request import Credentials, Prepared
from jobimport_worker.fetch.robots import AGENT, Robots, RobotsFile
from jobimport_worker.fetch.transport import GuardedTransport
from jobimport_worker.fetch.turns import Manners, Turn, Turns
from jobimport_worker.fetch.urls import check_url, joined

_MAX_REDIRECTS = 10
_OPENSSL = re.compile(r"^\[SSL[^]]*\] | \(_ssl\.c:\d+\)$")
"""What Python writes around OpenSSL's words."""
_CONNECT_TRIES = 3
_ROBOTS_SECONDS = 15
"""For a robots.txt to the end: pages wait for it, each byte of which may come in time."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fetcher:
    """One HTTP client for all sources of a worker; cookies are not kept."""

    def __init__(
        self,
        allowed: list[Network],
        credentials: Path,
        version: str,
        turns: Turns | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            transport=transport or GuardedTransport(allowed),
            trust_env=False,
            follow_redirects=False,
        )
        self._folder = credentials
        self._version = version
        self._turns = turns or Turns(None, 0)
        self._robots = Robots(self._robots_file)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def open(
        self,
        request: Request,
        prepared: Prepared,
        auth: Auth | None,
        rules: list[ResponseRule],
        manners: Manners,
        *,
        crawl: bool = False,
    ) -> AsyncGenerator[Answer]:
        """Send a request and give its answer; SourceError of the class that the answer means.

        NoTurn where the host's budget has no room soon. With `crawl`, the robots.txt of each host
        on the way is kept.
        """
        check_url(prepared.url)
        credentials = Credentials(auth, self._folder)
        contact = manners.politeness.contact
        agent = f"{AGENT}/{self._version}" + (f" (+{contact})" if contact else "")
        headers = {"User-Agent": agent, "Accept-Encoding": ACCEPT_ENCODING, **prepared.headers}
        home = prepared.home or prepared.url
        whole = Prepared(prepared.method, prepared.url, headers, prepared.body, home)
        try:
            exchange, final = await self._follow(request, whole, credentials, manners, crawl=crawl)
        except SourceError as error:
            raise type_with_message(error, redact_text(str(error), credentials)) from error
        async with exchange:
            shown = redact_text(redact(final), credentials)
            answer = Answer(
                exchange.response,
                shown,
                final,
                size_in_bytes(request.max_response_bytes),
                request.timeout_seconds,
            )
            status = answer.status
            head = await answer.head(RULE_BYTES) if needs_head(rules, status) else b""
            check_status(exchange.response, rules, shown, head)
            yield answer

    async def _follow(
        self,
        request: Request,
        prepared: Prepared,
        credentials: Credentials,
        manners: Manners,
        *,
        crawl: bool,
    ) -> tuple[Exchange, str]:
        first = urlsplit(prepared.url).hostname
        for _ in range(_MAX_REDIRECTS + 1):
            if crawl:
                manners = await self._robots.check(prepared.url, manners)
            is_first = urlsplit(prepared.url).hostname == first
            exchange = await self._send(
                request, prepared, credentials, manners, is_asked_for=is_first
            )
            response = exchange.response
            target = response.headers.get("location")
            if response.status_code not in _REDIRECTS or not target:
                return exchange, prepared.url
            async with exchange:
                url = joined(prepared.url, target)
                check_url(url)
            keep = response.status_code in (307, 308)
            prepared = Prepared(
                prepared.method if keep else "GET",
                url,
                prepared.headers,
                prepared.body if keep else None,
                prepared.home,
            )
        raise Terminal(f"more than {_MAX_REDIRECTS} redirects, the last to {redact(prepared.url)}")

    async def _robots_file(self, url: str, manners: Manners) -> RobotsFile:
        """Fetch a robots.txt; the errors of `open`."""
        request = Request(url=url, timeout_seconds=10)
        prepared = Prepared("GET", url, {}, None)
        try:
            async with asyncio.timeout(_ROBOTS_SECONDS):
                async with self.open(request, prepared, None, [], manners) as answer:
                    return RobotsFile.parse(await answer.head(RobotsFile.MOST_BYTES))
        except TimeoutError as error:
            raise Transient(f"{url} did not come whole within {_ROBOTS_SECONDS} s") from error

    async def _send(
        self,
        request: Request,
        prepared: Prepared,
        credentials: Credentials,
        manners: Manners,
        *,
        is_asked_for: bool,
    ) -> Exchange:
        host = urlsplit(prepared.url).hostname or ""
        url, headers = credentials.add_to(prepared, prepared.home)
        message = self._client.build_request(
            prepared.method,
            url,
            headers=headers,
            content=prepared.body,
            timeout=httpx.Timeout(
                request.timeout_seconds, connect=min(10, request.timeout_seconds)
            ),
        )
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(_CONNECT_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                turn = await self._turns.take(prepared.url, manners, is_home=is_asked_for)
                return await self._once(message, host, turn)
        raise AssertionError("tenacity gives an answer or raises")

    async def _once(self, message: httpx.Request, host: str, turn: Turn | None) -> Exchange:
        try:
            response = await self._sent_or_said(message, host)
        except BaseException:
            if turn is not None:
                await turn.over(Manner.FAILED)
            raise
        return Exchange(response, turn)

    async def _sent(self, message: httpx.Request, host: str) -> httpx.Response:
        begun = time.monotonic()
        answer: int | str = "unreachable"
        try:
            with inner_span("fetch", method=message.method, host=host):
                async with asyncio.timeout(_longest_head(message)):
                    response = await self._client.send(message, stream=True)
                note(status=response.status_code)
        except TimeoutError as error:  # each byte of the head came in time, and all of it did not
            answer = "timeout"
            raise httpx.ReadTimeout("the head of the answer came too slowly") from error
        except httpx.TimeoutException:
            answer = "timeout"
            raise
        else:
            answer = response.status_code
            return response
        finally:
            count_answer(host, answer, time.monotonic() - begun)

    async def _sent_or_said(self, message: httpx.Request, host: str) -> httpx.Response:
        """Send a request; httpx's errors as ours, by what they mean for the task."""
        try:
            return await self._sent(message, host)
        except httpx.ConnectError as error:
            if isinstance(error.__cause__, AddressRefused):
                raise Terminal(str(error.__cause__)) from error
            raise Transient(_unreached(host, _words(error))) from error
        except httpx.TimeoutException as error:
            raise Transient(f"{host} did not answer in time ({type(error).__name__})") from error
        except httpx.TransportError as error:
            raise Transient(f"the connection to {host} broke: {_words(error)}") from error
        except httpx.InvalidURL as error:
            raise Terminal(f"the URL cannot be used: {_words(error)}") from error


def _longest_head(message: httpx.Request) -> float:
    """Seconds within which the head of an answer has to be whole."""
    limits: dict[str, float] = message.extensions["timeout"]
    return sum(limits[name] for name in ("pool", "connect", "write", "read"))


def type_with_message(error: SourceError, message: str) -> SourceError:
    """The same error with another message."""
    if isinstance(error, Throttled):
        return Throttled(message, error.retry_after)
    if isinstance(error, NoTurn):
        return NoTurn(message, error.wait)
    return type(error)(message)


def _unreached(host: str, why: str) -> str:
    """Why there is no connection; of TLS, whose errors are OpenSSL's, what they mean."""
    told = _OPENSSL.sub("", why)
    if "CERTIFICATE_VERIFY_FAILED" in why:
        reason = told.rpartition("certificate verify failed: ")[2]
        return f"the certificate of {host} cannot be trusted: {reason}"
    if "WRONG_VERSION_NUMBER" in why:
        return f"{host} does not speak TLS there: is the URL to begin with http://?"
    return f"{host} could not be reached: {told}"


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
