"""What a JSON document has, for a message about a path that it does not have."""

from collections.abc import Mapping
from typing import Any

from jobimport.problems import did_you_mean
from jobimport.shapes import is_list, is_object

_MOST_FIELDS = 12
_MOST_LISTS = 6
_MOST_DEPTH = 4
_MOST_NAME = 40


class Outline:
    """The fields of a document's top, and the paths of its lists, as far as it was looked at."""

    def __init__(self) -> None:
        self._top: str | None = None
        self._fields: list[str] = []
        self._lists: list[str] = []

    @classmethod
    def of(cls, document: Any) -> "Outline":
        """The outline of a document that is there."""
        outline = cls()
        outline._look(document, "", 0)
        return outline

    def take(self, prefix: str, event: str, value: Any) -> None:
        """Take the next of a stream's events, as ijson.parse gives them."""
        if self._top is None:
            self._top = {"start_map": "an object", "start_array": "a list"}.get(event, event)
        if event == "map_key" and not prefix:
            self._add_field(str(value))
        elif event == "start_array" and not self._is_within_list(prefix):
            self._add_list(prefix)

    def has_list(self, path: str) -> bool:
        """Whether there is a list at the path."""
        return path in self._lists

    def describe(self) -> str:
        """What the document is, in words."""
        if self._top != "an object":
            return self._top or "nothing"
        fields = ", ".join(sorted(self._fields))
        return f"an object with the fields {fields}" if fields else "an empty object"

    def lists_for(self, path: str) -> str:
        """Where there are lists, for somebody who looked for one at the path."""
        if self._top == "a list":
            return "leave the path empty for a bare list"
        lists = ", ".join(self._lists[:_MOST_LISTS])
        return f"{did_you_mean(path, self._lists)}lists: {lists}" if lists else "it has no list"

    def _is_within_list(self, prefix: str) -> bool:
        return any(
            f"{prefix}.".startswith(f"{each}.item." if each else "item.") for each in self._lists
        )

    def _look(self, value: Any, path: str, depth: int) -> None:
        if depth == 0:
            self._top = _kind_of(value)
        if is_list(value):
            self._add_list(path)
        elif is_object(value) and depth < _MOST_DEPTH:
            self._look_into(value, path, depth)

    def _look_into(self, found: Mapping[str, Any], path: str, depth: int) -> None:
        for name, each in found.items():
            if depth == 0:
                self._add_field(str(name))
            self._look(each, f"{path}.{name}" if path else str(name), depth + 1)

    def _add_field(self, name: str) -> None:
        if len(self._fields) < _MOST_FIELDS:
            self._fields.append(name[:_MOST_NAME])

    def _add_list(self, path: str) -> None:
        if path not in self._lists and len(self._lists) < 100 * _MOST_LISTS:
            self._lists.append(path[:200])


def _kind_of(value: Any) -> str:
    if is_object(value):
        return "an object"
    if is_list(value):
        return "a list"
    if value is None:
        return "null"
    kind = "text" if isinstance(value, str) else "number"
    return f"the {kind} {str(value)[:_MOST_NAME]!r}"
