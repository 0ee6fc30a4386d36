"""spec.source: what is fetched, and how it is walked."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from jobimport.resource.model import (
    Expression,
    Name,
    Parameters,
    SecretKey,
    ShortText,
    SpecModel,
    Text,
    TextMap,
    rules,
)

SizeText = Annotated[str, Field(pattern=r"^[1-9][0-9]*(Ki|Mi|Gi)?$", max_length=16)]
Place = Literal["query", "path", "header", "json", "form"]


class Preset(SpecModel):
    """A source layout that JobImport knows."""

    name: Name = Field(description="Name of the preset, for example rss or greenhouse.")
    parameters: Parameters = Field(
        default_factory=dict, description="Values that the preset asks for, such as a board's name."
    )


class Request(SpecModel):
    """One HTTP request."""

    url: Text = Field(
        default="",
        description="Address to fetch, an RFC 6570 template over partition, parameters, page,"
        " since and record, for example https://{partition.host}/jobs.",
    )
    method: Literal["GET", "POST"] = Field(default="GET", description="HTTP method.")
    headers: TextMap = Field(
        default_factory=dict,
        description="Headers to send. Credentials belong into auth, never here.",
    )
    query: TextMap = Field(default_factory=dict, description="Query parameters to add to the url.")
    json_: dict[str, Any] | None = Field(
        default=None, alias="json", description="JSON object to send as the body."
    )
    form: TextMap | None = Field(default=None, description="Form fields to send as the body.")
    text: Text | None = Field(default=None, description="Text to send as the body.")
    timeout_seconds: int = Field(
        default=30,
        ge=1,
        le=600,
        description="How long to wait for the source to go on, in seconds.",
    )
    max_response_bytes: SizeText = Field(
        default="10Gi",
        description="Largest response taken, counted after decompression, such as 500Mi or 10Gi.",
    )


class Auth(SpecModel):
    """Credentials: each value names a key of the namespace's Secret jobimport-credentials."""

    bearer: SecretKey | None = Field(
        default=None, description="Key whose value is sent as a bearer token."
    )
    basic: SecretKey | None = Field(
        default=None, description="Key whose value, user:password, is sent as basic credentials."
    )
    headers: Annotated[dict[str, SecretKey], Field(max_length=16)] = Field(
        default_factory=dict, description="Header names and the keys whose values they carry."
    )
    query: Annotated[dict[str, SecretKey], Field(max_length=16)] = Field(
        default_factory=dict,
        description="Query parameter names and the keys whose values they carry.",
    )
    allowed_hosts: Annotated[list[ShortText], Field(max_length=16)] = Field(
        default_factory=list,
        description="Hosts that credentials are sent to; default: the host of the url alone."
        " Redirects and next links elsewhere are followed without them.",
    )


class Discover(SpecModel):
    """Partitions found by a request."""

    request: Request = Field(description="Request whose answer names the partitions.")
    partitions: Expression = Field(
        description="JMESPath to a list of objects with text values, one a partition."
    )


class Partitions(SpecModel):
    """The independent walks of the source: boards, searches, tenants."""

    values: Annotated[list[Parameters], Field(max_length=1000)] = Field(
        default_factory=list[Parameters],
        description="One object a partition; its fields are there as {partition.…} in templates."
        " A field called name, where there is one, names the partition.",
    )
    discover: Discover | None = Field(
        default=None, description="Find the partitions by a request instead."
    )


class FormatType(StrEnum):
    """How a response is written."""

    JSON = "json"
    JSON_LINES = "jsonLines"
    XML = "xml"
    CSV = "csv"
    SITEMAP = "sitemap"
    JSON_LD = "jsonLd"


class Format(SpecModel):
    """How to read records out of a response."""

    type: FormatType = Field(default=FormatType.JSON, description="How the response is written.")
    records: ShortText = Field(
        default="",
        description="Path to the records, names joined by dots: data.jobs for JSON, source.job for"
        " XML. Empty: the response is itself the list. A path that is absent is an error.",
    )
    where: Expression = Field(
        default="", description="JMESPath over a record; where it is falsy, the record is left out."
    )
    group_by: Expression = Field(
        default="",
        description="JMESPath over a record; rows of a page with the same value become one record"
        " with the others under _rows.",
    )
    lists: Annotated[list[ShortText], Field(max_length=64)] = Field(
        default_factory=list, description="XML paths below a record that are always lists."
    )
    volatile: Annotated[list[ShortText], Field(max_length=64)] = Field(
        default_factory=list,
        description="Fields of a record that change without meaning; left out of the raw hash.",
    )
    delimiter: Annotated[str, Field(max_length=1)] = Field(
        default=",", description="CSV: the character between two values."
    )


class ErrorClass(StrEnum):
    """What an answer of the source means for the task."""

    THROTTLED = "Throttled"
    TRANSIENT = "Transient"
    TERMINAL = "Terminal"
    EMPTY = "Empty"


class ResponseRule(SpecModel):
    """An answer that means something else at this source than it says."""

    status: Annotated[
        list[Annotated[int, Field(ge=100, le=599)]], Field(min_length=1, max_length=32)
    ] = Field(description="Status codes that the rule is about.")
    class_: ErrorClass = Field(
        alias="class",
        description="Throttled: wait, uses up no attempt. Transient: try again. Terminal: the page"
        " fails. Empty: a page without records.",
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

    in_: Place = Field(default="query", alias="in", description="Part of the request.")
    name: ShortText = Field(default="page", description="Name of the parameter, header or field.")


class PageSize(SpecModel):
    """How many records to ask for."""

    in_: Place = Field(default="query", alias="in", description="Part of the request.")
    name: ShortText = Field(default="", description="Name of the field; empty: nothing is sent.")
    value: int = Field(ge=1, le=100_000, description="Records a page.")


class Next(SpecModel):
    """Where the way to the next page is found."""

    from_: Literal["body", "header"] = Field(
        default="body", alias="from", description="Part of the response."
    )
    path: ShortText = Field(
        default="",
        description="Path in the body, or name of the header, of the next cursor or URL.",
    )


class Stop(SpecModel):
    """When the walk is at its end. An empty page and a repeated page always end it."""

    total: ShortText = Field(
        default="", description="Path to the number of records in all; the first answer counts."
    )
    has_more: ShortText = Field(
        default="", description="Path to a flag that is true while there are more pages."
    )
    on_short_page: bool = Field(
        default=False,
        description="Whether the source promises that only its last page holds fewer records.",
    )


class Cap(SpecModel):
    """A limit of the source itself."""

    records: int | None = Field(
        default=None,
        ge=1,
        description="Records that the source gives at most; reaching it makes the run Truncated.",
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
        default=PaginationType.NONE, description="How the source is walked."
    )
    send: Send | None = Field(
        default=None, description="Where the page number, offset or cursor is sent."
    )
    size: PageSize | None = Field(default=None, description="How many records to ask for.")
    start: int | None = Field(
        default=None,
        ge=0,
        description="First page number or offset; default 1 for page, 0 for offset.",
    )
    next: Next | None = Field(default=None, description="Where the next cursor or URL is found.")
    stop: Stop = Field(default_factory=Stop, description="When the walk is at its end.")
    cap: Cap = Field(default_factory=Cap, description="A limit of the source itself.")


class Detail(SpecModel):
    """A second fetch per record; its result stands under _.detail."""

    request: Request = Field(description="Request, a template over record.")
    format: Format = Field(default_factory=Format, description="How to read the answer.")
    when: Literal["NewOrChanged", "Always"] = Field(
        default="NewOrChanged", description="For which records it is fetched."
    )
    on_gone: Literal["Drop", "Keep"] = Field(
        default="Drop", description="What a 404 or 410 does to the record."
    )


class Incremental(SpecModel):
    """Walks that ask only for what changed."""

    send: Send = Field(description="Where the time of the last walk is sent.")
    field: Expression = Field(default="", description="JMESPath to a record's time of change.")
    overlap_seconds: int = Field(
        default=3600, ge=0, le=604_800, description="How much earlier to ask, in seconds."
    )
    full_every_seconds: int = Field(
        default=86_400, ge=60, le=31_536_000, description="How often to walk all, in seconds."
    )


class Politeness(SpecModel):
    """A budget per host, over all workers."""

    requests: int | None = Field(default=None, ge=1, description="Requests in each period.")
    period_seconds: int = Field(default=60, ge=1, le=86_400, description="The period, in seconds.")
    max_in_flight: int | None = Field(
        default=None, ge=1, le=1000, description="Requests under way at a time."
    )
    contact: ShortText = Field(
        default="", description="Address or URL for the User-Agent, so that the source can write."
    )


class Source(SpecModel):
    """Where an import fetches from."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.preset) || (has(self.request) && has(self.request.url)"
                " && size(self.request.url) > 0)",
                "request.url is needed where no preset gives it",
            ),
            (
                "has(self.name) == has(oldSelf.name)"
                " && (!has(self.name) || self.name == oldSelf.name)",
                "name is immutable: it is part of every posting's _id",
            ),
        )
    )

    name: (
        Annotated[str, Field(max_length=128, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")] | None
    ) = Field(
        default=None,
        description="The <source> of a posting's _id; immutable. Default: <namespace>.<name>.",
    )
    preset: Preset | None = Field(
        default=None,
        description="A base that what stands beside it is merged over: maps by key, lists and"
        " scalars replace.",
    )
    request: Request = Field(default_factory=Request, description="The request of a page.")
    auth: Auth | None = Field(default=None, description="Credentials, combinable.")
    partitions: Partitions | None = Field(
        default=None, description="The independent walks of the source; default: one."
    )
    format: Format = Field(default_factory=Format, description="How to read the answer.")
    response_rules: Annotated[list[ResponseRule], Field(max_length=16)] = Field(
        default_factory=list[ResponseRule],
        description="Answers that mean something else than they say.",
    )
    pagination: Pagination = Field(
        default_factory=Pagination, description="How to get from one page to the next."
    )
    detail: Detail | None = Field(default=None, description="A second fetch per record.")
    incremental: Incremental | None = Field(
        default=None, description="Walks that ask only for what changed."
    )
    politeness: Politeness = Field(
        default_factory=Politeness, description="A budget per host, over all workers."
    )
