"""The page task: fetch, decode, write, say what follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jobimport.ids import PartitionKey
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease
from jobimport.resource.walking import PaginationType
from jobimport.store.bodies import BodyMemory, save_body
from jobimport.store.collections import Database, Document
from jobimport.store.walks import page_like, save_page
from jobimport.telemetry.metrics.worker import count_page
from jobimport.telemetry.traces import note
from jobimport_worker.batches import BatchWriter
from jobimport_worker.context import RunContext
from jobimport_worker.decode import decoder_for
from jobimport_worker.details import BATCH as DETAILED_BATCH
from jobimport_worker.details import Details
from jobimport_worker.errors import EmptyAnswer, NotModified, Terminal
from jobimport_worker.facts import Signs, facts_of, signs_of
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import Prepared
from jobimport_worker.grouping import one_of
from jobimport_worker.held import Held
from jobimport_worker.memory import Memory, Share
from jobimport_worker.opening import open_page, page_request
from jobimport_worker.pages import following_of, page_document, page_task
from jobimport_worker.paginate import (
    PageFacts,
    PageRef,
    Step,
    lead_of,
    next_step,
    wanted_values,
)
from jobimport_worker.progress import PartialCounts
from jobimport_worker.recalling import HeldBody
from jobimport_worker.revisit import Revisit, revisit_of, undated
from jobimport_worker.since import Newest
from jobimport_worker.tally import quoted


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
class _Attempt:
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
class _Read:
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


async def work_on_page(work: PageWork, context: RunContext, lease: Lease) -> bool:
    """Do a page; False where the lease was lost meanwhile. Raises SourceError and driver errors."""
    partition = lease.task.partition
    if partition is None:
        raise Terminal(f"task {lease.task.id} names no partition")
    page = PageRef.from_payload(lease.task.payload)
    with work.memory.share() as share:
        writer = _writer(work, context, lease, partition, share)
        newest = Newest(context.changed_at)
        return await _work(_Attempt(work, context, lease, partition, page, writer, newest, share))


async def _work(attempt: _Attempt) -> bool:
    work, context, lease, writer = attempt.work, attempt.context, attempt.lease, attempt.writer
    partition, page = attempt.partition, attempt.page
    prepared = page_request(context, partition, page)
    revisit = await revisit_of(work.database, context, partition, page, prepared)
    try:
        read = await _read(attempt, prepared, revisit.validators if revisit else {})
    except NotModified:
        if revisit is None or revisit.before is None:
            raise
        return await _seen_again(work, context, lease, revisit)
    finally:
        await writer.abandon()
    facts = await _facts(attempt, read)
    step = next_step(context.spec.source.pagination, page, facts)
    # P1: the page is done in MongoDB before its task is done in the queue.
    document = _document(attempt, read, facts, step)
    await save_page(work.database, lease.task.id, lease.token, document)
    if read.body is not None:
        source = context.snapshot.source_name
        await save_body(work.database, source, partition, page.number, read.body, document["at"])
    if revisit is not None:
        await revisit.remember(
            lease.task.id, lease.token, writer.batches, document, read.validators
        )
    return await _finish(work, context, lease, document, writer.tally.counts(), closed=step.closed)


async def _finish(
    work: PageWork,
    context: RunContext,
    lease: Lease,
    document: Document,
    counts: Counts,
    *,
    closed: bool,
) -> bool:
    """Finish a page that is noted as done, and queue what follows from it."""
    partition = PartitionKey(document["partition"])
    tasks = [page_task(context.run, partition, each) for each in following_of(document)]
    if not await work.queue.finish(lease, counts, tasks, walk_closed=closed):
        return False
    count_page(counts)
    note(records=counts.records, rejected=counts.rejected, following=len(tasks))
    return True


async def _seen_again(work: PageWork, context: RunContext, lease: Lease, revisit: Revisit) -> bool:
    """A page whose document is as it was: what it showed and what followed from it is the same."""
    document, counts = await revisit.unchanged(lease)
    await save_page(work.database, lease.task.id, lease.token, document)
    await revisit.remember_unchanged(lease, document)
    return await _finish(work, context, lease, document, counts, closed=True)


def _writer(
    work: PageWork, context: RunContext, lease: Lease, partition: PartitionKey, share: Share
) -> BatchWriter:
    size, detail = context.spec.batch_size or work.batch_size, context.spec.source.detail
    details = None
    if detail is not None:
        details = Details(context, detail, work.database, work.fetcher, partition)
        size = min(size, DETAILED_BATCH)
    return BatchWriter(
        context,
        work.database,
        partition=partition,
        task=lease.task.id,
        token=lease.token,
        batch_size=size,
        details=details,
        share=share,
    )


async def _read(attempt: _Attempt, prepared: Prepared, validators: dict[str, str]) -> _Read:
    context = attempt.context
    listed, held = _Listed(attempt), None
    try:
        async with open_page(attempt.work.fetcher, context, prepared, validators) as answer:
            held = HeldBody.of(context, answer)
            values = await _decode(attempt, answer, listed, held)
            read = _Read(
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
        read = _Read(Signs({}, base_url=prepared.url), 0, None, str(empty))
    finally:
        listed.close()
    await attempt.writer.close()
    if held is None or read.mended:
        return read
    return replace(read, body=attempt.writer.memory(held.digest(), listed.count, read.values))


async def _decode(
    attempt: _Attempt, answer: Answer, listed: "_Listed", held: HeldBody | None
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

    def __init__(self, attempt: _Attempt) -> None:
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
        self._attempt.work.partial.set(self._attempt.lease.task.id, writer.tally.counts())


async def _facts(attempt: _Attempt, read: _Read) -> PageFacts:
    pagination = attempt.context.spec.source.pagination
    facts = facts_of(pagination, read.signs, read.raw_records)
    if pagination.type is PaginationType.NONE:
        return facts
    repeats = await page_like(
        attempt.work.database,
        attempt.context.run,
        attempt.partition,
        attempt.page.number,
        fingerprint=attempt.writer.fingerprint,
        leads_to=lead_of(pagination, facts),
    )
    return replace(facts, repeats=repeats)


def _document(attempt: _Attempt, read: _Read, facts: PageFacts, step: Step) -> Document:
    """The page as MongoDB keeps it: enough to judge the walk, and to go on with it."""
    context, page, tally = attempt.context, attempt.page, attempt.writer.tally
    problem = step.problem
    if problem is None and tally.collisions.count:
        problem = (
            f"{tally.collisions.count:,} ids came twice with different content"
            f" ({quoted(tally.collisions.examples)}): mapping.externalId names no single record"
        )
    common = page_document(context, attempt.partition, page, attempt.lease, tally.counts())
    return common | {
        "state": "done",
        "httpStatus": read.status,
        "url": read.url,
        "next": step.following.to_document() if step.following else None,
        "leadsTo": lead_of(context.spec.source.pagination, facts),
        "proof": step.proof,
        "truncated": step.truncated,
        "problem": problem,
        "advertisedTotal": page.total if page.total is not None else facts.total,
        "since": page.since,
        "newest": attempt.newest.at,
        "undated": read.undated,
        "mended": read.mended,
        "gone": attempt.writer.gone,
        "nameless": tally.nameless,
        "fingerprint": attempt.writer.fingerprint,
        "coverage": tally.coverage.to_document(),
        "overwritten": tally.overwritten.count,
        "overwrittenIds": tally.overwritten.examples,
        "error": None,
    }
