"""What all decoders have in common, and which one reads what."""

from collections.abc import Sequence
from typing import Any, Protocol

from jobimport_worker.errors import Terminal, Transient

MAX_RECORD_BYTES = 32 * 1024 * 1024
"""Bytes without a record in them after which a response is given up."""

Record = Any


class Decoder(Protocol):
    """Fed with bytes, gives records. `values` holds what was asked for beside them, by path,
    once `close` has returned; `mended` counts halves of characters that became U+FFFD.
    """

    values: dict[str, Any]

    @property
    def mended(self) -> int:
        """How many so far."""
        ...

    def feed(self, data: bytes) -> Sequence[Record]:
        """Take bytes; the records that are whole with them. SourceError for what cannot be read."""
        ...

    def close(self) -> Sequence[Record]:
        """The last records; SourceError where the response ended too early."""
        ...


def not_what_was_expected(expected: str, content_type: str, head: bytes, why: str) -> Terminal:
    """A response that is something else: says what was expected and what came, with its head."""
    shown = " ".join(head[:80].decode("utf-8", "replace").split())
    typed = f" with content type {content_type}" if content_type else ""
    return Terminal(f"expected {expected}, got a response{typed} that begins {shown!r} ({why})")


def empty_body(expected: str) -> Transient:
    """A response without a body."""
    return Transient(f"expected {expected}, got an empty response; nothing was closed")


def too_large(bytes_so_far: int) -> Terminal:
    """A response with no end of a record in sight."""
    return Terminal(
        f"no whole record in {bytes_so_far // 1024 // 1024} MiB of the response; check the format"
        " and the path of the records"
    )
