"""spec.source: what is fetched. reading.py says how it is read, walking.py how it is walked."""

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
from jobimport.resource.reading import DetailFormat, Format, Layout, ResponseRule
from jobimport.resource.walking import Incremental, Pagination

SizeText = Annotated[str, Field(pattern=r"^[1-9][0-9]*(Ki|Mi|Gi)?$", max_length=16)]


class Preset(SpecModel):
    """A source layout that JobImport knows."""

    name: Name = Field(
        description="Name of the preset; docs/presets.md lists them. Example: greenhouse."
    )
    parameters: Parameters = Field(
        default_factory=dict,
        description="Values that the preset asks for. Example: {board: acme}.",
    )


class Request(SpecModel):
    """One HTTP request."""

    url: Text = Field(
        default="",
        description="Address to fetch, an RFC 6570 template over partition, parameters, page,"
        " since and, in a detail, record: {partition.host} is a part of it, {+record.loc} a whole"
        " address. Example: https://acme.example/jobs.",
    )
    method: Literal["GET", "POST"] = Field(default="GET", description="HTTP method. Example: POST.")
    headers: TextMap = Field(
        default_factory=dict,
        description="Headers to send. Credentials belong into auth, never here."
        " Example: {Accept: application/json}.",
    )
    query: TextMap = Field(
        default_factory=dict,
        description="Query parameters to add to the url. Example: {content: 'true'}.",
    )
    json_: dict[str, Any] | None = Field(
        default=None,
        alias="json",
        description="JSON object to send as the body; templates work in its texts."
        " Example: {searchText: ''}.",
    )
    form: TextMap | None = Field(
        default=None, description="Form fields to send as the body. Example: {q: nurse}."
    )
    text: Text | None = Field(
        default=None, description="Text to send as the body. Example: <list/>."
    )
    timeout_seconds: int = Field(
        default=30,
        ge=1,
        le=600,
        description="How long to wait for the source to go on, in seconds. Example: 60.",
    )
    max_response_bytes: SizeText = Field(
        default="10Gi",
        description="Largest response taken, counted after decompression. Example: 500Mi.",
    )


class Auth(SpecModel):
    """Credentials: each value names a key of the namespace's Secret jobimport-credentials."""

    bearer: SecretKey | None = Field(
        default=None, description="Key whose value is sent as a bearer token. Example: acme-token."
    )
    basic: SecretKey | None = Field(
        default=None,
        description="Key whose value, user:password, is sent as basic credentials."
        " Example: reed-login.",
    )
    headers: Annotated[dict[str, SecretKey], Field(max_length=16)] = Field(
        default_factory=dict,
        description="Header names and the keys whose values they carry."
        " Example: {X-Api-Key: acme-key}.",
    )
    query: Annotated[dict[str, SecretKey], Field(max_length=16)] = Field(
        default_factory=dict,
        description="Query parameter names and the keys whose values they carry."
        " Example: {app_key: adzuna-key}.",
    )
    allowed_hosts: Annotated[list[ShortText], Field(max_length=16)] = Field(
        default_factory=list,
        description="Hosts that credentials are sent to; default: the host of the url alone."
        " Redirects, next links and details elsewhere, and those from https to http, are followed"
        " without them."
        " Example: [api.acme.example].",
    )


class Discover(SpecModel):
    """Partitions found by a request."""

    request: Request = Field(
        description="Request whose answer names the partitions."
        " Example: {url: https://acme.example/boards}."
    )
    format: Layout | None = Field(
        default=None,
        description="How to read the answer as records, over whose list partitions is then."
        " Absent: a JSON document, taken whole. Example: {type: xml, records: boards.board}.",
    )
    partitions: Expression = Field(
        description="JMESPath to a list of objects with scalar values, one a partition, or to a"
        " list of texts, which become {name: <text>}. Example: boards[].{name: slug}."
    )


class Partitions(SpecModel):
    """The independent walks of the source: boards, searches, tenants."""

    values: Annotated[list[Parameters], Field(max_length=1000)] = Field(
        default_factory=list[Parameters],
        description="One object a partition; its fields are there as {partition.…} in templates."
        " A field called name, where there is one, names the partition."
        " Example: [{name: berlin, city: '17'}].",
    )
    discover: Discover | None = Field(
        default=None,
        description="Find partitions by a request at the begin of each run, beside the values."
        " Example: {request: {url: https://acme.example/boards}, partitions: 'boards[].slug'}.",
    )


class Detail(SpecModel):
    """A second fetch per record; its result stands under _.detail."""

    request: Request = Field(
        description="Request, a template over record. Example:"
        " {url: 'https://api.acme.example/jobs/{record.id}'}."
    )
    format: DetailFormat = Field(
        default_factory=DetailFormat,
        description="How to read the answer: of JSON what stands at records (empty: all of it), of"
        " other formats the first record. Example: {type: jsonLd}.",
    )
    when: Literal["NewOrChanged", "Always"] = Field(
        default="NewOrChanged",
        description="For which records it is fetched. NewOrChanged: where the record of the list is"
        " new or has changed; a sitemap's URL without lastmod counts as changed. Always: in every"
        " run, with If-None-Match or If-Modified-Since where the source gave a validator."
        " Example: Always.",
    )
    on_gone: Literal["Drop", "Keep"] = Field(
        default="Drop",
        description="What a 404 or 410 does to the record. Drop: it counts as not listed, so its"
        " posting closes as any that is missing. Keep: it is mapped without a detail."
        " Example: Keep.",
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=32,
        description="Details of one page fetched at a time; never more than politeness allows."
        " Example: 2.",
    )


class Politeness(SpecModel):
    """A budget per host, over all workers."""

    requests: int | None = Field(
        default=None, ge=1, description="Requests in each period. Example: 25."
    )
    period_seconds: int = Field(
        default=60, ge=1, le=86_400, description="The period, in seconds. Example: 60."
    )
    max_in_flight: int | None = Field(
        default=None, ge=1, le=1000, description="Requests under way at a time. Example: 2."
    )
    contact: ShortText = Field(
        default="",
        description="Address or URL for the User-Agent, so that the source can write."
        " Example: feeds@acme.example.",
    )
    robots_txt: Literal["Obey", "Ignore"] = Field(
        default="Obey",
        description="Whether the host's robots.txt holds where pages are crawled: sitemaps and"
        " details of HTML. An API is not crawled. Ignore: for a site of your own. Example: Ignore.",
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
        description="The <source> of a posting's _id; immutable. Default: <namespace>.<name>."
        " Example: acme.",
    )
    preset: Preset | None = Field(
        default=None,
        description="A base that what stands beside it is merged over: maps by key, lists and"
        " scalars replace. Example: {name: greenhouse, parameters: {board: acme}}.",
    )
    request: Request = Field(
        default_factory=Request,
        description="The request of a page. Example: {url: https://acme.example/jobs.json}.",
    )
    auth: Auth | None = Field(
        default=None,
        description="Credentials, combinable. Each value names a key of the namespace's Secret"
        " jobimport-credentials. Example: {bearer: acme-token}.",
    )
    partitions: Partitions | None = Field(
        default=None,
        description="The independent walks of the source; default: one."
        " Example: {values: [{name: berlin}, {name: lyon}]}.",
    )
    format: Format = Field(
        default_factory=Format,
        description="How to read the answer. Example: {type: json, records: jobs}.",
    )
    response_rules: Annotated[list[ResponseRule], Field(max_length=16)] = Field(
        default_factory=list[ResponseRule],
        description="Answers that mean something else than they say; the first that fits counts."
        " Example: [{status: [403], class: Throttled}].",
    )
    pagination: Pagination = Field(
        default_factory=Pagination,
        description="How to get from one page to the next. Example: {type: page}.",
    )
    detail: Detail | None = Field(
        default=None,
        description="A second fetch per record."
        " Example: {request: {url: '{+record.loc}'}, format: {type: jsonLd}}.",
    )
    incremental: Incremental | None = Field(
        default=None,
        description="Walks that ask only for what changed."
        " Example: {send: {in: query, name: updated_since}}.",
    )
    politeness: Politeness = Field(
        default_factory=Politeness,
        description="A budget per host, over all workers. Example: {requests: 25}.",
    )
