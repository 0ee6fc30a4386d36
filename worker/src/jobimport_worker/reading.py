"""Reading a page: its answer decoded, and its records on their way to the writer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jobimport.ids import PartitionKey
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Lease
from jobimport.store.bodies import BodyMemory
from jobimport.store.collections import Database
from jobimport_worker.batches import BatchWriter
from jobimport_worker.context import RunContext
from jobimport_worker.decode import decoder_for
from jobimport_worker.details import BATCH as DETAILED_BATCH
from jobimport_worker.errors import EmptyAnswer
from jobimport_worker.facts import Signs, signs_of
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import Prepared
from jobimport_worker.grouping import one_of
from jobimport_worker.held import Held
from jobimport_worker.memory import Memory, Share
from jobimport_worker.opening import open_page
from jobimport_worker.paginate import PageRef, wanted_values
from jobimport_worker.progress import PartialCounts
from jobimport_worker.recalling import HeldBody
from jobimport_worker.revisit import undated
from jobimport_worker.since import Newest


@dataclass(frozen=True, slots=True)
class PageWork:
    """What a worker needs to work on pages."""

    queue: Queue
    database: Database
    fetcher: Fetcher
    batch_size: int
    partial: PartialCounts
    memory: Memory


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at one page, and what it writes through."""

    work: PageWork
    context: RunContext
    lease: Lease
    partition: PartitionKey
    page: PageRef
    writer: BatchWriter
    newest: Newest
    share: Share


@dataclass(frozen=True, slots=True)
class Read:
    """A page that was read to its end and written. `validators` are its ETag and Last-Modified."""

    signs: Signs
    raw_records: int
    status: int | None
    url: str
    undated: int = 0
    mended: int = 0
    validators: tuple[str | None, str | None] = (None, None)
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    body: BodyMemory | None = None


async def read_page(attempt: Attempt, prepared: Prepared, validators: dict[str, str]) -> Read:
    """Read a page to its end and write its records; NotModified where it is as `validators` say."""
    context = attempt.context
    listed, held = _Listed(attempt), None
    try:
        async with open_page(attempt.work.fetcher, context, prepared, validators) as answer:
            held = HeldBody.of(context, answer)
            values = await _decode(attempt, answer, listed, held)
            read = Read(
                signs_of(context.spec.source.pagination, answer, values),
                listed.count,
                answer.status,
                answer.url,
                listed.undated,
                listed.mended,
                (answer.header("etag"), answer.header("last-modified")),
                values,
            )
        await listed.write_held()
    except EmptyAnswer as empty:
        read = Read(Signs({}, base_url=prepared.url), 0, None, str(empty))
    finally:
        listed.close()
    await attempt.writer.close()
    if held is None or read.mended:
        return read
    return replace(read, body=attempt.writer.memory(held.digest(), listed.count, read.values))


async def _decode(
    attempt: Attempt, answer: Answer, listed: "_Listed", held: HeldBody | None
) -> dict[str, Any]:
    """Stream the answer's records on; the values beside them."""
    source = attempt.context.spec.source
    decoder = decoder_for(
        source.format, answer.content_type, answer.charset, wanted_values(source.pagination)
    )
    async for chunk in answer.chunks():
        await attempt.share.read(chunk)
        for piece in [chunk] if held is None else held.take(chunk):
            await listed.take(decoder.feed(piece))
    if held is not None and held.whole:
        memory = await held.load(attempt.work.database, attempt.partition, attempt.page.number)
        if memory is not None and await attempt.writer.recall(memory):
            listed.count = memory.raw_records
            return dict(memory.values)
        attempt.writer.collect()
        for piece in held.pieces():
            await listed.take(decoder.feed(piece))
    await listed.take(decoder.close())
    listed.mended = decoder.mended
    return decoder.values


class _Listed:
    """The records of a page on their way to the writer.

    They stream, unless rows are grouped, or details are to be fetched: those need turns at the
    host, and so long the page must neither hold a turn nor leave its connection unread.
    """

    def __init__(self, attempt: Attempt) -> None:
        self.count = 0
        self.undated = 0
        self.mended = 0
        self._attempt = attempt
        self._held = Held()
        self._groups: dict[str, list[int]] = {}
        context = attempt.context
        self._holds = context.group_by is not None or context.spec.source.detail is not None

    async def take(self, found: Sequence[Any]) -> None:
        """Take records as they are decoded."""
        self.count += len(found)
        self.undated += undated(self._attempt.context, found)
        self._attempt.newest.look_at(found)
        if self._holds:
            self._hold(found)
        elif found:
            await self._write(found)

    def _hold(self, found: Sequence[Any]) -> None:
        group_by = self._attempt.context.group_by
        if group_by is not None:
            for number, row in enumerate(found, len(self._held)):
                self._groups.setdefault(str(group_by.search(row)), []).append(number)
        self._held.add(found)
        share = self._attempt.share
        share.give(share.decoded())

    async def write_held(self) -> None:
        """Write what could not stream."""
        grouped = list(self._groups.values())
        for start in range(0, len(grouped or self._held), DETAILED_BATCH):
            if grouped:
                groups = grouped[start : start + DETAILED_BATCH]
                records = [one_of(self._held.read(each)) for each in groups]
            else:
                numbers = range(start, min(start + DETAILED_BATCH, len(self._held)))
                records = [each for number in numbers for each in self._held.read([number])]
            await self._write(records)

    def close(self) -> None:
        """Let go of what was held."""
        self._held.close()

    async def _write(self, records: Sequence[Any]) -> None:
        writer = self._attempt.writer
        await writer.add(records)
        self._attempt.work.partial.set(self._attempt.lease.task.id, writer.tally.counts)
