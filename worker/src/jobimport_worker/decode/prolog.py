"""What stands before the root of an XML document: only there can a DOCTYPE be.

It is looked for in the text itself, before the parser has it, because a parser that has met entity
declarations uses them. However long the comments before it are, nothing is kept of them.
"""

from typing import Final

_SPACE: Final = b" \t\r\n"
_HTML: Final = b"<!DOCTYPE HTML"


class Prolog:
    """Fed with UTF-8 until `is_over`; then the root has begun, and `found` is as it was left."""

    def __init__(self) -> None:
        self.is_over = False
        self.found: str | None = None
        """What ended it in place of a root: `doctype`, `html` (an HTML page's), `text`."""
        self._rest = b""
        self._until = b""

    def feed(self, data: bytes) -> None:
        """Look at the next bytes."""
        self._rest += data
        while not self.is_over and self._step():
            pass

    def _step(self) -> bool:
        """Pass over one thing; False where more bytes are needed."""
        if self._until:
            return self._pass_over()
        self._rest = self._rest.lstrip(_SPACE)
        text = self._rest
        if len(text) >= 4 and text.startswith(b"<!--"):
            self._rest, self._until = text[4:], b"-->"
        elif text.startswith(b"<?"):
            self._rest, self._until = text[2:], b"?>"
        elif text.startswith(b"<!"):
            upper = text[: len(_HTML)].upper()
            if b"<!--".startswith(text) or (len(upper) < len(_HTML) and _HTML.startswith(upper)):
                return False
            self._end("html" if upper == _HTML else "doctype")
        elif not text.startswith(b"<"):
            if not text:
                return False
            self._end("text")
        elif len(text) < 2:
            return False
        else:
            self._end(None)
        return True

    def _pass_over(self) -> bool:
        end = self._rest.find(self._until)
        if end < 0:
            self._rest = self._rest[1 - len(self._until) :]
            return False
        self._rest, self._until = self._rest[end + len(self._until) :], b""
        return True

    def _end(self, found: str | None) -> None:
        self.is_over, self.found, self._rest = True, found, b""
