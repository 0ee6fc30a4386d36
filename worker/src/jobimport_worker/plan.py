"""The plan task: the partitions of a run, and the pages to begin or to go on with.

It may run at any time and any number of times: it compares what a walk needs with the pages that
MongoDB has of it, so a run whose queue was lost goes on where it was (P2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from jobimport.ids import PartitionKey, RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease, Task
from jobimport.store.collections import Database, Document, ensure_indexes
from jobimport.store.runs import (
    begin_run,
    lineage_of,
    load_discovered,
    load_partitions,
    save_discovered,
)
from jobimport.store.walks import load_pages
from jobimport_worker.context import RunContext
from jobimport_worker.discover import discover_partitions
from jobimport_worker.errors import Terminal
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.pages import following_of, page_task
from jobimport_worker.paginate import PageRef
from jobimport_worker.since import since_of


async def work_on_plan(
    queue: Queue, database: Database, fetcher: Fetcher, context: RunContext, lease: Lease
) -> bool:
    """Do the plan; False where the lease was lost meanwhile. Raises SourceError where the source
    has to name the partitions and does not.
    """
    snapshot = context.snapshot
    await ensure_indexes(database, context.spec.destination.collection)
    now = datetime.now(UTC)
    document = await begin_run(database, snapshot, now)
    if document["outcome"] is not None:
        return await queue.finish(lease, Counts())
    lineage = await lineage_of(database, context.run, snapshot.retry_of)
    context = await _discovered(database, fetcher, context, lineage)
    _check_retried(context)
    pages = await load_pages(database, lineage)
    done = [page for page in pages if page["state"] == "done"]
    if done and not await queue.restore_done(lease, list(_restored(context.run, done))):
        return False
    frontier = [each for each in open_pages(context, done) if context.walks(each[0])]
    walked = {PartitionKey(page["partition"]) for page in done if _closes(page)}
    unknown = [each for each in context.partitions if each not in walked and context.walks(each)]
    remembered = await load_partitions(database, snapshot.source_name)
    tasks = [
        page_task(context.run, partition, _begun(context, page, remembered.get(partition, {}), now))
        for partition, page in frontier
    ]
    return await queue.finish(lease, Counts(), tasks, open_walks=unknown)


async def _discovered(
    database: Database, fetcher: Fetcher, context: RunContext, lineage: Sequence[RunId]
) -> RunContext:
    """The context with the partitions that the source names: once in a run, so that all its pages
    and its verdict are about the same ones. A retry of one partition is about those of the run that
    it continues.
    """
    partitions = context.spec.source.partitions
    if partitions is None or partitions.discover is None:
        return context
    known = await load_discovered(database, context.run)
    if known is None and context.snapshot.retry_partition:
        known = await _discovered_before(database, lineage)
    if known is None:
        known = await discover_partitions(fetcher, context, partitions.discover)
    await save_discovered(database, context.run, known)
    return replace(context, discovered=known)


async def _discovered_before(
    database: Database, lineage: Sequence[RunId]
) -> dict[PartitionKey, dict[str, str]] | None:
    """The partitions that the source named for the newest of the runs for which it did."""
    for run in reversed(lineage):
        known = await load_discovered(database, run)
        if known is not None:
            return known
    return None


def _check_retried(context: RunContext) -> None:
    """Raise Terminal where the partition that is to be walked again is none of the spec's."""
    partition = context.snapshot.retry_partition
    if partition is not None and partition not in context.partitions:
        raise Terminal(
            f"the import has no partition {partition!r} (any more): request a retry of one that it"
            f" has, or a run; partitions: {', '.join(list(context.partitions)[:10])}"
        )


def _begun(context: RunContext, page: PageRef, memory: Document, now: datetime) -> PageRef:
    """A first page with the time since which it asks for changes; later ones have it already."""
    if page.number > 1:
        return page
    incremental, full = context.spec.source.incremental, context.snapshot.approve_close
    return replace(page, since=since_of(incremental, memory, context.walk_hash, now, full=full))


def open_pages(
    context: RunContext, done: Iterable[Document]
) -> Iterable[tuple[PartitionKey, PageRef]]:
    """The pages that a walk knows of and has not done: first pages, and what done pages named."""
    known: dict[PartitionKey, dict[int, PageRef]] = {
        partition: {1: PageRef()} for partition in context.partitions
    }
    finished: set[tuple[PartitionKey, int]] = set()
    for page in done:
        partition = PartitionKey(page["partition"])
        if partition not in known:
            continue
        finished.add((partition, page["number"]))
        for following in following_of(page):
            known[partition][following.number] = following
    for partition, pages in known.items():
        for number in sorted(pages):
            if (partition, number) not in finished:
                yield partition, pages[number]


def _closes(page: Document) -> bool:
    """Whether a page made all pages of its partition known."""
    return page.get("next") is None or page["next"]["count"] > 1 or bool(page.get("proof"))


def _restored(run: RunId, done: Iterable[Document]) -> Iterable[tuple[Task, Counts]]:
    for page in done:
        partition = PartitionKey(page["partition"])
        yield page_task(run, partition, PageRef(page["number"])), Counts(**page["counts"])
