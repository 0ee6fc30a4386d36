"""Actions as the API answers them."""

from enum import StrEnum

from pydantic import Field

from jobimport_api.model import ApiModel


class Action(StrEnum):
    """What can be done with an import, beside running it and retrying what failed."""

    CANCEL = "cancel"
    SUSPEND = "suspend"
    RESUME = "resume"
    APPROVE_CLOSE = "approve-close"


class Accepted(ApiModel):
    """A request that will be acted on."""

    token: str = Field(
        description="Value of the annotation; status says when it was handled. Of suspend and"
        " resume, which change the spec, `suspended` or `resumed`."
    )
