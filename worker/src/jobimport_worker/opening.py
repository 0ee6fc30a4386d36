"""The request of a page, as its walk, its partition and its spec make it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from jobimport.ids import PartitionKey
from jobimport.resource.reading import FormatType
from jobimport_worker.context import RunContext
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import Prepared, prepare
from jobimport_worker.paginate import PageRef, sent_for

_CRAWLED = (FormatType.SITEMAP, FormatType.JSON_LD)
"""Formats that are made for search engines: robots.txt says who may read them."""


def page_request(context: RunContext, partition: PartitionKey, page: PageRef) -> Prepared:
    """The request of a page."""
    source = context.spec.source
    values = context.template_values(partition) | {"since": page.since or ""}
    return prepare(source.request, values, sent_for(source.pagination, page, source.incremental))


def open_page(
    fetcher: Fetcher,
    context: RunContext,
    prepared: Prepared,
    validators: Mapping[str, str] | None = None,
) -> AbstractAsyncContextManager[Answer]:
    """Send a page's request; gives what Fetcher.open gives.

    With `validators` (If-None-Match, If-Modified-Since) NotModified may be raised.
    """
    source = context.spec.source
    return fetcher.open(
        source.request,
        replace(prepared, headers={**prepared.headers, **(validators or {})}),
        source.auth,
        source.response_rules,
        context.manners,
        crawl=source.format.type in _CRAWLED,
    )
