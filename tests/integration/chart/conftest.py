"""The chart as Helm renders it."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from cluster.helm import helm_path
from integration.chart.rendered import CHART, MATRIX, Manifest, Refused, Render, Values


@pytest.fixture(scope="session")
def helm() -> Path:
    return helm_path()


@pytest.fixture
def render(helm: Path, tmp_path: Path) -> Render:
    def rendered(values: Values) -> list[Manifest]:
        path = tmp_path / "values.json"
        path.write_text(json.dumps(values))
        command = [helm, "template", "ji", CHART, "--namespace", "system", "--values", path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Refused(done.stderr)
        return [each for each in yaml.safe_load_all(done.stdout) if each]

    return rendered


@pytest.fixture(params=list(MATRIX))
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def manifests(case: str, render: Render) -> list[Manifest]:
    return render(MATRIX[case])
