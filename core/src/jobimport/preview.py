"""What a preview shows: one page of a source, decoded and mapped, with nothing written."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

MOST_POSTINGS = 200
"""Postings that a preview can be asked to show."""


class PreviewModel(BaseModel):
    """A part of a preview: camelCase outside."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,
    )


class PreviewRequest(PreviewModel):
    """What a worker needs for a preview: the spec with its preset merged in."""

    spec: dict[str, Any]
    limit: int = Field(default=20, ge=1, le=MOST_POSTINGS)


class FilledField(PreviewModel):
    """How a field came out over all records of the page that were looked at."""

    filled: int = 0
    errors: int = 0
    distinct: int = 0


class PreviewReject(PreviewModel):
    """A record that cannot become a posting, and why; `raw` is its content as JSON, cut."""

    external_id: str | None
    reason: str
    message: str
    raw: str


class PreviewResult(PreviewModel):
    """A page as an import would take it. `records` counts those that it holds and that the filter
    lets through, `coverage` is over all of them, and `postings` are the first ones.
    """

    url: str
    status: int | None
    content_type: str
    records: int
    filtered: int = 0
    partition: str = ""
    postings: list[dict[str, Any]] = []
    coverage: dict[str, FilledField] = {}
    rejects: list[PreviewReject] = []
    rejected: int = 0
    warnings: list[str] = []
    advertised_total: int | None = None
    next_page: str | None = Field(
        default=None,
        description="How the page after this one would be asked for, in words; null: none.",
    )
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As it goes through the queue and over REST."""
        return self.model_dump(mode="json", by_alias=True)
