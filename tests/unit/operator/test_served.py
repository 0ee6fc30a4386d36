"""A CRD that is older than the operator is noticed, said, and worked with."""

import copy
from typing import Any

from jobimport_operator.adapters.kubernetes.served import (
    missing_fields,
    outdated,
    own_schema,
    without,
)


def an_older_schema() -> dict[str, Any]:
    older = copy.deepcopy(own_schema())
    status = older["properties"]["status"]["properties"]
    del status["workers"]["properties"]["reason"]
    del status["conditions"]["items"]["properties"]["observedGeneration"]
    del older["properties"]["spec"]["properties"]["historyLimit"]
    return older


def test_our_own_crd_lacks_nothing() -> None:
    assert list(missing_fields(own_schema(), own_schema())) == []
    assert outdated([]) is None


def test_each_missing_field_is_named_by_its_path() -> None:
    assert sorted(missing_fields(own_schema(), an_older_schema())) == [
        "spec.historyLimit",
        "status.conditions[].observedGeneration",
        "status.workers.reason",
    ]


def test_a_newer_crd_lacks_nothing() -> None:
    newer = copy.deepcopy(own_schema())
    newer["properties"]["spec"]["properties"]["brandNew"] = {"type": "string"}
    assert list(missing_fields(own_schema(), newer)) == []


def test_the_message_names_fields_and_says_what_to_do() -> None:
    said = outdated([f"spec.field{number}" for number in range(8)]) or ""
    assert "spec.field0" in said
    assert "and 3 more" in said
    assert "helm upgrade" in said


def test_fields_that_would_be_refused_are_left_out_of_what_is_written() -> None:
    manifest = {
        "status": {
            "workers": {"desired": 1, "reason": "why"},
            "conditions": [
                {"type": "Ready", "observedGeneration": 3},
                {"type": "Stalled", "observedGeneration": 3},
            ],
        }
    }
    missing = list(missing_fields(own_schema(), an_older_schema()))
    assert without(manifest, missing) == {
        "status": {
            "workers": {"desired": 1},
            "conditions": [{"type": "Ready"}, {"type": "Stalled"}],
        }
    }
    assert manifest["status"]["workers"]["reason"] == "why"  # type: ignore[index]
