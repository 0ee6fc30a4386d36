"""JSON: small responses at once by orjson, large ones as a stream by ijson."""

from collections.abc import Callable, Sequence
from typing import Any

import ijson
import orjson

from jobimport.shapes import is_list, is_object
from jobimport_worker.decode.charset import ToUtf8
from jobimport_worker.decode.decoder import (
    MAX_RECORD_BYTES,
    Record,
    empty_body,
    endless_record,
    not_what_was_expected,
    too_large_to_hold,
)
from jobimport_worker.decode.depth import DepthGuard
from jobimport_worker.decode.escapes import WholeEscapes, loads
from jobimport_worker.decode.outline import Outline
from jobimport_worker.errors import SourceError, Terminal, Transient

STREAM_FROM = 4 * 1024 * 1024
"""Responses from this size on are streamed."""

_MOST_VALUE = 16 * 1024 * 1024
_EXPECTED = "JSON"
_MISSING = object()
_SCALARS = frozenset({"number", "string", "boolean", "null"})
Wrong = Callable[[str, int], SourceError]
"""The error of a document that cannot be parsed: of why, and of how many records came before."""

_HTML = (b"<!doctype html", b"<html", b"<head", b"<body")


class JsonDecoder:
    """Records of a JSON document, found by a path of names joined by dots."""

    def __init__(
        self, path: str, content_type: str, charset: str | None, wanted: Sequence[str]
    ) -> None:
        self.values: dict[str, Any] = {}
        self._path = path
        self._content_type = content_type
        self._wanted = [each for each in wanted if each]
        self._utf8 = ToUtf8(charset)
        self._head = bytearray()
        self._stream: _JsonStream | None = None
        self._escapes = WholeEscapes()
        self._mended = 0

    @property
    def mended(self) -> int:
        """Halves of characters that became U+FFFD."""
        return self._mended + self._escapes.mended

    def feed(self, data: bytes) -> Sequence[Record]:
        """Gather, and from a size on stream."""
        data = self._utf8.feed(data)
        if self._stream is not None:
            return self._stream.feed(self._escapes.feed(data))
        self._head += data
        if len(self._head) < STREAM_FROM:
            return ()
        self._stream = _JsonStream(self._path, self._wanted, self._wrong)
        head, self._head = bytes(self._head), bytearray(self._head[:200])
        return self._stream.feed(self._escapes.feed(head))

    def close(self) -> Sequence[Record]:
        """The records of a small response, or the last ones of a large one."""
        rest = self._utf8.feed(b"", final=True)
        if self._stream is not None:
            last = self._stream.feed(self._escapes.feed(rest, final=True))
            last = [*last, *self._stream.close()]
            self.values = self._stream.values
            return last
        self._head += rest
        return self._whole(bytes(self._head))

    def _whole(self, body: bytes) -> Sequence[Record]:
        if not body.strip():
            raise empty_body(_EXPECTED)
        try:
            document, self._mended = loads(body)
        except orjson.JSONDecodeError as error:
            raise self._wrong(str(error)) from error
        self.values = {
            path: value for path in self._wanted if (value := find(document, path)) is not _MISSING
        }
        return self._records(document)

    def _records(self, document: Any) -> Sequence[Record]:
        return records_at(document, self._path)

    def _wrong(self, why: str, records: int = 0) -> SourceError:
        """What a document that cannot be parsed is; `records` were read of it."""
        head = bytes(self._head[:200]).lstrip()
        begun = head[:1] in (b"{", b"[") and not head.lower().startswith(_HTML)
        if begun and _ended_early(why):
            return Transient(f"the JSON was cut off: {why}")
        if "unexpected content after document" in why:
            why += '; is spec.source.format.type "jsonLines"?'
        if records:
            return Terminal(f"the JSON is broken after {records:,} records: {why}")
        return not_what_was_expected(_EXPECTED, self._content_type, head, why)


class JsonValueDecoder(JsonDecoder):
    """One record: what stands at the path, whatever it is. The document is held whole."""

    def feed(self, data: bytes) -> Sequence[Record]:
        """Gather; Terminal for a document beyond its bound."""
        self._head += self._utf8.feed(data)
        if len(self._head) > _MOST_VALUE:
            raise too_large_to_hold("the JSON document", _MOST_VALUE)
        return ()

    def _records(self, document: Any) -> Sequence[Record]:
        found = find(document, self._path)
        if found is _MISSING:
            raise Terminal(
                f"spec.source.detail.format.records {self._path!r}: not in the response, which has"
                f" {Outline.of(document).describe()}"
            )
        return [found]


def _ended_early(why: str) -> bool:
    return any(word in why.lower() for word in ("unexpected end", "incomplete", "premature", "eof"))


def find(document: Any, path: str) -> Any:
    """The value at a path of names; `_MISSING` where a name is absent."""
    for name in path.split(".") if path else ():
        if not is_object(document) or name not in document:
            return _MISSING
        document = document[name]
    return document


def records_at(document: Any, path: str) -> list[Record]:
    """The list at a path; Terminal where the path is absent or holds something else."""
    found = find(document, path)
    if is_list(found):
        return found
    outline = Outline.of(document)
    if found is _MISSING:
        raise _absent(path, outline)
    there = Outline.of(found).describe()
    raise Terminal(f"{_named(path)}: expected a list, found {there} ({outline.lists_for(path)})")


def _named(path: str) -> str:
    return f"spec.source.format.records {path!r}" if path else "spec.source.format.records (empty)"


def _absent(path: str, outline: Outline) -> Terminal:
    has = f"{outline.describe()} ({outline.lists_for(path)})"
    return Terminal(f"{_named(path)}: not in the response, which has {has}")


class _JsonStream:
    """A document too large to hold: records by ijson's C code, other values by its events."""

    def __init__(self, path: str, wanted: Sequence[str], wrong: Wrong) -> None:
        self.values: dict[str, Any] = {}
        self._path, self._wrong = path, wrong
        self._items: Any = ijson.sendable_list()
        prefix = f"{path}.item" if path else "item"
        self._records = ijson.items_coro(self._items, prefix, use_float=True)
        self._events: Any = ijson.sendable_list()
        self._beside: Any = ijson.parse_coro(self._events, use_float=True)
        self._wanted = set(wanted)
        self._outline = Outline()
        self._depth = DepthGuard()
        self._since_record = 0
        self._count = 0

    def feed(self, data: bytes) -> list[Record]:
        found: list[Record] = []
        for start in range(0, len(data), 65536):
            piece = data[start : start + 65536]
            self._depth.feed(piece)
            self._send(piece)
            new = self._take()
            self._since_record = 0 if new else self._since_record + len(piece)
            if self._since_record > MAX_RECORD_BYTES:
                raise endless_record(self._since_record, self._count, self._hint())
            found += new
        return found

    def close(self) -> list[Record]:
        self._send(b"")
        last = self._take()
        if self._count == 0 and not self._outline.has_list(self._path):
            raise _absent(self._path, self._outline)
        return last

    def _hint(self) -> str:
        checked = f"check {_named(self._path)}"
        return checked if self._count else f"{checked} ({self._outline.lists_for(self._path)})"

    def _send(self, piece: bytes) -> None:
        try:
            for target in (self._records, self._beside):
                if target is not None and piece:
                    target.send(piece)
                elif target is not None:
                    target.close()
        except (ijson.JSONError, StopIteration) as error:
            whole = self._count + len(self._items)
            raise self._wrong(str(error).splitlines()[0], whole) from error

    def _take(self) -> list[Record]:
        found: list[Record] = list(self._items)
        self._items.clear()
        self._count += len(found)
        for prefix, event, value in self._events:
            if not self._count:
                self._outline.take(prefix, event, value)
            if event in _SCALARS and prefix in self._wanted:
                self.values.setdefault(prefix, value)
        self._events.clear()
        if found and not self._wanted:
            self._beside = None  # it was for an outline, which is needed where no record comes
        return found
