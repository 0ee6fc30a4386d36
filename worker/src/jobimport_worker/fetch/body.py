"""A response's bytes: decompressed as they come, bounded, and never slower than a source may be."""

import gzip
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import httpx

from jobimport_worker.errors import Terminal, Transient

_PIECE = 64 * 1024
_SLOWEST_BYTES_PER_SECOND = 64
_GZIP_MAGIC = b"\x1f\x8b"


class _Inflate:
    """Gzip, of many members too, or deflate, in bounded pieces."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._object = zlib.decompressobj(wbits)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            out = self._object.decompress(data, _PIECE)
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
        return self._object.eof


def _inflate_for(encoding: str) -> _Inflate | None:
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    names = [name for name in names if name != "identity"]
    if not names:
        return None
    if len(names) > 1:
        raise Terminal(
            f"the response is encoded {len(names)} times ({', '.join(names)[:80]}); one is taken"
        )
    if names[0] in ("gzip", "x-gzip"):
        return _Inflate(31)
    if names[0] == "deflate":
        return _Inflate(47)
    raise Terminal(f"the response's Content-Encoding {names[0][:40]!r} was not asked for")


async def read_body(
    response: httpx.Response, most_bytes: int, timeout_seconds: float
) -> AsyncGenerator[bytes]:
    """The bytes of a response, without Content-Encoding and without the .gz of a file.

    Terminal when there are more than `most_bytes` of them, Transient when the source stops short
    or sends next to nothing for longer than `timeout_seconds`.
    """
    transfer = _inflate_for(response.headers.get("content-encoding", ""))
    stages: list[_Inflate] = [transfer] if transfer else []
    total, first = 0, True
    async for raw in _paced(response.aiter_raw(_PIECE), timeout_seconds):
        try:
            plain = transfer.pieces(raw) if transfer else [raw]
            for piece in plain:
                if first and piece:
                    first = False
                    if piece.startswith(_GZIP_MAGIC):
                        stages.append(_Inflate(31))
                inner = stages[-1] if stages and stages[-1] is not transfer else None
                for out in inner.pieces(piece) if inner else [piece]:
                    total += len(out)
                    if total > most_bytes:
                        raise Terminal(
                            f"the response is larger than maxResponseBytes ({most_bytes:,} bytes"
                            " after decompression); raise it if such a size is right"
                        )
                    if out:
                        yield out
        except (zlib.error, gzip.BadGzipFile) as error:
            raise Transient(f"the response's compression is broken: {error}") from error
    if any(not stage.complete for stage in stages) and total:
        raise Transient("the response was cut off in the middle of its compressed data")


async def _paced(chunks: AsyncIterator[bytes], timeout_seconds: float) -> AsyncGenerator[bytes]:
    started, received = time.monotonic(), 0
    async for chunk in chunks:
        received += len(chunk)
        elapsed = time.monotonic() - started
        if elapsed > 2 * timeout_seconds and received < elapsed * _SLOWEST_BYTES_PER_SECOND:
            raise Transient(
                f"the source sent {received} bytes in {elapsed:.0f} s; that is too slow to wait for"
            )
        yield chunk
