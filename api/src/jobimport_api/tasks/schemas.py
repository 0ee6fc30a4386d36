"""One-off tasks as the API gives them."""

from typing import Literal

from pydantic import Field

from jobimport.preview import PreviewResult
from jobimport.replay import ReplayResult
from jobimport_api.model import ApiModel


class Asked(ApiModel):
    """A task that was put into a pool's queue."""

    namespace: str
    pool: str
    task: str = Field(description="Ask for its answer with this; it expires after 10 minutes.")


class TaskAnswer(ApiModel):
    """Where a one-off task stands."""

    state: Literal["waiting", "working", "done", "failed"]
    result: PreviewResult | ReplayResult | None = Field(
        description="Of a preview a PreviewResult, of a replay a ReplayResult; null before the end."
    )
    error: str | None = Field(description="Why it failed, or last did before it is tried again.")
