"""Times as sources write them, in UTC. None in, None out."""

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, cast

from babel import Locale
from dateutil import parser as date_parser

from jobimport.mapping.values import short

_EPOCH_MS_FROM = 100_000_000_000
"""Numbers from here on are milliseconds since 1970, smaller ones are seconds."""
_LONGEST = 64
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "nb", "fi", "cs"]
_SETTINGS: Any = {
    "TIMEZONE": "UTC",
    "RETURN_AS_TIMEZONE_AWARE": True,
    "REQUIRE_PARTS": ["day", "month", "year"],
    "PREFER_DATES_FROM": "past",
}
_PREFIX = re.compile(
    r"^(?:posted|published|updated|added|listed)\b:?\s*(?:on\b\s*)?", re.IGNORECASE
)
_MORE_THAN = re.compile(r"(?<=\d)\+")
_AMBIGUOUS = re.compile(r"^(\d{1,2})/(\d{1,2})/\d{2,4}\b")
_DOTTED = re.compile(r"^\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}\b")
_RELATIVE = frozenset(
    "day days today yesterday now ago hour hours week weeks month months heute gestern tag"
    " tage tagen stunde stunden woche wochen monat monaten hier jour jours heures semaine"
    " semaines mois hoy ayer día días hora horas semana semanas oggi ieri giorno giorni ore"
    " vandaag gisteren dag dagen uur weken dzisiaj wczoraj dni dzień hoje ontem dia dias idag"
    " igår dagar timmar sedan dage siden tänään eilen päivää dnes včera dny".split()
)
_WORD = re.compile(r"[^\W\d_]+")
_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001 - a date without a zone


def to_datetime(value: Any, pattern: str | None = None) -> datetime | None:
    """A time in UTC, from ISO 8601, RFC 2822, a number of seconds or milliseconds since 1970, words
    in thirteen languages (`12. März 2026`, `3 days ago`), or text in a `strptime` pattern.

    Without a zone it is taken as UTC. ValueError if it is no time, or could be two.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str | int | float):
        raise ValueError(f"{short(value)} is no time")
    try:
        if pattern:
            return _utc(datetime.strptime(str(value).strip(), pattern))  # noqa: DTZ007
        if isinstance(value, int | float):
            return _since_1970(value)
        text = str(value).strip()
        if text.isdecimal() and len(text) >= 9:
            return _since_1970(int(text))
        return _parsed(text) or _in_words(text, datetime.now(UTC).date())
    except (OverflowError, OSError, ValueError) as error:
        why = f": {error}" if isinstance(error, _Unclear) else ""
        raise ValueError(f"{short(value)} is no time{why}") from error


class _Unclear(ValueError):
    """Text that could be two days."""


def _since_1970(value: float) -> datetime:
    return _utc(
        datetime.fromtimestamp(value / 1000 if abs(value) >= _EPOCH_MS_FROM else value, UTC)
    )


@lru_cache(maxsize=4096)
def _parsed(text: str) -> datetime | None:
    """A time that is the same on every day; None where it takes more to read it."""
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        pass
    if len(text) > _LONGEST or not any(letter.isdigit() for letter in text):
        return None
    try:
        return _utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError):
        pass
    _refuse_two_readings(text)
    day_first = _DOTTED.match(text) is not None
    try:
        # Parts that are not there would be taken from the default: then the two differ.
        found = [date_parser.parse(text, default=each, dayfirst=day_first) for each in _DEFAULTS]
    except (ValueError, OverflowError, TypeError):
        return None
    return _utc(found[0]) if found[0] == found[1] else None


def _refuse_two_readings(text: str) -> None:
    slashed = _AMBIGUOUS.match(text)
    if slashed and max(int(slashed[1]), int(slashed[2])) <= 12 and slashed[1] != slashed[2]:
        raise _Unclear("day and month could be either; say which by date(field, '%d/%m/%Y')")


@lru_cache(maxsize=4096)
def _in_words(text: str, today: date) -> datetime:
    """A time in words, of a day that `today` may decide: then it is that day's beginning."""
    said = _MORE_THAN.sub("", _PREFIX.sub("", text)).strip()
    words = _WORD.findall(said.casefold())
    if len(said) > _LONGEST or _vocabulary().isdisjoint(words):
        raise ValueError(text)
    now = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(hours=12)
    settings: Any = {**_SETTINGS, "RELATIVE_BASE": now.replace(tzinfo=None)}
    found: datetime | None = _dateparser().parse(said, languages=_LANGUAGES, settings=settings)
    if found is None:
        raise ValueError(text)
    return _utc(found).replace(hour=0, minute=0, second=0, microsecond=0)


@cache
def _vocabulary() -> frozenset[str]:
    """Words that only a date has: without one of them the library is not asked, for it takes tens
    of milliseconds to find out that a text is no date.
    """
    months: set[str] = set()
    for language in _LANGUAGES:
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                names: dict[int, str] = dict(cast("Any", Locale(language).months)[use][width])
                months.update(name.casefold().rstrip(".") for name in names.values())
    return _RELATIVE | months


@cache
def _dateparser() -> Any:
    """The library for dates in words; half a second to load, so only where a feed has such."""
    return import_module("dateparser")


def _utc(value: datetime) -> datetime:
    """In UTC, at MongoDB's precision of a millisecond."""
    zoned = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return zoned.replace(microsecond=zoned.microsecond // 1000 * 1000)
