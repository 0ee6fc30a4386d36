"""The functions that expressions may call beside JMESPath's own. Null in, null out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jobimport.mapping import values
from jobimport.mapping.pay import money, to_number
from jobimport.mapping.places import country_code
from jobimport.mapping.sanitising import clean_html
from jobimport.mapping.times import to_datetime
from jobimport.shapes import is_list, is_object


@dataclass(frozen=True, slots=True)
class Function:
    """A function with its bounds of arguments; `most` None: any number."""

    call: Callable[..., Any]
    least: int
    most: int | None


def _concat(*parts: Any) -> str | None:
    texts = [text for part in parts if (text := _as_written(part)) is not None]
    return "".join(texts) if texts else None


def _as_written(value: Any) -> str | None:
    return value if isinstance(value, str) else values.to_text(value)


def _join(separator: Any, items: Any) -> str | None:
    if not is_list(items):
        return values.to_text(items)
    texts = [text for item in items if (text := values.to_text(item)) is not None]
    return str(separator).join(texts) if texts else None


def _split(text: Any, separator: Any) -> list[str] | None:
    written = values.to_text(text)
    if written is None:
        return None
    return [part for each in written.split(str(separator)) if (part := each.strip())]


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _regex(text: Any, pattern: Any, group: Any = None) -> str | None:
    written = values.to_text(text)
    found = _pattern(str(pattern)).search(written) if written is not None else None
    if found is None:
        return None
    chosen = group if group is not None else (1 if found.re.groups else 0)
    return found[int(chosen) if isinstance(chosen, int | float) else str(chosen)]


def _replace(text: Any, old: Any, new: Any) -> str | None:
    written = values.to_text(text)
    return None if written is None else written.replace(str(old), _as_written(new) or "")


def _choose(condition: Any, then: Any, otherwise: Any = None) -> Any:
    falsy = condition is None or condition is False or condition in ("", [], {})
    return otherwise if falsy else then


def _lookup(key: Any, table: Any, default: Any = None) -> Any:
    written = values.to_text(key)
    if written is None or not is_object(table):
        return default
    return table.get(written, default)


def _on_text(work: Callable[[str], Any]) -> Callable[[Any], Any]:
    def call(value: Any) -> Any:
        written = values.to_text(value)
        return None if written is None else work(written)

    return call


FUNCTIONS: dict[str, Function] = {
    "concat": Function(_concat, 1, None),
    "country": Function(_on_text(country_code), 1, 1),
    "date": Function(to_datetime, 1, 2),
    "html": Function(_on_text(clean_html), 1, 1),
    "if": Function(_choose, 2, 3),
    "join": Function(_join, 2, 2),
    "lookup": Function(_lookup, 2, 3),
    "lower": Function(_on_text(str.lower), 1, 1),
    "money": Function(money, 1, 1),
    "number": Function(to_number, 1, 1),
    "regex": Function(_regex, 2, 3),
    "replace": Function(_replace, 3, 3),
    "split": Function(_split, 2, 2),
    "text": Function(_on_text(values.plain_text), 1, 1),
    "trim": Function(_on_text(str.strip), 1, 1),
    "unescape": Function(_on_text(values.unescape), 1, 1),
    "upper": Function(_on_text(str.upper), 1, 1),
}
"""Our functions by name. `if` takes a condition, a value and an optional other value."""
