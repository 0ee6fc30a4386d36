"""Bytes of any declared charset as UTF-8."""

import codecs
import contextlib
import re

from jobimport_worker.errors import Terminal

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_XML = re.compile(
    rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})[\"']", re.IGNORECASE
)
_META_BYTES = 4096
_LATIN = frozenset({"iso8859-1", "ascii"})


def known_charset(name: str) -> str:
    """Python's name of a charset; Terminal where there is no such charset of text."""
    try:
        found = codecs.lookup(name.strip().strip("\"'"))
        with contextlib.suppress(UnicodeError):
            b"a".decode(found.name)  # "hex" and the like are codecs too, but not of text
    except (LookupError, ValueError) as error:
        raise Terminal(f"the response names a charset that is unknown: {name[:40]!r}") from error
    return found.name


def marked_charset(head: bytes) -> tuple[bytes, str] | None:
    """The byte order mark that a text begins with, and its charset."""
    return next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), None)


def xml_charset(head: bytes) -> str | None:
    """The charset that an XML declaration names; UTF-16 cannot be where that is read as ASCII."""
    found = _XML.match(head)
    if found is None:
        return None
    name = found[1].decode()
    return "utf-8" if name.lower().startswith(("utf-16", "utf-32", "ucs-", "iso-10646")) else name


def html_text(page: bytes, declared: str | None) -> bytes:
    """An HTML page as UTF-8: by byte order mark, header, meta element, else UTF-8 or Latin.

    As in browsers Latin-1 means windows-1252, and bytes that are wrong do not spoil the page.
    """
    marked = marked_charset(page)
    if marked is not None:
        return page[len(marked[0]) :].decode(marked[1], "replace").encode()
    meta = _META.search(page[:_META_BYTES])
    named = declared or (meta[1].decode() if meta else None)
    if named is None:
        try:
            page.decode()
        except UnicodeDecodeError:
            return page.decode("cp1252", "replace").encode()
        return page
    try:
        name = known_charset(named)
    except Terminal:
        if declared is not None:
            raise
        name = "utf-8"
    if meta is not None and declared is None and name.startswith(("utf-16", "utf_16", "utf-32")):
        name = "utf-8"  # a meta element that can be read byte by byte is wrong about that
    return page.decode("cp1252" if name in _LATIN else name, "replace").encode()


class ToUtf8:
    """Turns a response into UTF-8: by its byte order mark, else by its charset, else UTF-8."""

    def __init__(self, declared: str | None) -> None:
        self._declared = declared
        self._decoder: codecs.IncrementalDecoder | None = None
        self._name = ""
        self._head = b""

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """The next bytes as UTF-8; Terminal where they are not in the charset."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < 4 and not final:
                return b""
            data, self._decoder = self._begin()
        try:
            return self._decoder.decode(data, final).encode()
        except UnicodeDecodeError as error:
            bad = error.object[error.start : error.start + 4].hex(" ")
            raise Terminal(
                f"the response is not {self._name} as it says: {error.reason} at bytes {bad};"
                " spec.source.format.charset can name the right charset"
            ) from error
        except UnicodeEncodeError as error:
            raise Terminal(f"the response holds half of a character: {error.reason}") from error
        except UnicodeError as error:  # UTF-16 without its mark
            raise Terminal(f"the response is not {self._name} as it says: {error}") from error

    def _begin(self) -> tuple[bytes, codecs.IncrementalDecoder]:
        head, self._head = self._head, b""
        mark, name = marked_charset(head) or (b"", self._declared or _unmarked(head))
        self._name = name
        return head[len(mark) :], codecs.getincrementaldecoder(known_charset(name))("strict")


def _unmarked(head: bytes) -> str:
    """The charset of a text whose first two characters are ASCII (RFC 4627, 3)."""
    zeros = "".join("0" if each == 0 else "x" for each in head[:4])
    names = {"0x0x": "utf-16-be", "x0x0": "utf-16-le", "000x": "utf-32-be", "x000": "utf-32-le"}
    return names.get(zeros, "utf-8")
