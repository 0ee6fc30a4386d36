"""Cursors: where a page of a list ends, in a form that says nothing to its holder.

A cursor holds the sort key of the last item that was shown, so that what is added or removed
meanwhile neither repeats an item nor leaves one out.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import orjson

from jobimport.shapes import is_list
from jobimport_api.problems import ProblemError

_TIME = "t:"


def write_cursor(*values: Any) -> str:
    """A cursor of texts, numbers, times and nulls."""
    plain = [_plain(each) for each in values]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode().rstrip("=")


def read_cursor(cursor: str | None, length: int) -> list[Any] | None:
    """The values in a cursor; None without one. ProblemError 400 for one that is not ours."""
    if cursor is None:
        return None
    try:
        values: Any = orjson.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
        if not is_list(values) or len(values) != length:
            raise ValueError("not as many values as the list sorts by")
        return [_value(each) for each in values]
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise ProblemError(400, "cursor: not one of ours; leave it out to begin anew.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{_TIME}{value.timestamp():.6f}"
    if value is None or isinstance(value, int | float):
        return value
    return f"s:{value}"


def _value(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        raise TypeError("neither text, number nor time")
    if value.startswith(_TIME):
        return datetime.fromtimestamp(float(value.removeprefix(_TIME)), UTC)
    if not value.startswith("s:"):
        raise ValueError("text without its mark")
    return value.removeprefix("s:")
