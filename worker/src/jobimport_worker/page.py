"""The page task: fetch, decode, write, say what follows."""

from dataclasses import replace

from jobimport.ids import PartitionKey
from jobimport.queue.tasks import Counts, Lease
from jobimport.resource.walking import PaginationType
from jobimport.store.bodies import save_body
from jobimport.store.collections import Document
from jobimport.store.walks import page_like, save_page
from jobimport.telemetry.metrics.worker import count_page
from jobimport.telemetry.traces import note
from jobimport_worker.batches import BatchWriter
from jobimport_worker.context import RunContext
from jobimport_worker.details import BATCH as DETAILED_BATCH
from jobimport_worker.details import Details
from jobimport_worker.errors import NotModified, Terminal
from jobimport_worker.facts import facts_of
from jobimport_worker.memory import Share
from jobimport_worker.opening import page_request
from jobimport_worker.pages import following_of, page_document, page_task
from jobimport_worker.paginate import PageFacts, PageRef, Step, lead_of, next_step
from jobimport_worker.reading import Attempt, PageWork, Read, read_page
from jobimport_worker.revisit import Revisit, revisit_of
from jobimport_worker.since import Newest
from jobimport_worker.tally import quoted


async def work_on_page(work: PageWork, context: RunContext, lease: Lease) -> bool:
    """Do a page; False where the lease was lost meanwhile. Raises SourceError and driver errors."""
    partition = lease.task.partition
    if partition is None:
        raise Terminal(f"task {lease.task.id} names no partition")
    page = PageRef.from_payload(lease.task.payload)
    with work.memory.share() as share:
        writer = _writer(work, context, lease, partition, share)
        newest = Newest(context.changed_at)
        return await _work(Attempt(work, context, lease, partition, page, writer, newest, share))


async def _work(attempt: Attempt) -> bool:
    work, context, lease, writer = attempt.work, attempt.context, attempt.lease, attempt.writer
    partition, page = attempt.partition, attempt.page
    prepared = page_request(context, partition, page)
    revisit = await revisit_of(work.database, context, partition, page, prepared)
    try:
        read = await read_page(attempt, prepared, revisit.validators if revisit else {})
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
    return await _finish(work, context, lease, document, writer.tally.counts, closed=step.closed)


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


async def _facts(attempt: Attempt, read: Read) -> PageFacts:
    pagination = attempt.context.spec.source.pagination
    facts = facts_of(pagination, read.signs, read.raw_records)
    if pagination.type is PaginationType.NONE:
        return facts
    repeats = await page_like(
        attempt.work.database,
        attempt.context.run,
        attempt.partition,
        attempt.page.number,
        generation=attempt.context.snapshot.generation,
        fingerprint=attempt.writer.fingerprint,
        leads_to=lead_of(pagination, facts),
    )
    return replace(facts, repeats=repeats)


def _document(attempt: Attempt, read: Read, facts: PageFacts, step: Step) -> Document:
    """The page as MongoDB keeps it: enough to judge the walk, and to go on with it."""
    context, page, tally = attempt.context, attempt.page, attempt.writer.tally
    problem = step.problem
    if problem is None and tally.collisions.count:
        problem = (
            f"{tally.collisions.count:,} ids came twice with different content"
            f" ({quoted(tally.collisions.examples)}): mapping.externalId names no single record"
        )
    common = page_document(context, attempt.partition, page, attempt.lease, tally.counts)
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
        "unstored": tally.unstored,
        "fingerprint": attempt.writer.fingerprint,
        "coverage": tally.coverage.to_document(),
        "overwritten": tally.overwritten.count,
        "overwrittenIds": tally.overwritten.examples,
        "error": None,
    }
