"""JSON-LD in HTML: the JobPosting objects of a page's script elements."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from lxml import etree

from jobimport.shapes import is_list, is_object
from jobimport_worker.decode.charset import html_text
from jobimport_worker.decode.decoder import (
    Record,
    empty_body,
    not_what_was_expected,
    too_large_to_hold,
)
from jobimport_worker.decode.escapes import loads
from jobimport_worker.errors import Terminal

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""The largest page that is read: an HTML page is held whole."""

_MAX_DEPTH = 32
_TYPE = "application/ld+json"


class JsonLdDecoder:
    """Records are the objects of type JobPosting, wherever they are: bare, in a list, in @graph,
    in an ItemList. A page without JSON-LD is refused; JSON-LD without a JobPosting has no record.
    """

    def __init__(self, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self.mended = 0
        self._content_type = content_type
        self._charset = charset
        self._page = bytearray()

    def feed(self, data: bytes) -> Sequence[Record]:
        """Gather; Terminal for a page beyond its bound."""
        self._page += data
        if len(self._page) > MAX_PAGE_BYTES:
            raise too_large_to_hold("the HTML page", MAX_PAGE_BYTES)
        return ()

    def close(self) -> Sequence[Record]:
        """The page's records."""
        page = html_text(bytes(self._page), self._charset)
        if not page.strip():
            raise empty_body("HTML with JSON-LD")
        scripts = list(_scripts(page))
        if not scripts:
            why = f"no script of type {_TYPE}"
            raise not_what_was_expected("HTML with JSON-LD", self._content_type, page, why)
        return [found for text in scripts for found in _postings(self._parsed(text), 0)]

    def _parsed(self, text: str) -> Any:
        try:
            document, mended = loads(text.strip().encode())
        except orjson.JSONDecodeError as error:
            head = " ".join(text[:80].split())
            raise Terminal(
                f"a script of type {_TYPE} is not JSON: {error}; it begins {head!r}"
            ) from error
        self.mended += mended
        return document


def _scripts(page: bytes) -> Iterator[str]:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(page, parser)
    except etree.XMLSyntaxError:  # nothing in it is an element
        return
    if root is None:
        return
    for script in root.iter("script"):
        typed = str(script.get("type", "")).partition(";")[0].strip().lower()
        if typed == _TYPE and (script.text or "").strip():
            yield str(script.text)


def _postings(value: Any, depth: int) -> Iterator[Record]:
    if depth > _MAX_DEPTH:
        raise Terminal(f"the page's JSON-LD is nested deeper than {_MAX_DEPTH} levels")
    if is_list(value):
        for each in value:
            yield from _postings(each, depth + 1)
    elif is_object(value):
        if _is_posting(value.get("@type")):
            yield value
            return
        for below in value.values():
            if is_list(below) or is_object(below):
                yield from _postings(below, depth + 1)


def _is_posting(kind: Any) -> bool:
    names = kind if is_list(kind) else [kind]
    return any(
        isinstance(name, str) and name.rpartition("/")[2].rpartition(":")[2] == "JobPosting"
        for name in names
    )
