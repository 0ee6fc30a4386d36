"""A page's body is held until it is known whether it is the one that was read last.

Then it is not decoded again. Only of small JSON documents, which are held anyway, and only where
nothing but the records' ids and hashes is asked of them.
"""

from importlib.metadata import version
from typing import Self

from jobimport.ids import PartitionKey
from jobimport.resource.reading import FormatType
from jobimport.store.bodies import BodyMemory, body_digest, load_body
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
        self._told = told
        self._held = bytearray()
        self._digest: bytes | None = None

    @classmethod
    def of(cls, context: RunContext, answer: Answer) -> Self | None:
        """A holder for the answer's body; None where its records are needed each time."""
        source = context.spec.source
        is_plain = source.format.type is FormatType.JSON and context.group_by is None
        if not is_plain or source.detail is not None or context.changed_at is not None:
            return None
        told = (_RELEASE, context.walk_hash, answer.content_type, str(answer.charset))
        return cls(context, told)

    def take(self, chunk: bytes) -> bytes:
        """Hold the next bytes; what is to be decoded at once, because it is too much to hold."""
        if not self.whole:
            return chunk
        self._held += chunk
        if len(self._held) < STREAM_FROM:
            return b""
        self.whole = False
        body, self._held = bytes(self._held), bytearray()
        return body

    def body(self) -> bytes:
        """What is held; it is given away."""
        body, self._held = bytes(self._held), bytearray()
        return body

    async def load(
        self, database: Database, partition: PartitionKey, number: int
    ) -> BodyMemory | None:
        """What the page's body came to when it was read last; None where it was another."""
        self._digest = body_digest(self._told, bytes(self._held))
        return await load_body(database, self._source, partition, number, self._digest)

    def digest(self) -> bytes:
        """The digest of the whole body, after `load`."""
        return self._digest or b""
