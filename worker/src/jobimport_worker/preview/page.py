"""The page of a preview: fetched, decoded, and summed up."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobimport.ids import ImportKey, PartitionKey
from jobimport.preview import PreviewResult
from jobimport.resource.defaults import wanted_source_name
from jobimport.resource.spec import JobImportSpec
from jobimport.snapshot import RunSnapshot
from jobimport_worker.context import RunContext
from jobimport_worker.decode import decoder_for
from jobimport_worker.detail import DetailFetcher, with_detail
from jobimport_worker.discover import discover_partitions
from jobimport_worker.errors import EmptyAnswer, Gone, NoTurn, SourceError, Throttled
from jobimport_worker.facts import Signs, facts_of, signs_of
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.redacting import redact
from jobimport_worker.grouping import group_rows
from jobimport_worker.opening import open_page, page_request
from jobimport_worker.paginate import PageFacts, PageRef, Step, next_step, wanted_values
from jobimport_worker.preview.sample import MOST_RECORDS, Sample

MOST_DETAILS = 10
"""Details that a preview fetches."""


def context_of(spec: JobImportSpec, key: ImportKey) -> RunContext:
    """What a page of the spec is worked on with, outside of any run."""
    snapshot = RunSnapshot(
        namespace=key.namespace,
        name=key.name,
        uid="",
        generation=0,
        run="preview",
        sequence=0,
        reason="Preview",
        source_name=wanted_source_name(spec, key.namespace, key.name),
        spec=spec,
    )
    return RunContext(snapshot)


@dataclass(frozen=True, slots=True)
class _Looked:
    """A page that was looked at, and what would follow from it."""

    status: int | None
    url: str
    content_type: str
    records: int
    facts: PageFacts
    step: Step


async def preview_page(fetcher: Fetcher, context: RunContext, limit: int) -> PreviewResult:
    """The first page of the first partition, as an import would take it.

    `limit` postings are shown. Sitemap indexes are followed to their first sitemap. Raises
    SourceError where the page cannot be fetched or read.
    """
    started = time.monotonic()
    context = await _with_partitions(fetcher, context)
    partition = next(iter(context.partitions))
    sample = Sample(context, limit)
    looked = await _look(fetcher, context, partition, PageRef(), sample)
    while looked.facts.sitemaps is not None and looked.step.following is not None:
        first = looked.step.following.pages()[0]
        looked = await _look(fetcher, context, partition, first, sample)
    return PreviewResult(
        url=looked.url,
        status=looked.status,
        content_type=looked.content_type,
        records=sample.records,
        filtered=sample.filtered,
        partition=partition if context.spec.source.partitions is not None else "",
        postings=sample.postings,
        coverage=sample.coverage(),
        rejects=sample.rejects,
        rejected=sample.rejected,
        warnings=[*sample.warnings(), *_about_walk(context, partition, looked)],
        advertised_total=looked.facts.total,
        next_page=_in_words(looked.step),
        seconds=round(time.monotonic() - started, 3),
    )


async def _with_partitions(fetcher: Fetcher, context: RunContext) -> RunContext:
    partitions = context.spec.source.partitions
    if partitions is None or partitions.discover is None:
        return context
    found = await discover_partitions(fetcher, context, partitions.discover)
    return replace(context, discovered=found)


async def _look(
    fetcher: Fetcher, context: RunContext, partition: PartitionKey, page: PageRef, sample: Sample
) -> _Looked:
    pagination = context.spec.source.pagination
    prepared = page_request(context, partition, page)
    held: list[Any] = []
    try:
        async with open_page(fetcher, context, prepared) as answer:
            signs, records, whole = await _decode(context, answer, sample, held)
            status, url, content_type = answer.status, answer.url, answer.content_type
    except EmptyAnswer as empty:
        signs, records, whole = Signs({}, base_url=prepared.url), 0, True
        status, url, content_type = None, str(empty), ""
    await _take_held(fetcher, context, partition, sample, held)
    facts = facts_of(pagination, signs, records)
    step = next_step(pagination, page, facts) if whole else Step()
    return _Looked(status, url, content_type, records, facts, step)


async def _decode(
    context: RunContext, answer: Answer, sample: Sample, held: list[Any]
) -> tuple[Signs, int, bool]:
    """Decode the answer into the sample, or into `held` what waits for rows or details; its signs,
    its records, and whether it was read whole.
    """
    source = context.spec.source
    decoder = decoder_for(
        source.format, answer.content_type, answer.charset, wanted_values(source.pagination)
    )
    holds = context.group_by is not None or source.detail is not None
    records = 0

    def take(found: Sequence[Any]) -> None:
        nonlocal records
        records += len(found)
        if holds:
            held.extend(found[: max(MOST_RECORDS - len(held), 0)])
        else:
            sample.add(found)

    async for chunk in answer.chunks():
        take(decoder.feed(chunk))
        if sample.is_full or len(held) >= MOST_RECORDS:
            return signs_of(source.pagination, answer, {}), records, False
    take(decoder.close())
    return signs_of(source.pagination, answer, decoder.values), records, True


async def _take_held(
    fetcher: Fetcher,
    context: RunContext,
    partition: PartitionKey,
    sample: Sample,
    held: list[Any],
) -> None:
    """Map what waited for the whole page; with details no more records than a person looks at."""
    if context.group_by is not None:
        held = group_rows(held, context)
    detail = context.spec.source.detail
    if detail is None:
        sample.add(held)
        return
    one = DetailFetcher(fetcher, context, detail, partition)
    for record in sample.wanted(held)[:MOST_DETAILS]:
        try:
            found = await one.fetch(record)
        except (NoTurn, Throttled):
            raise
        except (Gone, EmptyAnswer):
            sample.gone += 1
        except SourceError as error:
            sample.refuse(record, "the detail could not be fetched", str(error))
        else:
            sample.add([with_detail(record, found.value)])


def _about_walk(context: RunContext, partition: PartitionKey, looked: _Looked) -> Iterator[str]:
    """What the page shows of the walk that an import would make."""
    walk, step, records = context.spec.source.pagination, looked.step, looked.records
    if context.spec.source.detail is not None and records > MOST_DETAILS:
        yield (
            f"Only the first {MOST_DETAILS} of {records:,} records were looked at: each needs a"
            " request of its own for its detail."
        )
    if step.problem is not None:
        yield f"The walk would prove nothing: {step.problem}."
    if step.truncated:
        yield "The source has more than it gives out (pagination.cap): runs would be Truncated."
    asked = walk.size.value if walk.size is not None else None
    if asked is not None and 0 < records < asked and step.following is not None:
        yield f"{asked:,} records a page are asked for; this page holds {records:,}."
    if len(context.partitions) > 1:
        others = len(context.partitions) - 1
        yield f"Only the partition {partition} was looked at; there are {others:,} more."


def _in_words(step: Step) -> str | None:
    if step.following is None:
        return None
    page = step.following.first
    if page.url is not None:
        return redact(page.url)
    if page.cursor is not None:
        return f"cursor {page.cursor}"
    place = f"page {page.number}" if page.offset is None else f"offset {page.offset}"
    count = step.following.count
    return place if count == 1 else f"{place}, and {count - 1:,} more after it"
