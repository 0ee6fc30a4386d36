"""The spec of a JobImport."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from jobimport.resource.fetching import Source
from jobimport.resource.model import Expression, ShortText, SpecModel, rules

_BOUNDED_NAME = r"^[a-zA-Z_][a-zA-Z0-9_-]*$"
FieldName = Annotated[str, Field(max_length=64, pattern=r"^[a-zA-Z][a-zA-Z0-9]*$")]


class Locations(SpecModel):
    """Where the work is done."""

    for_each: Expression = Field(
        default="",
        description="JMESPath to a list: the fields below are over each of its items."
        " Example: offices.",
    )
    text: Expression = Field(
        default="", description="The place as the source writes it. Example: location.name."
    )
    street: Expression = Field(
        default="", description="Street and number. Example: address.street."
    )
    city: Expression = Field(default="", description="City. Example: address.city.")
    region: Expression = Field(default="", description="Region or state. Example: address.state.")
    postal_code: Expression = Field(default="", description="Postal code. Example: address.zip.")
    country: Expression = Field(
        default="", description="Country, a name or an ISO 3166 code. Example: address.country."
    )


class Salary(SpecModel):
    """What is paid."""

    min: Expression = Field(default="", description="Lowest amount. Example: salary.from.")
    max: Expression = Field(default="", description="Highest amount. Example: salary.to.")
    currency: Expression = Field(default="", description="ISO 4217 code. Example: salary.currency.")
    unit: Expression = Field(
        default="", description="HOUR, DAY, WEEK, MONTH or YEAR. Example: salary.per."
    )
    text: Expression = Field(
        default="", description="The salary as the source writes it. Example: compensation."
    )


class MappingSpec(SpecModel):
    """From a record to a posting: each field is a JMESPath expression; null in, null out."""

    external_id: Expression = Field(
        default="",
        description="What identifies the record at its source; needed for each record."
        " Example: id.",
    )
    title: Expression = Field(default="", description="Title of the job. Example: title.")
    description: Expression = Field(
        default="", description="Description; HTML is sanitised. Example: html(unescape(content))."
    )
    company: Expression = Field(default="", description="Who hires. Example: employer.name.")
    locations: Locations | None = Field(
        default=None, description="Where the work is done. Example: {city: city, country: country}."
    )
    remote: Expression = Field(
        default="",
        description="Whether the work can be done anywhere. Example: workplace == 'remote'.",
    )
    employment_types: Expression = Field(
        default="",
        description="FULL_TIME, PART_TIME, CONTRACTOR, …, one or a list."
        " Example: split(job_types, ',').",
    )
    salary: Salary | None = Field(
        default=None, description="What is paid. Example: {min: pay.from, max: pay.to}."
    )
    date_posted: Expression = Field(
        default="", description="When it was posted. Example: date(published)."
    )
    valid_through: Expression = Field(
        default="", description="When it ends. Example: date(expires, '%d/%m/%Y')."
    )
    apply_url: Expression = Field(default="", description="Where to apply. Example: links.apply.")
    url: Expression = Field(
        default="",
        description="Where it can be read. Example: concat('https://jobs.acme.example/', slug).",
    )
    department: Expression = Field(
        default="", description="Department or category. Example: departments[0].name."
    )
    language: Expression = Field(
        default="", description="Language of the posting, BCP 47. Example: locale."
    )
    identifiers: Annotated[dict[str, Expression], Field(max_length=32)] = Field(
        default_factory=dict,
        description="Other identifiers, by name. Example: {requisition: reqId}.",
    )
    extra: Annotated[dict[str, Expression], Field(max_length=64)] = Field(
        default_factory=dict,
        description="Further fields of your own, by name. Example: {seniority: level}.",
    )
    constants: Annotated[dict[str, ShortText], Field(max_length=32)] = Field(
        default_factory=dict,
        description="Canonical fields with a fixed value, where the expression gives none."
        " Example: {company: Acme}.",
    )
    required: Annotated[list[FieldName], Field(max_length=32)] = Field(
        default_factory=list,
        description="Fields without which a record is rejected; elsewhere an error gives null."
        " Example: [title, url].",
    )
    min_coverage: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=100)]], Field(max_length=32)
    ] = Field(
        default_factory=dict,
        description="Least share of postings, in percent, in which a field is filled. Below it the"
        " run is Held: no good value is overwritten by null. Example: {description: 90}.",
    )
    keep_raw: bool = Field(
        default=False, description="Whether the record is stored as raw too. Example: true."
    )


class CloseGuard(SpecModel):
    """How much one run may close of a partition without approval."""

    max_percent: int = Field(
        default=30, ge=0, le=100, description="Share of the open postings, in percent. Example: 30."
    )
    free_count: int = Field(
        default=10, ge=0, le=1_000_000, description="Number that may always be closed. Example: 10."
    )


class Completeness(SpecModel):
    """What a walk proves about the postings that it did not see."""

    authoritative: bool = Field(
        default=True,
        description="Whether the source lists all its postings; if not, nothing is closed for being"
        " missed; what is over, or of a removed partition, still is. Example: false.",
    )
    misses_before_close: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Complete runs that miss a posting before it is closed. Example: 2.",
    )
    confirm_empty_runs: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Empty runs in a row before an empty source is believed. Example: 2.",
    )
    close_guard: CloseGuard = Field(
        default_factory=CloseGuard,
        description="How much one run may close without approval."
        " Example: {maxPercent: 30, freeCount: 10}.",
    )


class Retry(SpecModel):
    """How a failed page is tried again; what is absent comes from the worker's environment."""

    max_attempts: int | None = Field(
        default=None, ge=1, le=100, description="Tries of a page. Example: 5."
    )
    initial_delay_seconds: int | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="Delay before the second try, in seconds. Example: 2.",
    )
    multiplier: int | None = Field(
        default=None,
        ge=1,
        le=10,
        description="What each further delay is multiplied by. Example: 2.",
    )
    max_delay_seconds: int | None = Field(
        default=None, ge=1, le=86_400, description="Longest delay, in seconds. Example: 300."
    )


class Retention(SpecModel):
    """How long what is over is kept."""

    closed_days: int = Field(
        default=90, ge=1, le=36_500, description="Closed postings, in days. Example: 90."
    )
    reject_days: int = Field(
        default=14, ge=1, le=3_650, description="Rejects, in days. Example: 14."
    )


class Destination(SpecModel):
    """Where postings are written."""

    collection: Annotated[str, Field(max_length=64, pattern=_BOUNDED_NAME)] = Field(
        default="jobs", description="MongoDB collection. Example: jobs."
    )
    retention: Retention = Field(
        default_factory=Retention,
        description="How long what is over is kept. Example: {closedDays: 90}.",
    )


class OnSpecChange(StrEnum):
    """What a changed spec does to a run in progress."""

    FINISH = "Finish"
    REPLACE = "Replace"


class JobImportSpec(SpecModel):
    """What to import, when and how."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "has(self.source.preset) || (has(self.mapping) && has(self.mapping.externalId)"
                " && size(self.mapping.externalId) > 0)",
                "mapping.externalId is needed where no preset gives it",
            ),
            ("!has(self.timeZone) || has(self.schedule)", "timeZone needs a schedule"),
        )
    )

    schedule: (
        Annotated[
            str,
            Field(
                max_length=128,
                pattern=r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+(\s+\S+){4})$",
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="When to run, as in CronJob: five fields, or @hourly and the like. Absent: once"
        " per change of the spec, and on request. Example: */30 * * * *.",
    )
    time_zone: Annotated[str, Field(max_length=64, min_length=1)] | None = Field(
        default=None,
        description="Time zone of the schedule, as in CronJob; default Etc/UTC."
        " Example: Europe/Berlin.",
    )
    starting_deadline_seconds: int | None = Field(
        default=None,
        ge=10,
        le=31_536_000,
        description="How late a missed run may still start, in seconds. After an outage the newest"
        " missed time runs once. Example: 600.",
    )
    jitter_seconds: int = Field(
        default=0,
        ge=0,
        le=3600,
        description="Spread runs over so many seconds; an import's own offset never changes."
        " Example: 60.",
    )
    suspend: bool = Field(
        default=False,
        description="No new run, and the current one pauses between pages. Example: true.",
    )
    on_spec_change: OnSpecChange = Field(
        default=OnSpecChange.FINISH,
        description="What a changed spec does to a run in progress: Finish lets it end, Replace"
        " cancels it. Example: Replace.",
    )
    active_deadline_seconds: int | None = Field(
        default=None,
        ge=1,
        le=2_592_000,
        description="How long a run may take, in seconds. Example: 3600.",
    )
    source: Source = Field(
        description="Where to fetch from."
        " Example: {preset: {name: greenhouse, parameters: {board: acme}}}."
    )
    mapping: MappingSpec = Field(
        default_factory=MappingSpec,
        description="From a record to a posting. Example: {externalId: id, title: title}.",
    )
    completeness: Completeness = Field(
        default_factory=Completeness,
        description="What a walk proves about what it did not see."
        " Example: {authoritative: false}.",
    )
    retry: Retry = Field(
        default_factory=Retry,
        description="How a failed page is tried again. Example: {maxAttempts: 5}.",
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Records per write; default from the worker's environment. Example: 500.",
    )
    concurrency: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Tasks of this import in work at a time; default from the environment."
        " Example: 4.",
    )
    pool: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")] = Field(
        default="default", description="Pool of workers, one of the chart's values. Example: large."
    )
    destination: Destination = Field(
        default_factory=Destination,
        description="Where postings are written. Example: {collection: jobs}.",
    )
    history_limit: int = Field(
        default=20, ge=1, le=1000, description="Runs whose history is kept in MongoDB. Example: 20."
    )
