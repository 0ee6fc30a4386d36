"""What the chart makes of unusual values is what a real API server takes; nothing is stored."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.helm import helm_path
from integration.chart.rendered import CHART, MATRIX, UNUSUAL, Manifest

from .conftest import Kubectl

CASES = {**MATRIX, **{name: case.values for name, case in UNUSUAL.items()}}
SYSTEM = "chart-system"


def rendered(what: str, folder: Path) -> list[Manifest]:
    path = folder / "values.json"
    path.write_text(json.dumps(CASES[what]))
    case = UNUSUAL.get(what)
    place = case.namespace if case else SYSTEM
    command = [helm_path(), "template", case.release if case else "ji", CHART, "-n", place]
    done = subprocess.run(
        [*command, "--values", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


@pytest.fixture(scope="module")
def namespaces(kubectl: Kubectl) -> Iterator[set[str]]:
    """Those that were made; one that goes takes nothing more, so they go at the end."""
    made: set[str] = set()
    yield made
    for each in made - {"default"}:
        kubectl("delete", "namespace", each, "--wait=false")


@pytest.mark.parametrize("what", CASES)
def test_what_unusual_values_make_is_taken_by_the_api_server(
    what: str,
    namespaces: set[str],
    upstream: None,
    kubeconfig: Path,
    kubectl: Kubectl,
    tmp_path: Path,
) -> None:
    manifests = rendered(what, tmp_path)
    wanted = {each["metadata"].get("namespace", SYSTEM) for each in manifests}
    for each in wanted - namespaces:
        kubectl("create", "namespace", each, check=False)
    namespaces |= wanted
    found: dict[str, Any] = {"apiVersion": "v1", "kind": "List", "items": manifests}
    how = ("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict")
    done = kubectl("apply", *how, "-f", "-", given=found, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(manifests)
