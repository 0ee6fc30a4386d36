"""What all decoders have in common, and which one reads what."""

from collections.abc import Sequence
from typing import Any, Protocol

from jobimport_worker.errors import Terminal, Transient

MAX_RECORD_BYTES = 32 * 1024 * 1024
"""Bytes without the end of a record in them after which a response is given up."""

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


def endless_record(size: int, records: int, hint: str) -> Terminal:
    """A response with no end of a record in sight: `size` bytes came without one, after so many
    whole records. `hint` says what to look at.
    """
    after = f" after {records:,} whole ones" if records else ""
    most = MAX_RECORD_BYTES >> 20
    return Terminal(
        f"no whole record in {size >> 20} MiB of the response{after}; a record has {most} MiB at"
        f" most: {hint}"
    )


def too_large_to_hold(what: str, most: int) -> Terminal:
    """A response that is held whole, and is beyond the bytes that it may have."""
    return Terminal(f"{what} has more than {most >> 20} MiB, and is held whole: ask for less of it")
