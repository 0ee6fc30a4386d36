"""Postings as the API gives them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from jobimport_api.model import ApiModel
from jobimport_api.rejects.schemas import RejectInfo


class RecordInfo(ApiModel):
    """A posting, as a list shows it."""

    external_id: str
    id: str = Field(description="`_id` in MongoDB: <source>:<externalId>.")
    title: str | None
    company: str | None
    locations: str = Field(description="Places, in words; empty: none.")
    url: str | None
    first_seen_at: datetime | None
    last_changed_at: datetime | None
    closed_at: datetime | None = Field(description="Null: it is open.")
    closed_reason: str | None
    partitions: list[str]


class FieldChange(ApiModel):
    """What a field was and became; long values are cut."""

    from_: Any = Field(default=None, alias="from")
    to: Any = None


class HistoryEntry(ApiModel):
    """One thing that happened to a posting."""

    at: datetime
    run: str | None
    kind: str = Field(description="Inserted, Updated, Closed or Reopened.")
    fields: dict[str, FieldChange]


class RecordDetail(ApiModel):
    """A posting, whole."""

    posting: dict[str, Any] | None = Field(description="As stored; null: there is none.")
    history: list[HistoryEntry] = Field(description="The newest last.")
    raw: Any = Field(description="The source's own content; null where it is not kept.")
    last_seen_run: str | None = Field(description="The newest run that saw it, as far as is kept.")
    reject: RejectInfo | None = Field(description="Its record in quarantine, if there is one.")


Answer = Literal["Open", "Closed", "Rejected", "Filtered", "NeverSeen", "Held"]


class Why(ApiModel):
    """Why a job is, or is not, among the postings."""

    answer: Answer
    sentence: str = Field(description="The answer, with what it rests on and what can be done.")
    record: RecordInfo | None
    reject: RejectInfo | None
