"""Single values: text, yes or no, and the text of HTML. None in, None out."""

import html as html_entities
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

_TRUE = frozenset(
    "true yes y 1 remote fullyremote full telecommute remoteonly anywhere worldwide homeoffice wfh"
    " workfromhome".split()
)
_FALSE = frozenset(
    ("false", "no", "n", "0", "onsite", "none", "", "hybrid", "inoffice", "office", "notremote")
)
"""A job that is remote in part only can't be done from anywhere: hybrid is no."""
_BLOCKS = frozenset("p div br li ul ol tr h1 h2 h3 h4 h5 h6 blockquote section article".split())


def to_text(value: Any) -> str | None:
    """Text of a scalar, trimmed; None for nothing, an empty text, a list or an object."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return None


def to_bool(value: Any) -> bool | None:
    """True or False for what says so; ValueError for text that says neither."""
    if value is None or isinstance(value, bool):
        return value
    word = "".join(letter for letter in str(value).casefold() if letter.isalnum())
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{short(value)} is neither yes nor no")


def unescape(text: str) -> str:
    """Resolve entities, also of text that was escaped twice."""
    once = html_entities.unescape(text)
    return html_entities.unescape(once) if "&lt;" in once or "&amp;" in once else once


class _TextOf(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")


def plain_text(markup: str) -> str | None:
    """The text of HTML, blocks on lines of their own."""
    reader = _TextOf()
    reader.feed(markup)
    lines = ("".join(reader.pieces)).splitlines()
    return "\n".join(line for each in lines if (line := " ".join(each.split()))) or None


def short(value: Any) -> str:
    """A value for a message, quoted and cut."""
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "…")
