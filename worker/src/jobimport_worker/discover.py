"""Partitions that the source itself names."""

from typing import Any

import orjson

from jobimport.ids import PartitionKey
from jobimport.mapping import compile_expression
from jobimport.mapping.values import to_text
from jobimport.resource.fetching import Discover
from jobimport.resource.reading import Layout
from jobimport.shapes import is_list, is_object
from jobimport_worker.context import RunContext, partition_key
from jobimport_worker.decode import Decoder, decoder_for, single_decoder_for
from jobimport_worker.errors import EmptyAnswer, Terminal
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import Sent, prepare

MOST_PARTITIONS = 10_000
_WHERE = "spec.source.partitions.discover"


async def discover_partitions(
    fetcher: Fetcher, context: RunContext, discover: Discover
) -> dict[PartitionKey, dict[str, str]]:
    """Ask the source for its partitions. Terminal where it names none: that may be an outage, and a
    run over no partition would look as if all of them were gone (P6).
    """
    document = await _document(fetcher, context, discover)
    found = compile_expression(discover.partitions).search(document)
    if not is_list(found):
        raise Terminal(
            f"{_WHERE}.partitions gives {_short(found)}: expected a list of objects or texts"
        )
    partitions: dict[PartitionKey, dict[str, str]] = {}
    for each in found:
        values = _values(each)
        partitions.setdefault(partition_key(values), values)
    if not partitions:
        raise Terminal(f"{_WHERE} found no partition in the answer; nothing was closed")
    if len(partitions) > MOST_PARTITIONS:
        raise Terminal(
            f"{_WHERE} found {len(partitions):,} partitions, {MOST_PARTITIONS:,} at most"
        )
    return partitions


async def _document(fetcher: Fetcher, context: RunContext, discover: Discover) -> Any:
    """The answer: a JSON document, or the list of its records where a format is given."""
    source, request = context.spec.source, discover.request
    prepared = prepare(request, context.parameter_values, Sent())
    try:
        async with fetcher.open(
            request, prepared, source.auth, source.response_rules, context.manners
        ) as answer:
            decoder = _decoder(discover.format, answer)
            records: list[Any] = []
            async for chunk in answer.chunks():
                records += decoder.feed(chunk)
            records += decoder.close()
    except EmptyAnswer as empty:
        raise Terminal(f"{_WHERE}: {empty}") from empty
    return records if discover.format else records[0]


def _decoder(form: Layout | None, answer: Answer) -> Decoder:
    if form is None:
        return single_decoder_for(Layout(), answer.content_type, answer.charset)
    return decoder_for(form, answer.content_type, answer.charset, ())


def _values(each: Any) -> dict[str, str]:
    """A partition's values as text; Terminal for what is none."""
    if is_object(each):
        found = {str(name): to_text(value) for name, value in each.items() if value is not None}
        values = {name: value for name, value in found.items() if value is not None}
        if values and len(values) == len(found):
            return values
    text = to_text(each)
    if text is None:
        raise Terminal(
            f"{_WHERE}.partitions gives {_short(each)}: expected texts, or objects of scalar values"
        )
    return {"name": text}


def _short(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()[:80]
