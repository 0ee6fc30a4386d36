"""Rejects as the API gives them."""

from datetime import datetime

from pydantic import Field

from jobimport_api.model import ApiModel, Page


class RejectInfo(ApiModel):
    """A record in quarantine."""

    id: str
    run: str
    external_id: str | None
    reason: str
    message: str
    raw: str = Field(description="The record as JSON text; in lists cut after 64 KiB.")
    at: datetime
    partition: str | None


class RejectGroup(ApiModel):
    """Rejects for the same reason."""

    reason: str
    count: int


class RejectPage(Page[RejectInfo]):
    """A page of rejects, and how many there are for which reason."""

    groups: list[RejectGroup] = Field(description="All of the import's rejects, by reason.")


class Replay(ApiModel):
    """Which rejects to map again; all of them where nothing is named."""

    reason: str | None = Field(default=None, max_length=500, description="Those of this reason.")
    run: str | None = Field(default=None, max_length=253, description="Those of this run.")
    partition: str | None = Field(
        default=None, max_length=500, description="Those of this partition."
    )
