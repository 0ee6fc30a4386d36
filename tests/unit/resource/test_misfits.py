"""What people write by mistake is answered with what was expected, and how it would look."""

from typing import Any

import pytest
import yaml

from jobimport.manifests import read_manifest
from jobimport.resource.names import API_VERSION, KIND

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"schedule": "every 30 minutes"}, "spec.schedule: does not have the form that is expected,"
     " such as schedule: */30 * * * *"),
    ({"activeDeadlineSeconds": "1h"}, "spec.activeDeadlineSeconds: expected a whole number, such as"
     " activeDeadlineSeconds: 3600"),
    ({"suspend": "yes"}, "spec.suspend: expected true or false, such as suspend: true"),
    ({"batchSize": "500"}, "spec.batchSize: expected a whole number, such as batchSize: 500"),
    ({"source": {"format": {"type": "JSON"}}}, "spec.source.format.type: expected one of json,"
     " jsonLines, xml, csv, sitemap, jsonLd (did you mean 'json'?)"),
    ({"source": {"pagination": {"type": "pages"}}}, "(did you mean 'page'?)"),
    ({"source": {"pagination": {"type": "page", "size": 100}}}, "spec.source.pagination.size:"
     " expected fields of its own, such as size: {in: query, name: limit, value: 100}"),
    ({"source": {"responseRules": [{"status": 403, "class": "Throttled"}]}},
     "spec.source.responseRules.0.status: expected a list, such as status: [403]"),
    ({"source": {"request": {"maxResponseBytes": "5GB"}}}, "such as maxResponseBytes: 500Mi"),
    ({"source": {"partitions": {"values": [{"id": 17}]}}}, "spec.source.partitions.values.0.id:"
     " expected a text; put quotes around it, such as values: [{name: berlin, city: '17'}]"),
    ({"source": {"incremental": {"field": "at"}}}, "spec.source.incremental.send: is needed, such"
     " as send: {in: query, name: updated_since}"),
    ({"completeness": {"closeGuard": {"maxPercent": 130}}},
     "spec.completeness.closeGuard.maxPercent: has to be less than or equal to 100"),
    ({"mapping": {"required": ["company"]}},
     "spec.mapping.required: mapping.company has no expression, so each record would be rejected"),
    ({"mapping": {"minCoverage": {"description": 90}}},
     "spec.mapping.minCoverage: mapping.description has no expression, so each run would be Held"),
    ({"source": {"request": {"url": "https://a.example/{{ page }}"}}},
     "spec.source.request.url: {page} is sent by nothing: spec.source.pagination.send gives"
     " {page.number} with {in: path, name: number}"),
]  # fmt: skip


def problems_of(over: dict[str, Any]) -> list[str]:
    source = {"request": {"url": "https://acme.example/jobs"}, "format": {"records": "jobs"}}
    spec: dict[str, Any] = {"source": source, "mapping": {"externalId": "id", "title": "title"}}
    for name, value in over.items():
        spec[name] = {**spec.get(name, {}), **value} if isinstance(value, dict) else value
    manifest = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": "x"}, "spec": spec}
    reading = read_manifest(yaml.safe_dump(manifest))
    return [f"{each.path}: {each.message}" for each in reading.problems]


@pytest.mark.parametrize(("over", "said"), MISTAKES, ids=[said[:60] for _, said in MISTAKES])
def test_p10_a_mistake_is_answered_with_what_was_expected(over: dict[str, Any], said: str) -> None:
    problems = problems_of(over)
    assert len(problems) == 1
    assert said in problems[0]


def test_p10_a_secret_that_is_written_in_place_of_its_key_is_not_repeated() -> None:
    (said,) = problems_of({"source": {"request": {"url": "https://a.example/x"},
                                      "auth": {"bearer": "Bearer s3cr3t!"}}})  # fmt: skip
    assert said.endswith("such as bearer: acme-token")
    assert "s3cr3t" not in said


def test_what_a_walk_puts_into_the_path_may_be_named_in_the_url() -> None:
    walk = {"type": "page", "send": {"in": "path", "name": "number"}}
    url = "https://acme.example/jobs/{page.number}"
    assert problems_of({"source": {"request": {"url": url}, "pagination": walk}}) == []
