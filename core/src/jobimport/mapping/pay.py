"""Amounts, currencies and units of pay as people write them. None in, None out."""

import re
from functools import cache, lru_cache
from typing import Any, cast

from babel import Locale
from babel.numbers import list_currencies
from price_parser.parser import Price

from jobimport.mapping.values import short

_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "US$": "USD",
    "zł": "PLN",
    "¥": "JPY",
    "₹": "INR",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "MX$": "MXN",
    "₺": "TRY",
    "₽": "RUB",
    "₪": "ILS",
    "₩": "KRW",
    "₴": "UAH",
    "Kč": "CZK",
    "Ft": "HUF",
    "Fr.": "CHF",
    "SFr.": "CHF",
    "lei": "RON",
}
"""Symbols with one meaning, or with one that is meant where nothing else is said."""
_UNITS = {
    "HOUR": ("hour", "hourly", "hr", "h", "stunde", "std", "heure", "hora", "ora", "uur", "timme"),
    "DAY": ("day", "daily", "d", "tag", "jour", "dia", "dag", "giorno"),
    "WEEK": ("week", "weekly", "wk", "w", "woche", "semaine", "semana"),
    "MONTH": ("month", "monthly", "mo", "m", "monat", "mois", "mes", "maand", "manad", "mese"),
    "YEAR": (
        *("year", "yearly", "yr", "y", "annual", "annually", "annum", "pa", "jahr", "jahrlich"),
        *("an", "annuel", "ano", "anno", "jaar", "ar"),
    ),
}
_UNIT = {word: name for name, words in _UNITS.items() for word in words}
_PER = re.compile(
    r"(?:/|\bper\b|\ban\b|\ba\b|\bpro\b|\bpar\b|\bpor\b|\bal\b)\s*([a-zäåñ]+)", re.IGNORECASE
)
_WORDS = re.compile(r"[^\W\d_]+")
_RANGE = re.compile(
    r"(?<=[\dkK€£$łrR.])\s*(?:–|—|-|\bto\b|\bbis\b|\band\b|\bund\b|\bà\b|\btill\b)\s*(?=\D{0,5}\d)"
)
_THOUSANDS = re.compile(r"(\d+(?:[.,]\d{1,2})?)\s*[kK]\b")
_APOSTROPHE = re.compile(r"(?<=\d)['’](?=\d{3})")
_UP_TO = re.compile(r"^\s*(?:up to|max\.?|maximum|bis zu|bis|jusqu'à|hasta)\b", re.IGNORECASE)
_FROM = re.compile(
    r"^\s*(?:from|starting at|min\.?|minimum|ab|à partir de|desde)\b|\d\s*\+", re.IGNORECASE
)
_CODE = re.compile(r"\b[A-Z]{3}\b")


def to_number(value: Any) -> int | float | None:
    """A number, from text too (`1,250.50`, `45k`); ValueError for text without one."""
    if value is None or isinstance(value, int | float):
        return value
    return _number(str(value))


@lru_cache(maxsize=4096)
def _number(text: str) -> int | float:
    amount = Price.fromstring(_plain(text)).amount
    if amount is None:
        raise ValueError(f"{short(text)} has no number in it")
    return int(amount) if amount == int(amount) else float(amount)


def money(value: Any) -> dict[str, Any] | None:
    """What a text such as `€45,000 – 60k a year` says: min, max, currency and unit, each where it
    is known. ValueError for text without an amount.
    """
    if not isinstance(value, str):
        if value is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return {"min": float(value), "max": float(value), "currency": None}
    return dict(_money(value)) if value.strip() else None


@lru_cache(maxsize=4096)
def _money(text: str) -> dict[str, Any]:
    parts = _RANGE.split(_APOSTROPHE.sub("", text), maxsplit=1)
    if len(parts) == 2 and _THOUSANDS.search(parts[1]) and not _THOUSANDS.search(parts[0]):
        parts[0] = re.sub(r"(\d)(?=\D*$)", r"\1k", parts[0]) if _isshort(parts[0]) else parts[0]
    prices = [Price.fromstring(_plain(part)) for part in parts]
    amounts = [float(price.amount) for price in prices if price.amount is not None]
    if not amounts:
        raise ValueError(f"{short(text)} has no amount in it")
    found: dict[str, Any] = {"min": min(amounts), "max": max(amounts)}
    if len(amounts) == 1 and _UP_TO.search(text):
        found["min"] = None
    elif len(amounts) == 1 and _FROM.search(text):
        found["max"] = None
    symbol = next((price.currency for price in prices if price.currency), None)
    code = next((each for each in _CODE.findall(text) if each in _codes()), None)
    found["currency"] = code or currency_code(symbol)
    unit = unit_in(text)
    return {**found, "unit": unit} if unit else found


def _isshort(part: str) -> bool:
    """Whether `45` in `45-60k` means thousands too."""
    return sum(letter.isdigit() for letter in part) <= 3


@lru_cache(maxsize=1024)
def currency_code(text: str | None) -> str | None:
    """ISO 4217 code of a code, a symbol or an English name; None where it is not known."""
    if not text:
        return None
    word = text.strip()
    if word.upper() in _codes():
        return word.upper()
    return _SYMBOLS.get(word) or _currency_names().get(word.casefold())


@lru_cache(maxsize=1024)
def unit_of(text: str) -> str | None:
    """HOUR, DAY, WEEK, MONTH or YEAR of a word or phrase; None where none is in it."""
    folded = [_fold(word) for word in _WORDS.findall(text.casefold().replace(".", ""))]
    return next((unit for word in folded if (unit := _UNIT.get(word))), None)


def unit_in(text: str) -> str | None:
    """The unit that an amount is written with: `/hr`, `per year`, `p.a.`, `monthly`."""
    lowered = text.casefold().replace("p.a", "per annum")
    for word in _PER.findall(lowered):
        unit = _UNIT.get(_fold(word))
        if unit:
            return unit
    words = [_fold(word) for word in _WORDS.findall(lowered)]
    return next((unit for word in words if len(word) > 3 and (unit := _UNIT.get(word))), None)


def _fold(word: str) -> str:
    return word.translate({0xE4: "a", 0xE5: "a", 0xF1: "n"})


def _plain(text: str) -> str:
    return _THOUSANDS.sub(_in_full, _APOSTROPHE.sub("", text))


def _in_full(found: re.Match[str]) -> str:
    return str(round(float(found[1].replace(",", ".")) * 1000))


@cache
def _codes() -> frozenset[str]:
    return frozenset(cast("Any", list_currencies()))


@cache
def _currency_names() -> dict[str, str]:
    english: dict[str, str] = dict(cast("Any", Locale("en").currencies))
    names = {name.casefold(): code for code, name in english.items()}
    usual = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP"}
    return names | usual | {"pounds": "GBP"}
