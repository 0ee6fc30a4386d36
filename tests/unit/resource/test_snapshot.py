"""What a run carries through the queue: all of its spec, and no word that was not said."""

import json
from typing import Any

import pytest
import yaml

from cluster.images import ROOT
from jobimport.presets import effective_spec
from jobimport.resource.spec import JobImportSpec
from jobimport.snapshot import RunSnapshot

EXAMPLES = [
    *sorted((ROOT / "examples").glob("*.yaml")),
    *sorted((ROOT / "examples" / "gitops").rglob("acme.yaml")),
]


def snapshot_of(spec: dict[str, Any]) -> RunSnapshot:
    return RunSnapshot(
        namespace="ns",
        name="imp",
        uid="uid",
        generation=1,
        run="run",
        sequence=1,
        reason="Requested",
        source_name="ns.imp",
        spec=effective_spec(JobImportSpec.model_validate(spec)),
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_a_snapshot_is_read_as_it_was_written(example: Any) -> None:
    for manifest in yaml.safe_load_all(example.read_text()):
        snapshot = snapshot_of(manifest["spec"])
        read = RunSnapshot.model_validate_json(snapshot.to_json())
        assert read.model_dump() == snapshot.model_dump()


def test_p1_a_snapshot_names_no_field_that_the_spec_leaves_out() -> None:
    """Workers of a release before such a field was added could not read it."""
    spec: dict[str, Any] = {
        "source": {
            "request": {"url": "https://jobs.example.com", "method": "POST", "json": {"q": None}},
            "format": {"type": "json", "records": "jobs"},
        },
        "mapping": {"externalId": "id", "title": "title"},
    }
    assert json.loads(snapshot_of(spec).to_json())["spec"] == spec
