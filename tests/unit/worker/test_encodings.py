"""Content encodings are undone in bounded pieces, wherever the network cuts them."""

import gzip
import itertools
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard

from jobimport_worker.errors import Terminal, Transient
from jobimport_worker.fetch.encodings import ACCEPT_ENCODING, unpacker_for

BROTLI: Any = brotli
TEXT = b"".join(b'{"id": %d}\n' % number for number in range(20_000))
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: BROTLI.compress(data, quality=5),
    "zstd": zstandard.ZstdCompressor().compress,
}


def unpack(encoding: str, packed: bytes, step: int) -> tuple[bytes, bool]:
    unpacker = unpacker_for(encoding)
    assert unpacker is not None
    cuts = range(0, len(packed), step)
    pieces = (unpacker.pieces(packed[start : start + step]) for start in cuts)
    whole = b"".join(itertools.chain.from_iterable(pieces))
    return whole, unpacker.complete


def test_each_encoding_that_is_asked_for_is_undone() -> None:
    assert set(ACCEPT_ENCODING.split(", ")) == set(PACK)


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize("step", [1, 700, 1 << 20])
def test_pieces_of_any_size_are_undone(encoding: str, step: int) -> None:
    packed = PACK[encoding](TEXT)
    assert unpack(encoding, packed, step) == (TEXT, True)
    assert not unpack(encoding, packed[:-5], step)[1]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_many_members_are_one_response(encoding: str) -> None:
    packed = PACK[encoding](b"one") + PACK[encoding](b"two")
    assert unpack(encoding, packed, 3) == (b"onetwo", True)
    assert unpack(encoding, packed, 1000) == (b"onetwo", True)


@pytest.mark.parametrize("encoding", PACK)
def test_a_bomb_comes_in_bounded_pieces(encoding: str) -> None:
    unpacker = unpacker_for(encoding)
    assert unpacker is not None
    sizes = [len(piece) for piece in unpacker.pieces(PACK[encoding](bytes(64 << 20)))]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= 16 << 20


@pytest.mark.parametrize("encoding", PACK)
def test_broken_bytes_are_told(encoding: str) -> None:
    with pytest.raises(Transient, match="compression is broken"):
        unpack(encoding, b"\xff\xfe not compressed at all" * 10, 50)


def test_a_zstd_window_beyond_its_bound_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Transient, match="compression is broken"):
        unpack("zstd", packer.compress(TEXT) + packer.flush(), 1000)


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(Terminal, match="'compress' was not asked for"):
        unpacker_for("compress")
