"""Halves of characters in JSON: an escape such as \\ud83d without its other half.

Programs that cut texts by UTF-16 units write them. No UTF-8 can hold one, so it becomes U+FFFD, as
in browsers: it costs one character, and neither its record nor its page.
"""

import re
from typing import Any

import orjson

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_MAYBE = re.compile(rb"\\u[dD]")
_FIRST_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
_LENGTH = 6
"""Bytes of one escape."""


class WholeEscapes:
    """Replaces halves in a stream of JSON text; `mended` counts them."""

    def __init__(self) -> None:
        self.mended = 0
        self._open = b""

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """The text without halves; an escape that the piece cuts is held back to the next.

        One that the end cuts is left out: the text that ends in mid-string then says all.
        """
        text = self._open + data if self._open else data
        cut = _whole_until(text)
        if final and _FIRST_HALF.fullmatch(text, cut):
            cut = len(text)
        self._open = text[cut:]
        if self._open:
            text = text[:cut]
        return _ESCAPE.sub(self._whole, text) if _MAYBE.search(text) else text

    def _whole(self, escape: re.Match[bytes]) -> bytes:
        if escape[1] is None:
            return escape[0]
        self.mended += 1
        return b"\\ufffd"


def loads(text: bytes) -> tuple[Any, int]:
    """A JSON document, and how many halves in it were replaced; orjson's errors."""
    try:
        return orjson.loads(text), 0
    except orjson.JSONDecodeError:
        escapes = WholeEscapes()
        mended = escapes.feed(text, final=True)
        if not escapes.mended:
            raise
    return orjson.loads(mended), escapes.mended


def _whole_until(text: bytes) -> int:
    """Where an escape begins that the end of the text cuts, or that may be one half of two."""
    begin = _last_escape(text, len(text))
    if begin is None:
        return len(text)
    ends_well = len(text) - begin >= (_LENGTH if text[begin + 1 : begin + 2] == b"u" else 2)
    if ends_well and not _FIRST_HALF.fullmatch(text, begin):
        return len(text)
    if ends_well:
        return begin
    before = begin - _LENGTH
    if before >= 0 and _FIRST_HALF.match(text, before) and _last_escape(text, begin) == before:
        return before
    return begin


def _last_escape(text: bytes, end: int) -> int | None:
    """Where the last escape within reach of `end` begins; None where there is none."""
    last = text.rfind(b"\\", max(end - _LENGTH, 0), end)
    if last < 0:
        return None
    run = last
    while run > 0 and text[run - 1] == 0x5C:
        run -= 1
    return last if (last - run) % 2 == 0 else last - 1
