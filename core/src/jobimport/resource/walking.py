"""spec.source.pagination and spec.source.incremental: how a source is walked."""

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from jobimport.resource.model import Expression, ShortText, SpecModel, rules

Place = Literal["query", "path", "header", "json", "form"]
_PLACE = (
    "Part of the request: query, path (a variable {page.<name>} of the url), header, json or form."
    " Example: json."
)


class PaginationType(StrEnum):
    """How a source is walked."""

    NONE = "none"
    PAGE = "page"
    OFFSET = "offset"
    CURSOR = "cursor"
    NEXT_URL = "nextUrl"
    LINK = "link"


class Send(SpecModel):
    """Where a value goes in the request."""

    in_: Place = Field(default="query", alias="in", description=_PLACE)
    name: ShortText = Field(
        default="page",
        description="Name of the parameter, header or field. Of a JSON body it may be a path:"
        " variables.after. Example: skip.",
    )


class PageSize(SpecModel):
    """How many records to ask for."""

    in_: Place = Field(default="query", alias="in", description=_PLACE)
    name: ShortText = Field(
        default="", description="Name of the field; empty: nothing is sent. Example: limit."
    )
    value: int = Field(ge=1, le=100_000, description="Records a page. Example: 100.")


class Next(SpecModel):
    """Where the way to the next page is found."""

    from_: Literal["body", "header"] = Field(
        default="body", alias="from", description="Part of the response. Example: header."
    )
    path: ShortText = Field(
        default="",
        description="Path in the body, or name of the header, of the next cursor or URL."
        " Examples: links.next; for XML feed.paging.next, or with an attribute feed.page.@next.",
    )


class Stop(SpecModel):
    """When the walk is at its end. An empty page and a repeated page always end it."""

    total: ShortText = Field(
        default="",
        description="Path to the number of records in all; the first answer counts."
        " Example: meta.total.",
    )
    total_header: ShortText = Field(
        default="",
        description="Name of the response's header with the number of records in all, where the"
        " body does not tell it. Example: X-Total-Count.",
    )
    has_more: ShortText = Field(
        default="",
        description="Path to a flag that is true while there are more pages. Example: hasNext.",
    )
    on_short_page: bool = Field(
        default=False,
        description="Whether the source promises that only its last page holds fewer records."
        " Example: true.",
    )


class Cap(SpecModel):
    """A limit of the source itself."""

    records: int | None = Field(
        default=None,
        ge=1,
        description="Records that the source gives at most; reaching it makes the run Truncated."
        " Example: 2000.",
    )


class Pagination(SpecModel):
    """How to get from one page to the next."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.type != 'offset' || has(self.size)",
                "type offset needs size.value, the step from one page to the next",
            ),
            (
                "!(self.type in ['cursor', 'nextUrl'])"
                " || (has(self.next) && has(self.next.path) && size(self.next.path) > 0)",
                "types cursor and nextUrl need next.path, where the next cursor or URL is found",
            ),
        )
    )

    type: PaginationType = Field(
        default=PaginationType.NONE,
        description="How the source is walked: none, by page, offset or cursor, by the next page's"
        " URL in the answer (nextUrl), or by the Link header with rel=next (link)."
        " Example: offset.",
    )
    send: Send | None = Field(
        default=None,
        description="Where the page number, offset or cursor is sent."
        " Example: {in: query, name: page}.",
    )
    size: PageSize | None = Field(
        default=None,
        description="How many records to ask for. Example: {in: query, name: limit, value: 100}.",
    )
    start: int | None = Field(
        default=None,
        ge=0,
        description="First page number or offset; default 1 for page, 0 for offset. Example: 0.",
    )
    next: Next | None = Field(
        default=None,
        description="Where the next cursor or URL is found. Example: {from: body, path: next}.",
    )
    stop: Stop = Field(
        default_factory=Stop,
        description="When the walk is at its end. Example: {total: meta.total}.",
    )
    cap: Cap = Field(
        default_factory=Cap, description="A limit of the source itself. Example: {records: 2000}."
    )


class TimeFormat(StrEnum):
    """How a time is written in a request."""

    ISO8601 = "iso8601"
    DATE = "date"
    EPOCH_SECONDS = "epochSeconds"
    EPOCH_MILLISECONDS = "epochMilliseconds"


class Incremental(SpecModel):
    """Walks that ask only for what changed. They never close a posting; full walks do."""

    send: Send = Field(
        description="Where the time since which changes are wanted is sent, in walks that are not"
        " full. It is there as {since} in the request's templates too."
        " Example: {in: query, name: updated_since}."
    )
    field: Expression = Field(
        default="",
        description="JMESPath to a record's time of change; the newest one seen is where the next"
        " walk goes on. Empty: the time at which the walk began. Example: updated_at.",
    )
    time_format: TimeFormat = Field(
        default=TimeFormat.ISO8601,
        description="How the time is written: iso8601 (2026-11-25T10:30:00Z), date (2026-11-25),"
        " epochSeconds or epochMilliseconds. Example: date.",
    )
    overlap_seconds: int = Field(
        default=3600,
        ge=0,
        le=604_800,
        description="How much earlier to ask, in seconds, for what the source showed late."
        " Example: 3600.",
    )
    full_every_seconds: int = Field(
        default=86_400,
        ge=60,
        le=31_536_000,
        description="How often to walk all, in seconds: only a full walk finds what is gone."
        " Example: 86400.",
    )
