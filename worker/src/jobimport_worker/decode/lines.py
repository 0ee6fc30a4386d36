"""Formats of one record a line: JSON Lines and CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson

from jobimport_worker.decode.charset import ToUtf8
from jobimport_worker.decode.decoder import (
    MAX_RECORD_BYTES,
    Record,
    empty_body,
    not_what_was_expected,
    too_large,
)
from jobimport_worker.errors import Terminal


class JsonLinesDecoder:
    """A JSON document a line; empty lines are passed over."""

    def __init__(self, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self._content_type = content_type
        self._utf8 = ToUtf8(charset)
        self._rest = b""
        self._line = 0

    def feed(self, data: bytes) -> Sequence[Record]:
        """The records of the lines that are whole."""
        lines = (self._rest + self._utf8.feed(data)).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_RECORD_BYTES:
            raise too_large(len(self._rest))
        return self._read(lines)

    def close(self) -> Sequence[Record]:
        """The record of a last line without an end."""
        rest = self._rest + self._utf8.feed(b"", final=True)
        found = self._read([rest])
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
                found.append(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                why = f"line {self._line}: {error}"
                raise not_what_was_expected("JSON Lines", self._content_type, line, why) from error
        return found


class CsvDecoder:
    """CSV with a header line (RFC 4180); quoted values may hold line ends."""

    def __init__(self, delimiter: str, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self._delimiter = delimiter or ","
        self._content_type = content_type
        self._utf8 = ToUtf8(charset)
        self._rest = ""
        self._header: list[str] | None = None
        self._line = 0

    def feed(self, data: bytes) -> Sequence[Record]:
        """The records of the rows that are whole."""
        text = self._rest + self._utf8.feed(data).decode()
        cut = text.rfind("\n") + 1
        while cut and text.count('"', 0, cut) % 2:
            cut = text.rfind("\n", 0, cut - 1) + 1
        self._rest = text[cut:]
        if len(self._rest) > MAX_RECORD_BYTES:
            raise too_large(len(self._rest))
        return self._read(text[:cut])

    def close(self) -> Sequence[Record]:
        """The record of a last row without an end."""
        rest = self._rest + self._utf8.feed(b"", final=True).decode()
        if rest.count('"') % 2:
            raise Terminal("the CSV ends within a quoted value: it was cut off, or is no CSV")
        found = self._read(rest)
        if self._header is None:
            raise empty_body("CSV")
        return found

    def _read(self, text: str) -> list[Record]:
        found: list[Record] = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter):
                self._line += 1
                if not row:
                    continue
                if self._header is None:
                    self._header = self._checked(row)
                else:
                    found.append(self._record(self._header, row))
        except csv.Error as error:
            raise Terminal(f"the CSV cannot be read at row {self._line}: {error}") from error
        return found

    def _checked(self, row: list[str]) -> list[str]:
        if row[0].lstrip().startswith(("<", "{", "\x00")):
            head = self._delimiter.join(row).encode()
            raise not_what_was_expected("CSV", self._content_type, head, "no header line")
        return [name.strip() for name in row]

    def _record(self, header: list[str], row: list[str]) -> Record:
        if len(row) > len(header):
            raise Terminal(
                f"row {self._line} of the CSV has {len(row)} values, its header {len(header)}"
            )
        padded = [*row, *[""] * (len(header) - len(row))]
        return {name: value or None for name, value in zip(header, padded, strict=True)}
