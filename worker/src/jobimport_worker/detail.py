"""The detail of one record: a second request, made from the record, and its answer as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from jobimport.ids import PartitionKey
from jobimport.mapping import values as mapping_values
from jobimport.resource.fetching import Detail, Request
from jobimport.resource.reading import FormatType
from jobimport.shapes import is_object
from jobimport_worker.context import RunContext
from jobimport_worker.decode import single_decoder_for
from jobimport_worker.errors import Terminal
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import Sent, expand, prepare, variables_of

_PATIENCE_SECONDS = 120.0
"""How long a detail waits for its turn at its host: the page that it belongs to is begun already,
and to give that back would cost more turns than it saves.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A detail, and what the source gave to ask for its next version with."""

    value: Any
    etag: str | None
    last_modified: str | None


class DetailFetcher:
    """Fetches the details of one partition's records."""

    def __init__(
        self, fetcher: Fetcher, context: RunContext, detail: Detail, partition: PartitionKey
    ) -> None:
        self._fetcher = fetcher
        self._context = context
        self._detail = detail
        self._values = context.template_values(partition)

    @cached_property
    def _base(self) -> str:
        """The import's own url: relative addresses are below it, and credentials for its host."""
        return expand(self._context.spec.source.request.url, self._values)

    async def fetch(self, record: Any, validators: Mapping[str, str] | None = None) -> Found:
        """Fetch a record's detail; SourceError of the class that the answer means.

        With `validators` (If-None-Match, If-Modified-Since) NotModified may be raised.
        """
        source, detail = self._context.spec.source, self._detail
        values = self._values | record_values(detail.request, record)
        sent = Sent(headers=dict(validators or {}))
        prepared = prepare(detail.request, values, sent, home=self._base)
        prepared = replace(prepared, url=urljoin(self._base, prepared.url))
        manners = replace(self._context.manners, patience_seconds=_PATIENCE_SECONDS)
        async with self._fetcher.open(
            detail.request,
            prepared,
            source.auth,
            source.response_rules,
            manners,
            crawl=detail.format.type is FormatType.JSON_LD,
        ) as answer:
            value = await self._read(answer)
            return Found(value, answer.header("etag"), answer.header("last-modified"))

    async def _read(self, answer: Answer) -> Any:
        """The first record of an answer, read to its end: a cut one would go unnoticed else."""
        decoder = single_decoder_for(self._detail.format, answer.content_type, answer.charset)
        first: list[Any] = []
        async for chunk in answer.chunks():
            found = decoder.feed(chunk)
            first = first or list(found[:1])
        first += decoder.close()
        if not first:
            raise Terminal(f"{answer.url} holds no record of the format {self._detail.format.type}")
        return first[0]


def with_detail(record: Any, detail: Any) -> dict[str, Any]:
    """A record with its detail under `_.detail`."""
    fields: dict[str, Any] = dict(record) if is_object(record) else {"value": record}
    own = fields.get("_")
    return {**fields, "_": {**(own if is_object(own) else {}), "detail": detail}}


def record_values(request: Request, record: Any) -> dict[str, str]:
    """What a request's templates name of a record, by `record.<path>`; Terminal where it is not
    there, since the address would be another one then.
    """
    found: dict[str, str] = {}
    for name in variables_of(request):
        root, _, path = name.partition(".")
        if root != "record":
            continue
        value: Any = record
        for step in path.split(".") if path else ():
            value = value.get(step) if is_object(value) else None
        text = mapping_values.to_text(value)
        if text is None:
            raise Terminal(f"the detail's request needs {{{name}}}, which the record does not have")
        found[name] = text
    return found
