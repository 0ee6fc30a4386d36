"""How deep streamed JSON is nested: ijson's memory grows with the square of it."""

from typing import Final

from jobimport_worker.errors import Terminal

MOST_DEPTH: Final = 1000
"""As deep as orjson reads, so that small and large responses are alike."""

_REST = bytes(set(range(256)) - set(b'"[]{}'))
_OPENING = b"[{"


class DepthGuard:
    """Follows JSON text in UTF-8, however it is cut; Terminal where it is nested too deeply."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._open_escape = b""

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes; they need not be well-formed."""
        text = (self._open_escape + piece).replace(b"\\\\", b"").replace(b'\\"', b"")
        self._open_escape = b"\\" if text.endswith(b"\\") else b""
        parts = text.translate(None, _REST).split(b'"')
        brackets = b"".join(parts[self._in_string :: 2])
        self._in_string ^= len(parts) % 2 == 0
        opened = sum(map(brackets.count, (b"[", b"{")))
        if self._depth + opened > MOST_DEPTH:
            self._climb(brackets)
        else:
            self._depth = max(self._depth + 2 * opened - len(brackets), 0)

    def _climb(self, brackets: bytes) -> None:
        for bracket in brackets:
            self._depth = max(self._depth + (1 if bracket in _OPENING else -1), 0)
            if self._depth > MOST_DEPTH:
                raise Terminal(f"the JSON is nested deeper than {MOST_DEPTH:,} levels")
