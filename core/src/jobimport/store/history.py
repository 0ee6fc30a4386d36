"""The history of a posting: what happened to it, and what each change did to its fields."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from jobimport.mapping.hashes import json_bytes
from jobimport.shapes import is_list, is_object

KEPT_ENTRIES = 20
"""Entries that a posting keeps; the oldest go first."""
LONGEST_VALUE = 200
"""Characters of a value in an entry; longer ones are cut around the first difference."""

_BEFORE = 40

Kind = Literal["Inserted", "Updated", "Closed", "Reopened"]
Difference = dict[str, Any]
"""`{from, to}`: the value before and after; None: there was none."""


def entry_of(
    kind: Kind, run: str, at: datetime, fields: Mapping[str, Difference] | None = None
) -> dict[str, Any]:
    """One entry, as it is stored."""
    return {"at": at, "run": run, "kind": kind, "fields": dict(fields or {})}


def pushed(entry: dict[str, Any]) -> dict[str, Any]:
    """The `$push` that adds an entry and keeps the newest ones."""
    return {"history": {"$each": [entry], "$slice": -KEPT_ENTRIES}}


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Difference]:
    """The named fields that differ, each with both values, cut to a length fit to be shown."""
    return {
        name: _shown(before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def _shown(before: Any, after: Any) -> Difference:
    old, new = _short(before), _short(after)
    if isinstance(old, str) and isinstance(new, str):
        start = max(_first_difference(old, new) - _BEFORE, 0)
        if max(len(old), len(new)) <= LONGEST_VALUE:
            start = 0
        return {"from": _cut(old, start), "to": _cut(new, start)}
    return {"from": _whole(old), "to": _whole(new)}


def _short(value: Any) -> Any:
    """A value, a long list or object as its JSON text."""
    if is_list(value) or is_object(value):
        text = json_bytes(value).decode("utf-8", "replace")
        return text if len(text) > LONGEST_VALUE else value
    return value


def _whole(value: Any) -> Any:
    return _cut(value, 0) if isinstance(value, str) else value


def _cut(text: str, start: int) -> str:
    head = "…" if start else ""
    end = start + LONGEST_VALUE - len(head)
    if end >= len(text):
        return head + text[start:]
    return head + text[start : end - 1] + "…"


def _first_difference(old: str, new: str) -> int:
    for index, (left, right) in enumerate(zip(old, new, strict=False)):
        if left != right:
            return index
    return min(len(old), len(new))
