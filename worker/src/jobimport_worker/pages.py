"""Pages as the queue and MongoDB know them."""

from datetime import UTC, datetime

from jobimport.ids import PartitionKey, RunId
from jobimport.queue.tasks import Counts, Lease, Task, TaskKind
from jobimport.store.collections import Database, Document
from jobimport.store.walks import page_task_id, save_page
from jobimport_worker.context import RunContext
from jobimport_worker.paginate import Following, PageRef


def page_task(run: RunId, partition: PartitionKey, page: PageRef) -> Task:
    """The queue entry of a page."""
    task = page_task_id(run, partition, page.number)
    return Task(task, TaskKind.PAGE, partition, page.to_payload())


def page_document(
    context: RunContext, partition: PartitionKey, page: PageRef, lease: Lease, counts: Counts
) -> Document:
    """What the documents of done and failed pages have in common."""
    return {
        "run": context.run,
        "generation": context.snapshot.generation,
        "import": str(context.key),
        "source": context.snapshot.source_name,
        "partition": partition,
        "number": page.number,
        "attempt": lease.attempt,
        "counts": counts.to_document(),
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
