"""All that is stored of a run's walk, and what it proves of each partition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobimport.ids import PartitionKey, RunId
from jobimport.mapping.coverage import fallen_coverage, low_coverage, merge_coverage
from jobimport.store.collections import Database, Document
from jobimport.store.runs import lineage_of
from jobimport.store.seen import SeenIds, count_distinct
from jobimport.store.walks import load_pages, seen_ids
from jobimport_worker.context import RunContext
from jobimport_worker.plan import open_pages
from jobimport_worker.verdict import PartitionVerdict, judge_partition

_ENOUGH = 20
"""Postings of a partition from which on its own coverage is judged."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The pages of a run's lineage, the ids they showed, and the verdicts.

    `coverage` is `{mapped, filled, errors, distinct}`; `low` holds fields below `minCoverage` with
    their share in percent, `fell` those that far fewer postings have than in the run before, with
    the share before and now.
    """

    lineage: list[RunId]
    pages: list[Document]
    seen: dict[PartitionKey, SeenIds]
    verdicts: list[PartitionVerdict]
    coverage: dict[str, Any]
    low: dict[str, int]
    fell: dict[str, tuple[int, int]]

    @property
    def done(self) -> list[Document]:
        """The pages that were done."""
        return _done(self.pages)

    @property
    def all_stored(self) -> bool:
        """Whether an open posting was seen to stand for each id that the walk showed."""
        return all(page.get("unstored") == 0 for page in self.pages)

    def coverage_document(self) -> Document:
        """The coverage as the run's document keeps it."""
        fell = {name: {"before": before, "now": now} for name, (before, now) in self.fell.items()}
        return {**self.coverage, "low": self.low, "fell": fell}

    def records(self) -> int:
        """Different records: ids, and those without one, which no sighting can name."""
        nameless = sum(page.get("nameless", 0) for page in self.done)
        return count_distinct(self.seen.values()) + nameless


async def load_walk(
    database: Database,
    context: RunContext,
    remembered: Mapping[PartitionKey, Document],
    before: Document | None,
) -> Walk:
    """Load and judge a walk; `remembered` is what is known of its partitions, `before` the run
    that its coverage is compared with.
    """
    lineage = await lineage_of(database, context.run, context.snapshot.retry_of)
    pages = await load_pages(database, lineage)
    seen = await seen_ids(database, pages)
    coverage = merge_coverage(page.get("coverage") or {} for page in _done(pages))
    least = context.spec.mapping.min_coverage
    return Walk(
        lineage,
        pages,
        seen,
        _judge(context, pages, seen, remembered, lineage),
        coverage,
        low_coverage(coverage, least),
        fallen_coverage(coverage, before["coverage"]) if before else {},
    )


def _judge(
    context: RunContext,
    pages: Sequence[Document],
    seen: Mapping[PartitionKey, SeenIds],
    remembered: Mapping[PartitionKey, Document],
    lineage: Sequence[RunId],
) -> list[PartitionVerdict]:
    failed = {(page["partition"], page["number"]) for page in pages if page["state"] != "done"}
    missing: dict[PartitionKey, int] = {}
    for partition, page in open_pages(context, _done(pages)):
        if (partition, page.number) not in failed:
            missing[partition] = missing.get(partition, 0) + 1
    of_partition: dict[str, list[Document]] = {}
    for page in pages:
        of_partition.setdefault(page["partition"], []).append(page)
    verdicts: list[PartitionVerdict] = []
    for partition in context.partitions:
        memory = remembered.get(partition, {})
        # A walk counts once, however many runs it took: they have its pages in common (P6)
        again = memory.get("lastRun") in lineage
        alike = memory.get("readBy", context.reading_hash) == context.reading_hash
        earlier = memory.get("emptyRuns", 0) - (1 if again else 0) if alike else 0
        mine = of_partition.get(partition, [])
        verdicts.append(
            judge_partition(
                partition,
                mine,
                missing.get(partition, 0),
                len(seen.get(partition, ())),
                max(earlier, 0),
                context.spec.completeness,
                _low_in(context, mine),
            )
        )
    return verdicts


def _low_in(context: RunContext, pages: Sequence[Document]) -> dict[str, int]:
    """Fields that are short in one of several partitions, where it has enough to be judged."""
    least = context.spec.mapping.min_coverage
    if not least or len(context.partitions) == 1:
        return {}
    coverage = merge_coverage(page.get("coverage") or {} for page in _done(pages))
    return low_coverage(coverage, least) if coverage["mapped"] >= _ENOUGH else {}


def _done(pages: Sequence[Document]) -> list[Document]:
    return [page for page in pages if page["state"] == "done"]
