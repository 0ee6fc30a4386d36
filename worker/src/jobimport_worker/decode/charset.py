"""Bytes of any declared charset as UTF-8."""

import codecs

from jobimport_worker.errors import Terminal

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


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
                f"the response is not {self._name} as it says: {error.reason} at bytes {bad}"
            ) from error
        except UnicodeEncodeError as error:
            raise Terminal(f"the response holds half of a character: {error.reason}") from error

    def _begin(self) -> tuple[bytes, codecs.IncrementalDecoder]:
        head, self._head = self._head, b""
        marked = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), None)
        mark, name = marked or (b"", self._declared or "utf-8")
        self._name = name
        try:
            return head[len(mark) :], codecs.getincrementaldecoder(name)("strict")
        except LookupError as error:
            raise Terminal(
                f"the response names a charset that is unknown: {name[:40]!r}"
            ) from error
