"""The fields of a model's schema, each with its meaning and an example."""

from collections.abc import Iterator
from typing import Any


def fields_of(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All fields below a schema, with their paths; below a list it goes on after []."""
    for name, each in schema.get("properties", {}).items():
        below = f"{path}.{name}"
        yield below, each
        yield from fields_of(each, below)
        yield from fields_of(each.get("items", {}), f"{below}[]")


def example_of(schema: dict[str, Any]) -> tuple[str, str | None]:
    """A field's meaning and the example that its description ends with; None where it has none."""
    description = str(schema.get("description", ""))
    meaning, mark, example = description.rpartition("Example")
    if not mark:
        return description, None
    return meaning.strip(), example.removeprefix("s").removeprefix(":").strip().removesuffix(".")
