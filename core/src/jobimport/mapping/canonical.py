"""The canonical posting: schema.org's JobPosting as Google reads it, flattened, in camelCase.

Each function turns what a mapping found into what is stored, or raises ValueError in words.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jobimport.mapping import values
from jobimport.mapping.employment import employment_type
from jobimport.mapping.pay import currency_code, money, to_number, unit_of
from jobimport.mapping.places import country_at_end, country_code, language_tag
from jobimport.mapping.sanitising import clean_html
from jobimport.mapping.times import to_datetime
from jobimport.shapes import is_list, is_object

SCHEMA_VERSION = 1
TEXT_FIELDS = ("title", "company", "department")
URL_FIELDS = ("applyUrl", "url")
DATE_FIELDS = ("datePosted", "validThrough")
FIELDS = (
    "title",
    "description",
    "company",
    "locations",
    "remote",
    "employmentTypes",
    "salary",
    *DATE_FIELDS,
    *URL_FIELDS,
    "department",
    "language",
    "identifiers",
    "extra",
)
"""The fields of a posting that come from its source, in the order of the documentation."""

_USUAL_URL = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][\x21-\x7e]*)?\Z")
"""Addresses that need no further look, which costs three times as much as this one."""


def text(value: Any) -> str | None:
    """Text, of a list its items joined."""
    if isinstance(value, list):
        parts = [part for each in _list(value) if (part := values.to_text(each)) is not None]
        return ", ".join(parts) or None
    return values.to_text(value)


def description(value: Any) -> str | None:
    """HTML without anything that can run."""
    written = text(value)
    return None if written is None else clean_html(written)


def url(value: Any) -> str | None:
    """An http or https address; ValueError for another."""
    written = text(value)
    if written is None:
        return None
    if _USUAL_URL.match(written):
        return written
    parts = urlsplit(written)
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{written[:80]!r} is no http or https address")
    return written


def language(value: Any) -> str | None:
    """A BCP 47 tag, of a tag or a language's name; ValueError for what is neither."""
    written = text(value)
    if written is None:
        return None
    tag = language_tag(written)
    if tag is None:
        raise ValueError(f"{written[:40]!r} is no language: a BCP 47 tag such as en or de-AT")
    return tag


def employment_types(value: Any) -> list[str] | None:
    """schema.org's names; what is not known becomes OTHER."""
    found: list[str] = []
    for each in _list(value):
        written = values.to_text(each)
        if written is not None:
            found += [name for name in employment_type(written) if name not in found]
    if len(found) > 1 and "OTHER" in found:
        found.remove("OTHER")
    return found or None


def location(parts: dict[str, Any]) -> dict[str, str] | None:
    """One place; a country that is known becomes its ISO 3166 code, and is read from the end of
    `text` where no other part names it.
    """
    place = {name: written for name, value in parts.items() if (written := text(value))}
    if "country" in place:
        place["country"] = country_code(place["country"]) or place["country"]
    elif "text" in place:
        found = country_at_end(place["text"])
        if found:
            place["country"] = found
    return place or None


def salary(parts: dict[str, Any]) -> dict[str, Any] | None:
    """Amounts, currency and unit; a `text` fills what the others leave open. Amounts of 0 mean that
    there is none.
    """
    found: dict[str, Any] = {
        "min": _amount(parts.get("min")),
        "max": _amount(parts.get("max")),
        "currency": _currency(parts.get("currency")),
        "unit": _unit(parts.get("unit")),
    }
    said = parts.get("text")
    if said is not None and said != "":
        read = money(said) or {}
        if found["min"] is not None or found["max"] is not None:
            read = {**read, "min": None, "max": None}
        found = {name: read.get(name) if each is None else each for name, each in found.items()}
    low, high = found["min"], found["max"]
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        found["min"], found["max"] = high, low
    return {name: each for name, each in found.items() if each is not None}


def _amount(value: Any) -> int | float | None:
    return (to_number(value) if value != "" else None) or None


def _currency(value: Any) -> str | None:
    written = text(value)
    if written is None:
        return None
    code = currency_code(written)
    if code is None:
        raise ValueError(f"{written[:40]!r} is no currency: an ISO 4217 code such as EUR")
    return code


def _unit(value: Any) -> str | None:
    written = values.to_text(value)
    if written is None:
        return None
    unit = unit_of(written)
    if unit is None:
        raise ValueError(f"{written[:40]!r} is no unit of a salary: HOUR, DAY, WEEK, MONTH or YEAR")
    return unit


def date(value: Any) -> datetime | None:
    """A time in UTC."""
    return to_datetime(value)


def storable(value: Any, depth: int = 0) -> Any:
    """A value as MongoDB can hold it: keys are never operators or paths, integers fit 64 bits.

    `$` in front of a key and dots in it become their full-width forms; below 60 levels the rest is
    kept as text.
    """
    if is_object(value):
        if depth > 60:
            return str(value)[:10_000]
        return {storable_key(key): storable(each, depth + 1) for key, each in value.items()}
    if is_list(value):
        return [storable(each, depth + 1) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def storable_key(key: Any) -> str:
    """A key that MongoDB takes for nothing but a name."""
    name = str(key).replace("\x00", "").replace(".", "\uff0e")
    return "\uff04" + name[1:] if name.startswith("$") else name


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if is_list(value) else [value]
