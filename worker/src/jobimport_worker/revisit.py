"""Asking for a document only if it has changed, and what a page is when it has not (RFC 9110, 13).

Only single documents and sitemaps are asked so, only while they are read and mapped as before, and
only while all that they showed is still stored: then a 304 stands for the same ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobimport.ids import PartitionKey, TaskId
from jobimport.queue.tasks import Counts, Lease
from jobimport.resource.reading import FormatType
from jobimport.resource.walking import PaginationType
from jobimport.store.collections import Database, Document
from jobimport.store.documents import (
    DocumentMemory,
    document_id,
    forget_document,
    load_document,
    save_document,
    see_again,
)
from jobimport_worker.context import RunContext
from jobimport_worker.fetch.request import Prepared
from jobimport_worker.paginate import PageRef


@dataclass(frozen=True, slots=True)
class Revisit:
    """A document that may be asked for conditionally; `before` None: it is not known yet."""

    database: Database
    context: RunContext
    key: str
    before: tuple[DocumentMemory, Document] | None

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask for the document only if it has changed."""
        if self.before is None:
            return {}
        memory = self.before[0]
        given = {"If-None-Match": memory.etag, "If-Modified-Since": memory.last_modified}
        return {name: value for name, value in given.items() if value}

    async def unchanged(self, lease: Lease) -> tuple[Document, Counts]:
        """The page of a document that is as it was, with its ids seen again; and its counts."""
        memory, page = self._known()
        now = datetime.now(UTC)
        await see_again(
            self.database,
            memory,
            run=self.context.run,
            task=lease.task.id,
            token=lease.token,
            now=now,
            keep_rejects=timedelta(days=self.context.spec.destination.retention.reject_days),
        )
        counts = _seen_again(Counts(**page["counts"]))
        fields = {name: value for name, value in page.items() if name not in _OF_THE_PAGE}
        document = fields | {
            "run": self.context.run,
            "generation": self.context.snapshot.generation,
            "attempt": lease.attempt,
            "at": now,
            "counts": counts.to_document(),
            "httpStatus": 304,
            "unstored": None,  # whether what it showed is still stored was not looked at
        }
        return document, counts

    async def remember(
        self,
        task: TaskId,
        token: int,
        batches: int,
        page: Document,
        validators: tuple[str | None, str | None],
    ) -> None:
        """Remember the document by the page that has read it, or has found it as it was."""
        etag, last_modified = validators
        if not (etag or last_modified) or not self._can_stand_for_itself(page):
            await forget_document(self.database, self.key)
            return
        memory = DocumentMemory(
            self.context.walk_hash, self.context.run, task, token, batches, etag, last_modified
        )
        source = self.context.snapshot.source_name
        await save_document(self.database, self.key, memory, source, page["at"])

    async def remember_unchanged(self, lease: Lease, page: Document) -> None:
        """Remember the document by the page that has found it as it was."""
        memory, _ = self._known()
        memory = replace(memory, run=self.context.run, task=lease.task.id, token=lease.token)
        source = self.context.snapshot.source_name
        await save_document(self.database, self.key, memory, source, page["at"])

    def _known(self) -> tuple[DocumentMemory, Document]:
        if self.before is None:
            raise RuntimeError("a document that is not known cannot be as it was")
        return self.before

    def _can_stand_for_itself(self, page: Document) -> bool:
        """Whether reading the same document again could only come to the same.

        With details, a record may have to be looked at although the list is as it was: one that
        could not be completed, one whose detail was gone, and a sitemap's page without lastmod.
        """
        if page.get("problem") or page.get("truncated"):
            return False
        if self.context.spec.source.detail is None:
            return True
        return not (page["counts"]["rejected"] or page.get("undated") or page.get("gone"))


_OF_THE_PAGE = frozenset({"_id", "token", "expireAt"})


def _seen_again(counts: Counts) -> Counts:
    unchanged = counts.inserted + counts.updated + counts.unchanged + counts.reopened
    return replace(counts, inserted=0, updated=0, reopened=0, unchanged=unchanged)


async def revisit_of(
    database: Database,
    context: RunContext,
    partition: PartitionKey,
    page: PageRef,
    prepared: Prepared,
) -> Revisit | None:
    """How a page is revisited; None where it is none that is asked for conditionally."""
    source = context.spec.source
    is_single = source.pagination.type is PaginationType.NONE
    is_sitemap = source.format.type is FormatType.SITEMAP
    always = source.detail is not None and source.detail.when == "Always"
    if not (is_single or is_sitemap) or prepared.method != "GET" or page.since or always:
        return None
    key = document_id(context.snapshot.source_name, partition, prepared.url)
    before = await load_document(database, key, context.walk_hash)
    return Revisit(database, context, key, before)


def undated(context: RunContext, records: Sequence[Any]) -> int:
    """How many records of a sitemap cannot show that their page has changed."""
    if context.spec.source.format.type is not FormatType.SITEMAP:
        return 0
    return sum(not each.get("lastmod") for each in records)
