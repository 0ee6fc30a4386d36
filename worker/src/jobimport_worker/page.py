"""The page task: fetch, decode, write, say what follows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobimport.ids import PartitionKey, RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease, Task, TaskKind
from jobimport.resource.walking import PaginationType
from jobimport.shapes import is_object
from jobimport.store.collections import Database, Document
from jobimport.store.walks import earlier_page_like, page_task_id, save_page
from jobimport.telemetry.metrics.worker import count_page
from jobimport.telemetry.traces import note
from jobimport_worker.batches import BatchWriter
from jobimport_worker.context import RunContext
from jobimport_worker.decode import decoder_for
from jobimport_worker.errors import EmptyAnswer, Terminal
from jobimport_worker.facts import Signs, facts_of, signs_of
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import prepare
from jobimport_worker.paginate import (
    Following,
    PageFacts,
    PageRef,
    Step,
    next_step,
    sent_for,
    wanted_values,
)
from jobimport_worker.progress import PartialCounts
from jobimport_worker.tally import quoted


@dataclass(frozen=True, slots=True)
class PageWork:
    """What a worker needs to work on pages."""

    queue: Queue
    database: Database
    fetcher: Fetcher
    batch_size: int
    partial: PartialCounts


@dataclass(frozen=True, slots=True)
class _Read:
    """A page that was read to its end and written."""

    writer: BatchWriter
    signs: Signs
    raw_records: int
    status: int | None
    url: str


def page_task(run: RunId, partition: PartitionKey, page: PageRef) -> Task:
    """The queue entry of a page."""
    task = page_task_id(run, partition, page.number)
    return Task(task, TaskKind.PAGE, partition, page.to_payload())


async def work_on_page(work: PageWork, context: RunContext, lease: Lease) -> bool:
    """Do a page; False where the lease was lost meanwhile. Raises SourceError and driver errors."""
    partition = lease.task.partition
    if partition is None:
        raise Terminal(f"task {lease.task.id} names no partition")
    page = PageRef.from_payload(lease.task.payload)
    writer = BatchWriter(
        context,
        work.database,
        partition=partition,
        task=lease.task.id,
        token=lease.token,
        batch_size=context.spec.batch_size or work.batch_size,
    )
    try:
        read = await _read(work, context, lease, page, writer)
    finally:
        await writer.abandon()
    facts = await _facts(work, context, partition, page, read)
    step = next_step(context.spec.source.pagination, page, facts)
    # P1: the page is done in MongoDB before its task is done in the queue.
    document = _document(context, partition, page, lease, read, facts, step)
    await save_page(work.database, lease.task.id, lease.token, document)
    following = step.following.pages() if step.following else []
    tasks = [page_task(context.run, partition, each) for each in following]
    counts = read.writer.tally.counts()
    if not await work.queue.finish(lease, counts, tasks, walk_closed=step.closed):
        return False
    count_page(counts)
    note(records=counts.records, rejected=counts.rejected, following=len(tasks))
    return True


async def _read(
    work: PageWork, context: RunContext, lease: Lease, page: PageRef, writer: BatchWriter
) -> _Read:
    source = context.spec.source
    partition = PartitionKey(str(lease.task.partition))
    values = context.template_values(partition)
    prepared = prepare(source.request, values, sent_for(source.pagination, page))
    try:
        async with work.fetcher.open(
            source.request,
            prepared,
            source.auth,
            source.response_rules,
            context.manners,
        ) as answer:
            found, records = await _decode(work, context, lease, answer, writer)
            signs = signs_of(source.pagination, answer, found)
            return _Read(writer, signs, records, answer.status, answer.url)
    except EmptyAnswer as empty:
        await writer.close()
        return _Read(writer, Signs({}, base_url=prepared.url), 0, None, str(empty))


async def _decode(
    work: PageWork, context: RunContext, lease: Lease, answer: Answer, writer: BatchWriter
) -> tuple[dict[str, Any], int]:
    """Stream the answer into the writer; the values beside the records, and how many there were."""
    source = context.spec.source
    decoder = decoder_for(
        source.format, answer.content_type, answer.charset, wanted_values(source.pagination)
    )
    grouped: list[Any] = []
    records = 0
    async for chunk in answer.chunks():
        found = decoder.feed(chunk)
        records += len(found)
        if context.group_by is not None:
            grouped += found
        elif found:
            await writer.add(found)
            work.partial.set(lease.task.id, writer.tally.counts())
    last = list(decoder.close())
    records += len(last)
    if context.group_by is not None:
        last = group_rows([*grouped, *last], context)
    await writer.add(last)
    await writer.close()
    return decoder.values, records


def group_rows(rows: list[Any], context: RunContext) -> list[Any]:
    """Rows of one posting as one record: the first row, with all of them under `_rows`."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        key = context.group_by.search(row) if context.group_by else None
        groups.setdefault(str(key), []).append(row)
    return [{**_fields(rows[0]), "_rows": rows} for rows in groups.values()]


def _fields(row: Any) -> dict[str, Any]:
    return row if is_object(row) else {"value": row}


async def _facts(
    work: PageWork, context: RunContext, partition: PartitionKey, page: PageRef, read: _Read
) -> PageFacts:
    pagination = context.spec.source.pagination
    repeats = None
    if read.writer.fingerprint is not None and pagination.type is not PaginationType.NONE:
        repeats = await earlier_page_like(
            work.database, context.run, partition, page.number, read.writer.fingerprint
        )
    return facts_of(pagination, read.signs, read.raw_records, repeats)


def _document(
    context: RunContext,
    partition: PartitionKey,
    page: PageRef,
    lease: Lease,
    read: _Read,
    facts: PageFacts,
    step: Step,
) -> Document:
    """The page as MongoDB keeps it: enough to judge the walk, and to go on with it."""
    tally = read.writer.tally
    problem = step.problem
    if problem is None and tally.collisions.count:
        problem = (
            f"{tally.collisions.count:,} ids came twice with different content"
            f" ({quoted(tally.collisions.examples)}): mapping.externalId names no single record"
        )
    counts = tally.counts()
    return page_document(context, partition, page, lease, counts) | {
        "state": "done",
        "httpStatus": read.status,
        "url": read.url,
        "next": step.following.to_document() if step.following else None,
        "proof": step.proof,
        "truncated": step.truncated,
        "problem": problem,
        "advertisedTotal": page.total if page.total is not None else facts.total,
        "nameless": tally.nameless,
        "fingerprint": read.writer.fingerprint,
        "coverage": tally.coverage.to_document(),
        "overwritten": tally.overwritten.count,
        "overwrittenIds": tally.overwritten.examples,
        "error": None,
    }


def page_document(
    context: RunContext, partition: PartitionKey, page: PageRef, lease: Lease, counts: Counts
) -> Document:
    """What the documents of done and failed pages have in common."""
    return {
        "run": context.run,
        "import": str(context.key),
        "source": context.snapshot.source_name,
        "partition": partition,
        "number": page.number,
        "attempt": lease.attempt,
        "counts": {
            "records": counts.records,
            "filtered": counts.filtered,
            "inserted": counts.inserted,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "reopened": counts.reopened,
            "rejected": counts.rejected,
        },
        "at": datetime.now(UTC),
    }


async def save_failed_page(
    database: Database, context: RunContext, lease: Lease, reason: str
) -> None:
    """Note that a page failed for good, and why."""
    page = PageRef.from_payload(lease.task.payload)
    partition = PartitionKey(str(lease.task.partition))
    document = page_document(context, partition, page, lease, Counts()) | {
        "state": "failed",
        "error": reason,
        "next": None,
    }
    await save_page(database, lease.task.id, lease.token, document)


def following_of(page: Document) -> list[PageRef]:
    """The pages that a done page made known."""
    return Following.from_document(page["next"]).pages() if page.get("next") else []
