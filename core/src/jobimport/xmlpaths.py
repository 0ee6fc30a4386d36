"""Paths to single values in an XML document, such as feed.link[@rel=next].@href."""

import re
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"^(?P<name>[^\[\]@]+)(?:\[@(?P<attribute>[^=\]]+)=(?P<value>[^\]]*)\])?$")


@dataclass(frozen=True, slots=True)
class XmlPath:
    """Local names from the root on; of the last element an attribute, or else its text.

    The last element may have to have an attribute of a value: `link[@rel=next]`.
    """

    names: tuple[str, ...]
    attribute: str | None = None
    condition: tuple[str, str] | None = None

    @classmethod
    def parse(cls, text: str) -> "XmlPath":
        """Read a path; ValueError, in words, for one that cannot be read."""
        steps = re.split(r"\.(?![^\[]*\])", text)
        attribute = steps.pop()[1:] if steps[-1].startswith("@") else None
        names: list[str] = []
        condition: tuple[str, str] | None = None
        for step in steps:
            found = _STEP.match(step)
            if found is None or (found["attribute"] and step is not steps[-1]):
                raise ValueError(
                    f"{text!r}: expected names joined by dots, at the end .@attribute, and a"
                    " condition [@attribute=value] on the last element only"
                )
            names.append(found["name"])
            if found["attribute"]:
                condition = (found["attribute"], found["value"].strip("\"'"))
        if not names:
            raise ValueError(f"{text!r}: expected the name of an element first")
        return cls(tuple(names), attribute, condition)

    def value(self, element: Any) -> str | None:
        """The value that an element at the path has; None where it has none."""
        attributes = {str(name).rpartition("}")[2]: each for name, each in element.attrib.items()}
        if self.condition is not None and attributes.get(self.condition[0]) != self.condition[1]:
            return None
        found = attributes.get(self.attribute) if self.attribute else element.text
        return (found or "").strip() or None
