"""Bodies that come in small pieces."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from jobimport_worker.errors import Transient
from jobimport_worker.fetch.body import read_body


class Pieces(httpx.AsyncByteStream):
    """A body in pieces of one size."""

    def __init__(self, body: bytes, size: int) -> None:
        self._pieces = [body[start : start + size] for start in range(0, len(body), size)]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


async def read(body: bytes, size: int, encoding: str = "") -> bytes:
    headers = {"Content-Encoding": encoding} if encoding else {}
    response = httpx.Response(200, headers=headers, stream=Pieces(body, size))
    return b"".join([out async for out in read_body(response, 10_000, 30)])


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("text", [b"", b"x", b"\x1f", b"[1, 2, 3]"])
async def test_a_gz_file_is_known_however_its_bytes_are_cut(text: bytes, size: int) -> None:
    assert await read(text, size) == text
    assert await read(gzip.compress(text), size) == text
    assert await read(gzip.compress(gzip.compress(text)), size, "gzip") == text


@pytest.mark.parametrize("size", [1, 1000])
async def test_a_gz_file_that_ends_too_soon_is_said_to_be_cut_off(size: int) -> None:
    with pytest.raises(Transient, match="cut off"):
        await read(gzip.compress(b"[1, 2, 3]")[:-3], size)
