"""Rows of a page that belong to one posting."""

from typing import Any

from jobimport.shapes import is_object
from jobimport_worker.context import RunContext


def group_rows(rows: list[Any], context: RunContext) -> list[Any]:
    """Rows of one posting as one record: the first row, with all of them under `_rows`."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        key = context.group_by.search(row) if context.group_by else None
        groups.setdefault(str(key), []).append(row)
    return [one_of(rows) for rows in groups.values()]


def one_of(rows: list[Any]) -> dict[str, Any]:
    """The record that the rows of one posting are."""
    return {**_fields(rows[0]), "_rows": rows}


def _fields(row: Any) -> dict[str, Any]:
    return row if is_object(row) else {"value": row}
