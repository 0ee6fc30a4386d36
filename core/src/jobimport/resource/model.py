"""What all parts of the resource's spec and status have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class SpecModel(BaseModel):
    """A part of the spec: camelCase outside, immutable, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class StatusModel(BaseModel):
    """A part of the status: camelCase outside, immutable, fields of a newer version passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    def to_manifest(self) -> dict[str, Any]:
        """As it stands in the resource: camelCase, absent fields left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def rules(*rules: tuple[str, str]) -> dict[str, Any]:
    """CEL rules for a model's schema: pairs of an expression and the message when it is false."""
    return {
        "x-kubernetes-validations": [
            {"rule": expression, "message": message} for expression, message in rules
        ]
    }


ShortText = Annotated[str, Field(max_length=256)]
Text = Annotated[str, Field(max_length=4096)]
Expression = Annotated[str, Field(max_length=2048)]
"""A JMESPath expression; empty: not given."""
Name = Annotated[str, Field(max_length=63, pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")]
SecretKey = Annotated[str, Field(max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
"""A key of the namespace's Secret jobimport-credentials."""
TextMap = Annotated[dict[str, Text], Field(max_length=64)]
Parameters = Annotated[dict[str, Text], Field(max_length=32)]
