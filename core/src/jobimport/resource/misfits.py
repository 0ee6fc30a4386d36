"""What a value that does not fit its field should be, in words and with the field's example."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jobimport.problems import did_you_mean
from jobimport.resource.crd import structural
from jobimport.resource.fields import example_of, fields_of
from jobimport.resource.spec import JobImportSpec

_EXPECTED = {
    "model_type": "fields of its own",
    "model_attributes_type": "fields of its own",
    "dict_type": "fields of its own",
    "list_type": "a list",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text; put quotes around it",
}
"""By the kind of a pydantic error. What is not here is said in pydantic's words."""


def misfit(error: Any) -> str:
    """What is wrong with a value, by the pydantic error about it; of values, only what is no secret
    is repeated.
    """
    kind = str(error["type"])
    if kind == "missing":
        return "is needed" + _such_as(error["loc"])
    if kind in ("enum", "literal_error"):
        return _one_of(re.findall(r"'([^']*)'", str(error["ctx"]["expected"])), error.get("input"))
    if kind == "string_pattern_mismatch":
        return f"does not have the form that is expected{_such_as(error['loc'])}"
    expected = _EXPECTED.get(kind)
    if expected is not None:
        return f"expected {expected}{_such_as(error['loc'])}"
    words = re.sub(r"^(Input|String|Dictionary|List) should", "has to", str(error["msg"]))
    return words[:1].lower() + words[1:]


def _one_of(names: Sequence[str], given: Any) -> str:
    alike = next((each for each in names if each.lower() == str(given).lower()), None)
    hint = f"did you mean {alike!r}? " if alike else did_you_mean(str(given), names)
    return f"expected one of {', '.join(names)}" + (f" ({hint.strip()})" if hint else "")


def _such_as(location: Sequence[Any]) -> str:
    """The example of the field at a location, or of the one that it is an entry of."""
    parts = ["spec"]
    for each in location:
        if isinstance(each, int):
            parts[-1] += "[]"
        elif each != "[key]":
            parts.append(str(each))
    while len(parts) > 1:
        example = _examples().get(".".join(parts).removesuffix("[]"))
        if example is not None:
            return f", such as {parts[-1].removesuffix('[]')}: {example}"
        parts.pop()
    return ""


@cache
def _examples() -> dict[str, str]:
    fields = fields_of(structural(JobImportSpec), "spec")
    found = ((path, example_of(each)[1]) for path, each in fields)
    return {path: example for path, example in found if example is not None}
