"""The content encodings that are asked for, each undone in pieces of bounded size."""

import zlib
from collections.abc import Iterator
from typing import Any, Protocol

import brotli
import zstandard

from jobimport_worker.errors import Terminal, Transient

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""The Accept-Encoding header of every request."""

_BROTLI: Any = brotli  # it has no types
_PIECE = 64 * 1024
_ZSTD_WINDOW = 8 * 1024 * 1024  # what RFC 9659 allows as a content encoding
_ZSTD_SLICES = 16, 128  # four bytes can stand for a block of 128 KiB: at most 4 MiB of a slice
_BROKEN = "the response's compression is broken: "


class Unpacker(Protocol):
    """Undoes one compression."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes unpack to; Transient where they are broken."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the compressed data is at its end."""
        ...


class Inflate:
    """Gzip, of many members too, or deflate."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._object = zlib.decompressobj(wbits)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """At most 64 KiB each."""
        while True:
            try:
                out = self._object.decompress(data, _PIECE)
            except zlib.error as error:
                raise Transient(f"{_BROKEN}{error}") from error
            yield out
            data = self._object.unconsumed_tail
            if self._object.eof:
                data = self._object.unused_data
                if not data.strip(b"\x00"):  # tar and friends pad with zeros
                    return
                self._object = zlib.decompressobj(self._wbits)
            elif not data and len(out) < _PIECE:
                return

    @property
    def complete(self) -> bool:
        """Whether the last member is whole."""
        return self._object.eof


class Deflate:
    """Deflate as RFC 9110 means it, in zlib's wrapping, and bare, as some servers send it."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: Inflate | None = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """At most 64 KiB each."""
        if self._inner is None:
            self._head += data
            if len(self._head) < 2:
                return
            wrapped = self._head[0] & 15 == 8 and int.from_bytes(self._head[:2]) % 31 == 0
            is_gzip = self._head.startswith(b"\x1f\x8b")
            self._inner = Inflate(47 if wrapped or is_gzip else -15)
            data, self._head = self._head, b""
        yield from self._inner.pieces(data)

    @property
    def complete(self) -> bool:
        """Whether the data is whole."""
        return self._inner is not None and self._inner.complete


class Brotli:
    """Brotli: one stream."""

    def __init__(self) -> None:
        self._object = _BROTLI.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """About 64 KiB each."""
        try:
            out = self._object.process(data, output_buffer_limit=_PIECE)
            yield out
            # it can accept more while it still holds output, so it is asked until it is dry
            while (out or not self._object.can_accept_more_data()) and not self.complete:
                out = self._object.process(b"", output_buffer_limit=_PIECE)
                yield out
        except _BROTLI.error as error:
            raise Transient(f"{_BROKEN}{error}") from error

    @property
    def complete(self) -> bool:
        """Whether the stream is whole."""
        return bool(self._object.is_finished())


class Zstandard:
    """Zstandard: frames one after the other, with windows of at most 8 MiB."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._object = self._context.decompressobj()
        self._slice = _ZSTD_SLICES[0]

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Up to 4 MiB each: the library gives all that it is fed, so it is fed little, and less
        while little turns out to be much.
        """
        gathered, size = list[bytes](), 0
        start = 0
        while start < len(data):
            out = self._fed(data[start : start + self._slice])
            start += self._slice
            gathered.append(out)
            size += len(out)
            least, most = _ZSTD_SLICES
            self._slice = least if len(out) > _PIECE else min(2 * self._slice, most)
            if size >= _PIECE:
                yield b"".join(gathered)
                gathered, size = [], 0
        yield b"".join(gathered)

    def _fed(self, rest: bytes) -> bytes:
        found = b""
        while rest:
            if self._object.eof:
                self._object = self._context.decompressobj()
            try:
                found += self._object.decompress(rest)
            except zstandard.ZstdError as error:
                raise Transient(f"{_BROKEN}{error}") from error
            rest = self._object.unused_data if self._object.eof else b""
        return found

    @property
    def complete(self) -> bool:
        """Whether the last frame is whole."""
        return self._object.eof


def unpacker_for(encoding: str) -> Unpacker | None:
    """What undoes a Content-Encoding header; None for none; Terminal where it is not known."""
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    names = [name for name in names if name != "identity"]
    if not names:
        return None
    if len(names) > 1:
        raise Terminal(
            f"the response is encoded {len(names)} times ({', '.join(names)[:80]}); one is taken"
        )
    match names[0]:
        case "gzip" | "x-gzip":
            return Inflate(31)
        case "deflate":
            return Deflate()
        case "br":
            return Brotli()
        case "zstd":
            return Zstandard()
        case other:
            raise Terminal(f"the response's Content-Encoding {other[:40]!r} was not asked for")
