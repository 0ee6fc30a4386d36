"""What is fuzzed: every decoder and every decompression, fed with bytes in any chunks.

Byte 0 of an input chooses the format, byte 1 the charset, byte 2 the size of the chunks; the rest
is the response. Whatever it is, records come out or a SourceError that says why, and the same
records whether it comes whole or in chunks.
"""

from collections.abc import Callable, Iterable
from typing import Any

from jobimport.resource.fetching import Format
from jobimport_worker.decode import decoder_for
from jobimport_worker.errors import SourceError
from jobimport_worker.fetch.encodings import unpacker_for

FORMATS: list[dict[str, Any]] = [
    {"type": "json", "records": "jobs"},
    {"type": "json", "records": ""},
    {"type": "jsonLines"},
    {"type": "csv"},
    {"type": "csv", "delimiter": ";"},
    {"type": "xml", "records": "source.job"},
    {"type": "xml", "records": "rss.channel.item", "lists": ["a.b", "c"]},
    {"type": "jsonLd"},
]
CHARSETS = [None, "utf-8", "iso-8859-1", "utf-16", "utf-16-le", "shift_jis", "utf-8-sig", "gb18030"]
ENCODINGS = ["gzip", "deflate", "br", "zstd"]
MOST_PIECE = 16 * 1024 * 1024


class Found(AssertionError):
    """What must not be: the message says for which input."""


def one_input(data: bytes) -> None:
    """Try one input; Found for what breaks a promise."""
    if len(data) < 4:
        return
    kind, charset, size, body = data[0], CHARSETS[data[1] % len(CHARSETS)], data[2] + 1, data[3:]
    if kind % 4 == 3:
        _unpack(ENCODINGS[kind // 4 % len(ENCODINGS)], body, size)
        return
    form = Format.model_validate(FORMATS[kind // 4 % len(FORMATS)])
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    whole, parts = _decode(form, charset, [body]), _decode(form, charset, chunks)
    if whole != parts and not (isinstance(whole, str) and isinstance(parts, str)):
        raise Found(f"{form.type}: whole gives {whole!r:.200}, in {size}s {parts!r:.200}")


def _decode(form: Format, charset: str | None, chunks: Iterable[bytes]) -> Any:
    """The records as text, so that NaN is itself; or a tuple's stand-in, the error's class."""
    wanted = ["total"] if form.type == "json" else []
    try:
        decoder = decoder_for(form, "application/x", charset, wanted)
        records: list[Any] = []
        for chunk in chunks:
            records += decoder.feed(chunk)
        records += decoder.close()
    except SourceError as error:
        _check_message(error)
        return type(error).__name__
    return [repr(each) for each in records]


def _unpack(encoding: str, body: bytes, size: int) -> None:
    unpacker = unpacker_for(encoding)
    if unpacker is None:
        raise Found(f"no unpacker of {encoding}")
    total = 0
    try:
        for start in range(0, len(body), size):
            for piece in unpacker.pieces(body[start : start + size]):
                total += len(piece)
                if len(piece) > MOST_PIECE:
                    raise Found(f"{encoding} gave {len(piece)} bytes at once")
                if total > 64 * 1024 * 1024:  # where maxResponseBytes would end it
                    return
    except SourceError as error:
        _check_message(error)


def _check_message(error: SourceError) -> None:
    if not 10 < len(str(error)) < 1000:
        raise Found(f"an error with a message of {len(str(error))} characters: {error!s:.200}")


Target = Callable[[bytes], None]
