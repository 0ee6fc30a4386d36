"""Who asks, and what they talk to, as the API gives it."""

from pydantic import Field

from jobimport_api.model import ApiModel


class Info(ApiModel):
    """What this gateway is."""

    version: str
    epoch: str = Field(description="Changes with each start: live messages begin anew.")
    auth_mode: str = Field(description="kubernetes or none.")
    mode: str = Field(description="kubernetes or local.")


class Session(ApiModel):
    """Who you are."""

    name: str = Field(description="Your name, as the cluster knows you.")
    auth_mode: str = Field(description="kubernetes or none.")
    mode: str = Field(description="kubernetes or local.")
