"""The page of a preview: fetched, decoded, and summed up."""

import time
from collections.abc import Iterator
from typing import Any

from jobimport.ids import ImportKey, PartitionKey
from jobimport.preview import PreviewResult
from jobimport.resource.spec import JobImportSpec
from jobimport.snapshot import RunSnapshot
from jobimport_worker.context import RunContext
from jobimport_worker.decode import decoder_for
from jobimport_worker.errors import EmptyAnswer
from jobimport_worker.facts import Signs, facts_of, signs_of
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.redacting import redact
from jobimport_worker.opening import open_page, page_request
from jobimport_worker.page import group_rows
from jobimport_worker.paginate import PageRef, Step, next_step, wanted_values
from jobimport_worker.preview.sample import Sample


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
        source_name=spec.source.name or f"{key.namespace}.{key.name}",
        spec=spec,
    )
    return RunContext(snapshot)


async def preview_page(fetcher: Fetcher, context: RunContext, limit: int) -> PreviewResult:
    """The first page of the first partition, as an import would take it.

    `limit` postings are shown. Raises SourceError where the page cannot be fetched or read.
    """
    started = time.monotonic()
    source = context.spec.source
    partition = next(iter(context.partitions))
    page = PageRef()
    sample = Sample(context, limit)
    prepared = page_request(context, partition, page)
    try:
        async with open_page(fetcher, context, prepared) as answer:
            signs, records, whole = await _sample(context, answer, sample)
            status, url, content_type = answer.status, answer.url, answer.content_type
    except EmptyAnswer as empty:
        signs, records, whole = Signs({}, base_url=prepared.url), 0, True
        status, url, content_type = None, str(empty), ""
    facts = facts_of(source.pagination, signs, records)
    step = next_step(source.pagination, page, facts) if whole else Step()
    return PreviewResult(
        url=url,
        status=status,
        content_type=content_type,
        records=sample.records,
        filtered=sample.filtered,
        partition=partition if source.partitions is not None else "",
        postings=sample.postings,
        coverage=sample.coverage(),
        rejects=sample.rejects,
        rejected=sample.rejected,
        warnings=[*sample.warnings(), *_about_walk(context, partition, step, records)],
        advertised_total=facts.total,
        next_page=_in_words(step),
        seconds=round(time.monotonic() - started, 3),
    )


async def _sample(context: RunContext, answer: Answer, sample: Sample) -> tuple[Signs, int, bool]:
    """Decode the answer into the sample; its signs, its records, and whether it was read whole."""
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
        else:
            sample.add(found)
        if sample.is_full:
            return signs_of(source.pagination, answer, {}), records, False
    last = list(decoder.close())
    records += len(last)
    sample.add(group_rows([*grouped, *last], context) if context.group_by is not None else last)
    return signs_of(source.pagination, answer, decoder.values), records, True


def _about_walk(
    context: RunContext, partition: PartitionKey, step: Step, records: int
) -> Iterator[str]:
    """What the page shows of the walk that an import would make."""
    walk = context.spec.source.pagination
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
