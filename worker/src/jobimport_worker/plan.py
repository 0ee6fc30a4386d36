"""The plan task: the partitions of a run, and the pages to begin or to go on with.

It may run at any time and any number of times: it compares what a walk needs with the pages that
MongoDB has of it, so a run whose queue was lost goes on where it was (P2).
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from jobimport.ids import PartitionKey, RunId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease, Task
from jobimport.store.collections import Database, Document, ensure_indexes
from jobimport.store.runs import begin_run, lineage_of
from jobimport.store.walks import load_pages
from jobimport_worker.context import RunContext
from jobimport_worker.page import following_of, page_task
from jobimport_worker.paginate import PageRef


async def work_on_plan(queue: Queue, database: Database, context: RunContext, lease: Lease) -> bool:
    """Do the plan; False where the lease was lost meanwhile."""
    snapshot = context.snapshot
    await ensure_indexes(database, context.spec.destination.collection)
    document = await begin_run(database, snapshot, datetime.now(UTC))
    if document["outcome"] is not None:
        return await queue.finish(lease, Counts())
    lineage = await lineage_of(database, context.run, snapshot.retry_of)
    pages = await load_pages(database, lineage)
    done = [page for page in pages if page["state"] == "done"]
    if done and not await queue.restore_done(lease, list(_restored(context.run, done))):
        return False
    frontier = list(open_pages(context, done))
    walked = {PartitionKey(page["partition"]) for page in done if _closes(page)}
    unknown = [each for each in context.partitions if each not in walked]
    tasks = [page_task(context.run, partition, page) for partition, page in frontier]
    return await queue.finish(lease, Counts(), tasks, open_walks=unknown)


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
