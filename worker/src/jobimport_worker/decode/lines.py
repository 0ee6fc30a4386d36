"""Formats of one record a line: JSON Lines and CSV."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Self

import orjson

from jobimport_worker.decode.charset import ToUtf8
from jobimport_worker.decode.decoder import (
    MAX_RECORD_BYTES,
    Record,
    empty_body,
    endless_record,
    not_what_was_expected,
)
from jobimport_worker.decode.escapes import loads
from jobimport_worker.errors import Terminal


class JsonLinesDecoder:
    """A JSON document a line; empty lines are passed over."""

    def __init__(self, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self.mended = 0
        self._content_type = content_type
        self._utf8 = ToUtf8(charset)
        self._parts: list[bytes] = []  # of a line without an end: joined once, not each time
        self._size = 0
        self._line = 0

    def feed(self, data: bytes) -> Sequence[Record]:
        """The records of the lines that are whole."""
        new = self._utf8.feed(data)
        self._parts.append(new)
        self._size += len(new)
        if b"\n" not in new:
            if self._size > MAX_RECORD_BYTES:
                hint = "each line is to be one JSON document: is it JSON Lines?"
                raise endless_record(self._size, self._line, hint)
            return ()
        lines = b"".join(self._parts).split(b"\n")
        rest = lines.pop()
        self._parts, self._size = [rest], len(rest)
        return self._read(lines)

    def close(self) -> Sequence[Record]:
        """The record of a last line without an end."""
        found = self._read([b"".join(self._parts) + self._utf8.feed(b"", final=True)])
        if not self._line:
            raise empty_body("JSON Lines")
        return found

    def _read(self, lines: Sequence[bytes]) -> list[Record]:
        found: list[Record] = []
        for line in lines:
            if not line.strip():
                continue
            self._line += 1
            try:
                record, mended = loads(line)
            except orjson.JSONDecodeError as error:
                why = f"line {self._line}: {error}"
                raise not_what_was_expected("JSON Lines", self._content_type, line, why) from error
            found.append(record)
            self.mended += mended
        return found


csv.field_size_limit(MAX_RECORD_BYTES)  # the module's own: 128 KiB would fail a long description


_DELIMITERS = ",;\t|"


class _Lines:
    """The lines of a text for csv.reader, and whether it asked for more than there are.

    It does so in mid-row only within a quoted value: where that is, is for it alone to say.
    """

    def __init__(self, text: str) -> None:
        self._text = io.StringIO(text, newline="")
        self.given = 0
        self.at_end = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._text.readline()
        if not line:
            self.at_end = True
            raise StopIteration
        self.given += len(line)
        return line


class CsvDecoder:
    """CSV with a header line (RFC 4180); quoted values may hold line ends."""

    mended = 0

    def __init__(self, delimiter: str, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self._delimiter = delimiter or ","
        self._content_type = content_type
        self._utf8 = ToUtf8(charset)
        self._parts: list[str] = []  # of rows without an end: joined once, not each time
        self._size = 0
        self._look_again_at = 0
        self._header: list[str] | None = None
        self._line = 0

    def feed(self, data: bytes) -> Sequence[Record]:
        """The records of the rows that are whole."""
        new = self._utf8.feed(data).decode()
        self._parts.append(new)
        self._size += len(new)
        if self._size > MAX_RECORD_BYTES:
            rows = max(self._line - 1, 0)
            hint = "a quoted value has no end, or spec.source.format.type is not csv"
            raise endless_record(self._size, rows, hint)
        if "\n" not in new or self._size < self._look_again_at:
            return ()
        text = "".join(self._parts)
        cut = text.rfind("\n") + 1
        found, partial = self._read(text[:cut])
        rest = partial + text[cut:]
        self._parts, self._size = [rest], len(rest)
        self._look_again_at = 2 * len(partial)  # read anew only so often that it stays linear
        return found

    def close(self) -> Sequence[Record]:
        """The record of a last row without an end."""
        found, partial = self._read(self._whole())
        if partial:
            raise Terminal("the CSV ends within a quoted value: it was cut off, or is no CSV")
        if self._header is None:
            raise empty_body("CSV")
        return found

    def _whole(self) -> str:
        return "".join(self._parts) + self._utf8.feed(b"", final=True).decode()

    def _read(self, text: str) -> tuple[list[Record], str]:
        """The records of whole rows, and the text of a last one that ends within a quoted value."""
        found: list[Record] = []
        lines = _Lines(text)
        rows = csv.reader(lines, delimiter=self._delimiter)
        try:
            while True:
                begin = lines.given
                row = next(rows, None)
                if row is None:
                    return found, ""
                if lines.at_end:
                    return found, text[begin:]
                self._line += 1
                if row and self._header is None:
                    self._header = self._checked(row)
                elif row and self._header is not None:
                    found.append(self._record(self._header, row))
        except csv.Error as error:
            raise Terminal(f"the CSV cannot be read at row {self._line}: {error}") from error

    def _checked(self, row: list[str]) -> list[str]:
        if row[0].lstrip().startswith(("<", "{", "\x00")):
            head = self._delimiter.join(row).encode()
            raise not_what_was_expected("CSV", self._content_type, head, "no header line")
        meant = next((each for each in _DELIMITERS if each in row[0]), None)
        if len(row) == 1 and meant is not None:
            raise Terminal(
                f"the header of the CSV is the one value {row[0][:80]!r}: is"
                f" spec.source.format.delimiter {json.dumps(meant)}?"
            )
        return [name.strip() for name in row]

    def _record(self, header: list[str], row: list[str]) -> Record:
        if len(row) > len(header):
            raise Terminal(
                f"row {self._line} of the CSV has {len(row)} values, its header {len(header)}"
            )
        padded = [*row, *[""] * (len(header) - len(row))]
        return {name: value or None for name, value in zip(header, padded, strict=True)}
