"""What all answers have in common: camelCase JSON, unknown values as null."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Item = TypeVar("Item")


class ApiModel(BaseModel):
    """A part of an answer or of a request."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        # An answer has all its fields: clients need not tell null from absent.
        json_schema_serialization_defaults_required=True,
    )

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return self.model_dump(mode="json", by_alias=True)


class Page(ApiModel, Generic[Item]):
    """A page of a list."""

    items: list[Item] = Field(description="The page's items.")
    next_cursor: str | None = Field(default=None, description="Cursor of the next page.")
    total: int | None = Field(default=None, description="Items in all, where that is known.")
