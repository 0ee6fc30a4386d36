"""Single values, normalised: text, numbers, times, countries, money and HTML. None in, None out."""

import html as html_entities
import re
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from html.parser import HTMLParser
from typing import Any, cast

from babel import Locale
from dateutil import parser as date_parser
from price_parser.parser import Price

_TRUE = frozenset({"true", "yes", "y", "1", "remote", "fully remote", "full", "telecommute"})
_FALSE = frozenset({"false", "no", "n", "0", "onsite", "on-site", "none", ""})
_EPOCH_MS_FROM = 100_000_000_000
"""Numbers from here on are milliseconds since 1970, smaller ones are seconds."""
_BLOCKS = frozenset("p div br li ul ol tr h1 h2 h3 h4 h5 h6 blockquote section article".split())
_RANGE = re.compile(r"\s*(?:–|—|-|\bto\b|\bbis\b)\s*")
_THOUSANDS = re.compile(r"(\d)\s*[kK]\b")


def to_text(value: Any) -> str | None:
    """Text of a scalar, trimmed; None for nothing, an empty text, a list or an object."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return None


def to_bool(value: Any) -> bool | None:
    """True or False for what says so; ValueError for text that says neither."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{_short(value)} is neither yes nor no")


def to_number(value: Any) -> int | float | None:
    """A number, from text too (`1,250.50`, `45k`); ValueError for text without one."""
    if value is None or isinstance(value, int | float):
        return value
    text = _THOUSANDS.sub(r"\g<1>000", str(value))
    amount = Price.fromstring(text).amount
    if amount is None:
        raise ValueError(f"{_short(value)} has no number in it")
    return int(amount) if amount == int(amount) else float(amount)


def to_datetime(value: Any, pattern: str | None = None) -> datetime | None:
    """A time in UTC, from ISO 8601, RFC 2822, a number of seconds or milliseconds since 1970, or
    text in a `strptime` pattern. Without a zone it is taken as UTC; ValueError if it is no time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        if pattern:
            return _utc(datetime.strptime(str(value), pattern))  # noqa: DTZ007
        if isinstance(value, int | float):
            seconds = value / 1000 if abs(value) >= _EPOCH_MS_FROM else value
            return datetime.fromtimestamp(seconds, UTC)
        return _parse_time(str(value).strip())
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{_short(value)} is no time") from error


@lru_cache(maxsize=4096)
def _parse_time(text: str) -> datetime:
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return _utc(date_parser.parse(text))


def _utc(value: datetime) -> datetime:
    """In UTC, at MongoDB's precision of a millisecond."""
    zoned = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return zoned.replace(microsecond=zoned.microsecond // 1000 * 1000)


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv"):
        territories: dict[str, str] = dict(cast("Any", Locale(language).territories))
        for code, name in territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(name.casefold(), code)
                names[code.casefold()] = code
    names.update(
        {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "usa": "US", "u.s.": "US"}
    )
    names.update({"united states of america": "US", "the netherlands": "NL", "czechia": "CZ"})
    return names


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO 3166 alpha-2 code of a country's name or code; None where it is not known."""
    return _countries().get(text.strip().casefold())


def money(value: Any) -> dict[str, Any] | None:
    """Lowest and highest amount and the currency of a text such as `€45,000 – 60k`."""
    text = to_text(value)
    if text is None:
        return None
    parts = [Price.fromstring(_THOUSANDS.sub(r"\g<1>000", part)) for part in _RANGE.split(text, 1)]
    amounts = [float(part.amount) for part in parts if part.amount is not None]
    if not amounts:
        raise ValueError(f"{_short(value)} has no amount in it")
    currency = next((part.currency for part in parts if part.currency), None)
    code = {"€": "EUR", "$": "USD", "£": "GBP", "zł": "PLN"}.get(currency or "", currency)
    return {"min": min(amounts), "max": max(amounts), "currency": code}


def unescape(text: str) -> str:
    """Resolve entities, also of text that was escaped twice."""
    once = html_entities.unescape(text)
    return html_entities.unescape(once) if "&lt;" in once or "&amp;" in once else once


class _TextOf(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")


def plain_text(markup: str) -> str | None:
    """The text of HTML, blocks on lines of their own."""
    reader = _TextOf()
    reader.feed(markup)
    lines = ("".join(reader.pieces)).splitlines()
    return "\n".join(line for each in lines if (line := " ".join(each.split()))) or None


def _short(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "…")
