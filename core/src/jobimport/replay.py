"""What is asked of a replay, and what it answers: rejects mapped again, without fetching."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class ReplayModel(BaseModel):
    """A part of a replay: camelCase outside, fields that are not known passed over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class ReplayRequest(ReplayModel):
    """Which rejects of an import are mapped again; None: whatever their reason, run or partition.

    `spec` is the present one with its preset merged in, `sourceName` that of the import's status.
    """

    spec: dict[str, Any]
    source_name: str
    reason: str | None = None
    run: str | None = None
    partition: str | None = None


class ReplayResult(ReplayModel):
    """What a replay came to."""

    replayed: int = Field(description="Rejects that became postings.")
    rejected_again: int = Field(description="Rejects that the present mapping refuses too.")
    message: str = Field(description="The same and more, in a sentence.")

    def to_json(self) -> dict[str, Any]:
        """As the task's answer holds it."""
        return self.model_dump(mode="json", by_alias=True)
