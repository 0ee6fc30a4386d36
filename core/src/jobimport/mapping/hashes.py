"""Hashes of records and postings: equal where the values are, whatever the order of keys."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import orjson

from jobimport.shapes import is_list, is_object

_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def content_hash(value: Any) -> str:
    """A hash of a JSON-like value; ValueError where it is nested too deeply to be read."""
    return hash_of(json_bytes(value))


def hash_of(encoded: bytes) -> str:
    """The hash of a value of which there are the `json_bytes` already."""
    return hashlib.blake2b(encoded, digest_size=12).hexdigest()


def json_bytes(value: Any) -> bytes:
    """A JSON-like value as JSON with sorted keys; ValueError where it is nested too deeply."""
    try:
        return orjson.dumps(value, default=str, option=_SORTED)
    except TypeError:  # deeper than 254 levels, or a number beyond 64 bits
        pass
    try:
        return json.dumps(value, default=str, sort_keys=True).encode()
    except RecursionError:
        raise ValueError("the record is nested too deeply") from None


def without(record: Any, volatile: Sequence[str]) -> Any:
    """A record without its volatile fields, which are paths of names; of a list, in each item."""
    for path in volatile:
        record = _dropped(record, path.split("."))
    return record


def _dropped(value: Any, names: list[str]) -> Any:
    if is_list(value):
        return [_dropped(each, names) for each in value]
    if not is_object(value) or names[0] not in value:
        return value
    copy = dict(value)
    if len(names) == 1:
        del copy[names[0]]
    else:
        copy[names[0]] = _dropped(copy[names[0]], names[1:])
    return copy
