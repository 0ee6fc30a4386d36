"""A response's bytes: decompressed as they come, bounded, and never slower than a source may be."""

import time
from collections.abc import AsyncGenerator, AsyncIterator

import httpx

from jobimport_worker.errors import Terminal, Transient
from jobimport_worker.fetch.encodings import Inflate, Unpacker, unpacker_for

_SLOWEST_BYTES_PER_SECOND = 64
_GZIP_MAGIC = b"\x1f\x8b"


async def read_body(
    response: httpx.Response, most_bytes: int, timeout_seconds: float
) -> AsyncGenerator[bytes]:
    """The bytes of a response, without Content-Encoding and without the .gz of a file.

    Terminal when there are more than `most_bytes` of them, Transient when the source stops short
    or sends next to nothing for longer than `timeout_seconds`.
    """
    transfer = unpacker_for(response.headers.get("content-encoding", ""))
    file: Unpacker | None = None
    head: bytes | None = b""  # until there are enough bytes to tell a .gz file from others
    total, received = 0, 0
    # As they arrive: gathered into larger pieces, a slow drip would be seen much too late.
    async for raw in _paced(response.aiter_raw(), timeout_seconds):
        received += len(raw)
        for plain in transfer.pieces(raw) if transfer else [raw]:
            piece = plain
            if head is not None:
                head = piece = head + piece
                if len(head) < len(_GZIP_MAGIC):
                    continue
                file, head = Inflate(31) if head.startswith(_GZIP_MAGIC) else None, None
            for out in file.pieces(piece) if file else [piece]:
                total += len(out)
                if total > most_bytes:
                    raise Terminal(
                        f"the response is larger than maxResponseBytes ({most_bytes:,} bytes"
                        " after decompression); raise it if such a size is right"
                    )
                if out:
                    yield out
    if head:
        yield head
    if received and any(not stage.complete for stage in (transfer, file) if stage):
        raise Transient("the response was cut off in the middle of its compressed data")


async def _paced(chunks: AsyncIterator[bytes], timeout_seconds: float) -> AsyncGenerator[bytes]:
    """The chunks, as long as they come fast enough; only the time that they are waited for counts.

    The longer it takes, the faster it has to be: 64 bytes a second at first, with the usual timeout
    4 KiB a second after an hour. So a body that never ends does, also one that is slow.
    """
    waited, received = 0.0, 0
    grace = 2 * timeout_seconds
    while True:
        begun = time.monotonic()
        chunk = await anext(chunks, None)
        waited += time.monotonic() - begun
        if chunk is None:
            return
        received += len(chunk)
        if waited > grace and received < waited * _SLOWEST_BYTES_PER_SECOND * waited / grace:
            raise Transient(
                f"the source sent {received:,} bytes in {waited:.0f} s; that is too slow to wait"
                " for"
            )
        yield chunk
