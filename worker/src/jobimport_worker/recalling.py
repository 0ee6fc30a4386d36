"""A page's body is held until it is known whether it is the one that was read last.

Then it is not decoded again. Only of small JSON documents, which are held anyway, and only where
nothing but the records' ids and hashes is asked of them.
"""

import hashlib
from importlib.metadata import version
from typing import Self

from jobimport.ids import PartitionKey
from jobimport.resource.reading import FormatType
from jobimport.store.bodies import BodyMemory, load_body
from jobimport.store.collections import Database
from jobimport_worker.context import RunContext
from jobimport_worker.decode.structured import STREAM_FROM
from jobimport_worker.fetch.answer import Answer

_RELEASE = version("jobimport-worker")
"""Another release may decode otherwise."""


class HeldBody:
    """The bytes of a body, as long as they are few."""

    def __init__(self, context: RunContext, told: tuple[str, ...]) -> None:
        self.whole = True
        """Whether all that was taken is held."""
        self._source = context.snapshot.source_name
        self._held: list[bytes] = []
        self._size = 0
        self._hashed = hashlib.sha256("\n".join((*told, "")).encode())

    @classmethod
    def of(cls, context: RunContext, answer: Answer) -> Self | None:
        """A holder for the answer's body; None where its records are needed each time."""
        source = context.spec.source
        is_plain = source.format.type is FormatType.JSON and context.group_by is None
        if not is_plain or source.detail is not None or context.changed_at is not None:
            return None
        told = (_RELEASE, context.walk_hash, answer.content_type, str(answer.charset))
        return cls(context, told)

    def take(self, chunk: bytes) -> list[bytes]:
        """Hold the next bytes; what is to be decoded at once, because it is too much to hold."""
        if not self.whole:
            return [chunk]
        self._held.append(chunk)
        self._size += len(chunk)
        self._hashed.update(chunk)
        if self._size < STREAM_FROM:
            return []
        self.whole = False
        return self.pieces()

    def pieces(self) -> list[bytes]:
        """What is held, as it came; it is given away."""
        held, self._held = self._held, []
        return held

    async def load(
        self, database: Database, partition: PartitionKey, number: int
    ) -> BodyMemory | None:
        """What the page's body came to when it was read last; None where it was another."""
        return await load_body(database, self._source, partition, number, self.digest())

    def digest(self) -> bytes:
        """The digest of the body, and of all that decides what is read from it."""
        return self._hashed.digest()
