"""Rooms: what they are about, and the numbers of their messages."""

from dataclasses import dataclass
from typing import Any

from jobimport.ids import ImportKey
from jobimport.shapes import is_object
from jobimport_api.problems import ProblemError

_NAMESPACE = "ns"


@dataclass(frozen=True, slots=True)
class Room:
    """One subject to follow: all imports, those of a namespace, one import, or one run."""

    kind: str
    key: ImportKey | None = None
    run: str | None = None
    namespace: str = ""

    @property
    def name(self) -> str:
        """Its name in Socket.IO."""
        parts = (self.kind, self.namespace, str(self.key or ""), self.run or "")
        return "/".join(part for part in parts if part)

    @classmethod
    def of_namespace(cls, namespace: str) -> "Room":
        """The room of all imports of a namespace: to follow all imports is to be in several."""
        return cls(_NAMESPACE, namespace=namespace)

    @classmethod
    def read(cls, asked: Any) -> "Room":
        """Read what a client asks for; ProblemError 400 for what is no room."""
        wanted: dict[str, Any] = asked if is_object(asked) else {}
        kind = wanted.get("room")
        names = [wanted.get(part) for part in ("namespace", "name", "runId")]
        texts = [each for each in names if isinstance(each, str) and 0 < len(each) <= 253]
        if kind == "imports":
            return cls("imports")
        if kind == "import" and len(texts) >= 2:
            return cls("import", ImportKey(texts[0], texts[1]))
        if kind == "run" and len(texts) == 3:
            return cls("run", ImportKey(texts[0], texts[1]), texts[2])
        raise ProblemError(
            400,
            'Subscribe to {"room": "imports"}, {"room": "import", "namespace", "name"} or'
            ' {"room": "run", "namespace", "name", "runId"}.',
        )


class Sequences:
    """Numbers the messages of each room, from 1, without gaps."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def last(self, room: str) -> int:
        """The number of the room's newest message; 0 before the first."""
        return self._last.get(room, 0)

    def take(self, room: str) -> int:
        """The number of the room's next message."""
        number = self._last[room] = self.last(room) + 1
        return number
