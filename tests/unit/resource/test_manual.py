"""The manual has an example for each field that somebody can write, and each of them is right."""

import copy
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from jobimport.resource.crd import structural
from jobimport.resource.fields import example_of, fields_of
from jobimport.resource.manual import spec_page
from jobimport.resource.spec import JobImportSpec
from jobimport.validation import check_spec

FIELDS = dict(fields_of(structural(JobImportSpec), "spec"))
USUAL: dict[str, Any] = {
    "source": {
        "request": {"url": "https://acme.example/jobs"},
        "format": {"records": "jobs"},
    },
    "mapping": {"externalId": "id", "title": "title"},
}
ASKED = {
    "request": {"url": "https://acme.example/boards"},
    "format": {"records": "boards"},
    "partitions": "boards",
}
DETAIL = {"url": "https://acme.example/jobs/{record.id}", "query": {"id": "{record.id}"}}
BESIDE: dict[str, dict[str, Any]] = {
    "spec.timeZone": {"schedule": "@hourly"},
    "spec.source.preset": {"source": {"preset": {"name": "greenhouse"}}},
    "spec.source.partitions.discover": {"source": {"partitions": {"discover": ASKED}}},
    "spec.source.responseRules": {
        "source": {"responseRules": [{"status": [403], "class": "Empty"}]}
    },
    "spec.source.pagination": {
        "source": {"pagination": {"type": "page", "size": {"name": "size", "value": 20}}}
    },
    "spec.source.detail": {"source": {"detail": {"request": DETAIL}}},
    "spec.source.detail.format.type": {"source": {"detail": {"format": {"records": "job"}}}},
    "spec.mapping.required": {"mapping": {"url": "url"}},
    "spec.mapping.minCoverage": {"mapping": {"description": "html(body)"}},
    "spec.source.incremental": {"source": {"incremental": {"send": {"name": "since"}}}},
}
"""What some fields need beside them, by the begin of their paths."""


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {k: merged(below[k], v) for k, v in above.items() if isinstance(below.get(k), dict)}
    return {**below, **above, **both}


def put(spec: dict[str, Any], path: str, value: Any) -> None:
    """Write a value at a path of a spec; where it is in a list, into its first element."""
    *above, last = path.split(".")[1:]
    at = spec
    for name in above:
        plain = name.removesuffix("[]")
        inside = at.setdefault(plain, [{}] if name != plain else {})
        at = inside[0] if name != plain else inside
    at[last] = value


def value_of(path: str) -> Any:
    """A field's example as somebody writes it."""
    text = str(example_of(FIELDS[path])[1])
    return text if FIELDS[path].get("type") == "string" else yaml.safe_load(text)


def problems_of(path: str, value: Any) -> list[str]:
    """What the validator says of a usual spec with the value at the path."""
    spec = copy.deepcopy(USUAL)
    for begin, beside in BESIDE.items():
        spec = merged(spec, copy.deepcopy(beside)) if path.startswith(begin) else spec
    put(spec, path, value)
    try:
        return [str(each) for each in check_spec(JobImportSpec.model_validate(spec))]
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, ('spec', *each['loc'])))}: {each['msg']}"
            for each in error.errors()
        ]


def test_every_field_of_the_spec_has_a_meaning_and_an_example() -> None:
    assert len(FIELDS) > 100
    bare = [path for path, schema in FIELDS.items() if not all(example_of(schema))]
    assert bare == [], "end the field's description with `Example: ….` in its model"


def test_an_example_stands_in_a_column_of_its_own() -> None:
    row = next(line for line in spec_page().splitlines() if "`spec.mapping.datePosted`" in line)
    assert row == "| `spec.mapping.datePosted` | string | When it was posted. | `date(published)` |"


@pytest.mark.parametrize("path", FIELDS)
def test_the_example_of_a_field_is_taken_by_the_validator(path: str) -> None:
    assert problems_of(path, value_of(path)) == []


@pytest.mark.parametrize("path", [path for path, schema in FIELDS.items() if "enum" in schema])
def test_each_value_that_a_field_offers_is_taken(path: str) -> None:
    """It may need another field beside it, which is then the one that is named."""
    for value in FIELDS[path]["enum"]:
        assert not [each for each in problems_of(path, value) if each.startswith(f"{path}:")], value


def test_what_a_detail_cannot_have_is_neither_offered_nor_taken() -> None:
    """It is one record: to leave some out, to group them or to list pages has no meaning."""
    detail = "spec.source.detail.format"
    for name, value in (("where", "id"), ("groupBy", "id"), ("type", "sitemap")):
        assert problems_of(f"{detail}.{name}", value)
    assert f"{detail}.where" not in FIELDS
    assert "sitemap" not in FIELDS[f"{detail}.type"]["enum"]
    assert "spec.source.partitions.discover.format.where" not in FIELDS


def test_an_example_that_is_wrong_would_be_noticed() -> None:
    """Of each type, and where only the checks beyond the schema can tell."""
    wrong = {
        "spec.schedule": "61 * * * *",
        "spec.suspend": "perhaps",
        "spec.batchSize": "many",
        "spec.mapping.title": "mony(title)",
        "spec.source.request.url": "acme.example",
        "spec.source.preset.name": "greenhose",
        "spec.source.pagination.type": "pages",
        "spec.source.format.where": "contains(loc",
    }
    assert {path for path, value in wrong.items() if problems_of(path, value)} == set(wrong)
