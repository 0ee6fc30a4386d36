"""Requests to sources: redirects checked, answers classed, secrets kept."""

import email.utils
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from jobimport.budgets import Manner
from jobimport.resource.defaults import size_in_bytes
from jobimport.resource.fetching import Auth, ErrorClass, Request, ResponseRule
from jobimport_worker.errors import EmptyAnswer, NoTurn, SourceError, Terminal, Throttled, Transient
from jobimport_worker.fetch.addresses import AddressRefused, Network
from jobimport_worker.fetch.body import read_body
from jobimport_worker.fetch.encodings import ACCEPT_ENCODING
from jobimport_worker.fetch.exchange import Exchange
from jobimport_worker.fetch.request import Credentials, Prepared
from jobimport_worker.fetch.transport import GuardedTransport
from jobimport_worker.fetch.turns import Manners, Turn, Turns

_MAX_REDIRECTS = 10
_CONNECT_TRIES = 3
_DEFAULT_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRANSIENT = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_SECRET_NAMES = ("key", "token", "secret", "auth", "pass", "sig", "app_id", "credential")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose head is in and whose body can be read once."""

    response: httpx.Response
    url: str
    """Where it came from, redacted."""
    final_url: str
    """Where it came from, to resolve links against; never shown."""
    most_bytes: int
    timeout_seconds: float

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.response.status_code

    @property
    def content_type(self) -> str:
        """Media type, lower case, without parameters."""
        return self.response.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Declared charset."""
        return self.response.charset_encoding

    def header(self, name: str) -> str | None:
        """A header's value."""
        return self.response.headers.get(name)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The decompressed body; raises the errors of read_body, and Transient for a broken one."""
        try:
            async for chunk in read_body(self.response, self.most_bytes, self.timeout_seconds):
                yield chunk
        except httpx.TransportError as error:
            raise Transient(f"the response was cut off: {_words(error)}") from error


class Fetcher:
    """One HTTP client for all sources of a worker; cookies are not kept."""

    def __init__(
        self, allowed: list[Network], credentials: Path, version: str, turns: Turns | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(allowed), trust_env=False, follow_redirects=False
        )
        self._folder = credentials
        self._version = version
        self._turns = turns or Turns(None, 0)

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
    ) -> AsyncGenerator[Answer]:
        """Send a request and give its answer; SourceError of the class that the answer means.

        NoTurn where the host's budget has no room soon.
        """
        credentials = Credentials(auth, self._folder)
        contact = manners.politeness.contact
        agent = f"JobImport/{self._version}" + (f" (+{contact})" if contact else "")
        headers = {"User-Agent": agent, "Accept-Encoding": ACCEPT_ENCODING, **prepared.headers}
        home = prepared.home or urlsplit(prepared.url).hostname or ""
        whole = Prepared(prepared.method, prepared.url, headers, prepared.body, home)
        try:
            exchange, final = await self._follow(request, whole, credentials, manners)
        except SourceError as error:
            raise type_with_message(error, redact_text(str(error), credentials)) from error
        async with exchange:
            check_status(exchange.response, rules, redact(final))
            yield Answer(
                exchange.response,
                redact_text(redact(final), credentials),
                final,
                size_in_bytes(request.max_response_bytes),
                request.timeout_seconds,
            )

    async def _follow(
        self, request: Request, prepared: Prepared, credentials: Credentials, manners: Manners
    ) -> tuple[Exchange, str]:
        for _ in range(_MAX_REDIRECTS + 1):
            exchange = await self._send(request, prepared, credentials, manners)
            response = exchange.response
            target = response.headers.get("location")
            if response.status_code not in _REDIRECTS or not target:
                return exchange, prepared.url
            async with exchange:
                url = urljoin(prepared.url, target)
            keep = response.status_code in (307, 308)
            prepared = Prepared(
                prepared.method if keep else "GET",
                url,
                prepared.headers,
                prepared.body if keep else None,
                prepared.home,
            )
        raise Terminal(f"more than {_MAX_REDIRECTS} redirects, the last to {redact(prepared.url)}")

    async def _send(
        self, request: Request, prepared: Prepared, credentials: Credentials, manners: Manners
    ) -> Exchange:
        parts = urlsplit(prepared.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Terminal(f"{redact(prepared.url)} is no http or https address")
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
        is_home = parts.hostname == prepared.home
        async for attempt in retrying:
            with attempt:
                turn = await self._turns.take(prepared.url, manners, is_home=is_home)
                return await self._once(message, parts.hostname, turn)
        raise AssertionError("tenacity gives an answer or raises")

    async def _once(self, message: httpx.Request, host: str, turn: Turn | None) -> Exchange:
        try:
            response = await self._sent(message, host)
        except BaseException:
            if turn is not None:
                await turn.over(Manner.FAILED)
            raise
        return Exchange(response, turn)

    async def _sent(self, message: httpx.Request, host: str) -> httpx.Response:
        try:
            return await self._client.send(message, stream=True)
        except httpx.ConnectError as error:
            if isinstance(error.__cause__, AddressRefused):
                raise Terminal(str(error.__cause__)) from error
            raise Transient(f"{host} could not be reached: {_words(error)}") from error
        except httpx.TimeoutException as error:
            raise Transient(f"{host} did not answer in time ({type(error).__name__})") from error
        except httpx.TransportError as error:
            raise Transient(f"the connection to {host} broke: {_words(error)}") from error
        except httpx.InvalidURL as error:
            raise Terminal(f"the URL cannot be used: {_words(error)}") from error


def check_status(response: httpx.Response, rules: list[ResponseRule], url: str) -> None:
    """Raise what a status means, by the spec's rules first; return for a good one."""
    status = response.status_code
    said = f"{url} answered {status} {response.reason_phrase}".strip()
    by_rule = next((rule.class_ for rule in rules if status in rule.status), None)
    if by_rule is ErrorClass.EMPTY:
        raise EmptyAnswer(f"{said}, which the spec calls an empty page")
    asked = response.headers.get("retry-after")
    if by_rule is ErrorClass.THROTTLED or (
        by_rule is None and (status == 429 or (status == 503 and asked))
    ):
        pause = retry_after(asked, datetime.now(UTC))
        raise Throttled(f"{said}: wait {pause.total_seconds():.0f} s", pause)
    if by_rule is ErrorClass.TRANSIENT or (by_rule is None and status in _TRANSIENT):
        raise Transient(said)
    if by_rule is ErrorClass.TERMINAL or not 200 <= status < 300:
        raise Terminal(said + _hint(status))


def retry_after(text: str | None, now: datetime) -> timedelta:
    """The pause that a Retry-After asks for, in seconds or as a date (RFC 9110, 10.2.3)."""
    if not text:
        return _DEFAULT_PAUSE
    try:
        pause = timedelta(seconds=float(text))
    except ValueError:
        try:
            pause = email.utils.parsedate_to_datetime(text) - now
        except (TypeError, ValueError):
            return _DEFAULT_PAUSE
    return max(timedelta(), min(pause, _LONGEST_PAUSE))


def redact(url: str) -> str:
    """A URL that can be shown: no user, no password, no query value that looks like a secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port:
        host = f"{host}:{parts.port}"
    query = [
        (name, "***" if any(word in name.lower() for word in _SECRET_NAMES) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe="*"), ""))


def redact_text(text: str, credentials: Credentials) -> str:
    """A text without any secret of the source."""
    for secret in credentials.secrets():
        text = text.replace(secret, "…")
    return text


def type_with_message(error: SourceError, message: str) -> SourceError:
    """The same error with another message."""
    if isinstance(error, Throttled):
        return Throttled(message, error.retry_after)
    if isinstance(error, NoTurn):
        return NoTurn(message, error.wait)
    return type(error)(message)


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": check spec.source.auth and the Secret that it names"
    if status in (404, 410):
        return ": check the URL; nothing was closed"
    return ""


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
