"""Sitemaps (sitemaps.org): lists of pages, of further sitemaps, or plain lines of addresses."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from jobimport.shapes import is_object
from jobimport_worker.decode.charset import ToUtf8
from jobimport_worker.decode.decoder import Decoder, Record, empty_body, not_what_was_expected
from jobimport_worker.decode.xml import XmlDecoder
from jobimport_worker.errors import Terminal

SITEMAPS = "\x00sitemaps"
"""Under this name `values` holds the addresses that a sitemap index names."""

MOST_SITEMAPS = 50_000
"""Sitemaps of one index, as sitemaps.org bounds it."""

_HEAD = 64 * 1024
_MOST_LINE = 64 * 1024
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>/]")


class SitemapDecoder:
    """Records are the URLs of a sitemap: `{loc, lastmod, …}`, of a text sitemap `{loc}`.

    A sitemap index has no record: what it names stands in `values`, for the walk to go on with.
    """

    mended = 0

    def __init__(self, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self._content_type = content_type
        self._charset = charset
        self._head = b""
        self._inner: Decoder | None = None
        self._names: list[str] | None = None

    def feed(self, data: bytes) -> Sequence[Record]:
        """The records whose elements or lines are whole."""
        if self._inner is None:
            self._head += data
            self._inner = self._begin(final=False)
            if self._inner is None:
                return ()
            data, self._head = self._head, b""
        return self._taken(self._inner.feed(data))

    def close(self) -> Sequence[Record]:
        """The last records; Transient where the document is not at its end."""
        if self._inner is None:
            if not self._head.strip():
                raise empty_body("a sitemap")
            self._inner = self._begin(final=True)
            if self._inner is None:
                why = "neither <urlset> nor <sitemapindex>"
                raise not_what_was_expected("a sitemap", self._content_type, self._head, why)
            last = [*self._taken(self._inner.feed(self._head))]
        else:
            last = []
        last += self._taken(self._inner.close())
        if self._names is not None:
            self.values[SITEMAPS] = list(dict.fromkeys(self._names))
        return last

    def _begin(self, *, final: bool) -> Decoder | None:
        """The decoder of what the response turns out to be; None where that is not known yet."""
        plain = self._head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        root = _ROOT.search(plain)
        if root is not None:
            kind = root[1].decode()
            path = "urlset.url" if kind == "urlset" else "sitemapindex.sitemap"
            self._names = [] if kind == "sitemapindex" else None
            return XmlDecoder(path, (), self._content_type, self._charset)
        if plain and not plain.startswith(b"<"):
            return _Lines(self._content_type, self._charset)
        if len(self._head) > _HEAD or (final and plain):
            why = "neither <urlset> nor <sitemapindex>"
            raise not_what_was_expected("a sitemap", self._content_type, plain, why)
        return None

    def _taken(self, found: Sequence[Record]) -> Sequence[Record]:
        if self._names is None:
            return [each for each in found if is_object(each)]
        self._names += [str(each["loc"]) for each in found if is_object(each) and each.get("loc")]
        if len(self._names) > MOST_SITEMAPS:
            raise Terminal(f"the sitemap index names more than {MOST_SITEMAPS:,} sitemaps")
        return ()


class _Lines:
    """A text sitemap: one address a line."""

    mended = 0

    def __init__(self, content_type: str, charset: str | None) -> None:
        self.values: dict[str, Any] = {}
        self._content_type = content_type
        self._utf8 = ToUtf8(charset)
        self._rest = b""

    def feed(self, data: bytes) -> Sequence[Record]:
        lines = (self._rest + self._utf8.feed(data)).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > _MOST_LINE:
            why = f"a line of more than {_MOST_LINE >> 10} KiB is no address"
            raise not_what_was_expected("a sitemap", self._content_type, self._rest, why)
        return self._read(lines)

    def close(self) -> Sequence[Record]:
        return self._read([self._rest + self._utf8.feed(b"", final=True)])

    def _read(self, lines: Sequence[bytes]) -> list[Record]:
        found: list[Record] = []
        for line in lines:
            address = line.decode().strip()
            if not address:
                continue
            if urlsplit(address).scheme not in ("http", "https"):
                why = "a line is no http or https address"
                raise not_what_was_expected("a sitemap", self._content_type, line, why)
            found.append({"loc": address})
        return found
