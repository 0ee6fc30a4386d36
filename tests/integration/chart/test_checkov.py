"""What checkov says of the chart, of the workers' Deployment and of the Dockerfile."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.chart.rendered import CHART, MATRIX, Render, Values
from jobimport.ids import PoolKey
from jobimport_operator.adapters.kubernetes.deployment import WorkerTemplate, deployment

ROOT = CHART.parents[1]
EXCEPTIONS: list[dict[str, str]] = yaml.safe_load(
    (ROOT / "charts" / "checkov-exceptions.yaml").read_text()
)
# In an environment of its own: its pins would hold back the project's packages.
CHECKOV = [ROOT / ".tools" / "bin" / "uv", "tool", "run", "--quiet", "--from", "checkov==3.3.30"]
DIGEST = f"sha256:{'0' * 64}"
IMAGE: Values = {"image": {"digest": DIGEST}}


def everything_with_digests() -> Values:
    on = MATRIX["everything on"]
    board = {**MATRIX["demo with a board"]["demo"]["board"]}
    board["image"] = {**board["image"], "digest": DIGEST}
    parts = {part: {**on[part], **IMAGE} for part in ("operator", "gateway", "worker")}
    demo = {"enabled": True, "redis": IMAGE, "mongodb": IMAGE, "board": board}
    return {**on, **parts, "demo": demo}


def workers_deployment() -> dict[str, Any]:
    resources = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}
    template = WorkerTemplate(image=f"jobimport-worker@{DIGEST}", resources=resources)
    return deployment(PoolKey("recruiting", "default"), template)


def findings(*arguments: str) -> list[tuple[str, str, str]]:
    """Check, resource and the check's name of all that failed."""
    command = [*map(str, CHECKOV), "checkov", *arguments, "--skip-download", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        pytest.fail(f"checkov did not run: {done.stderr[-2000:]}{done.stdout[-500:]}")
    reports = said if isinstance(said, list) else [said]
    assert sum(each["summary"]["passed"] for each in reports) > 100
    assert not any(each["summary"]["parsing_errors"] for each in reports)
    return [
        (each["check_id"], each["resource"], each["check_name"])
        for report in reports
        for each in report["results"]["failed_checks"]
    ]


def fits(exception: dict[str, str], check: str, resource: str) -> bool:
    return bool(
        re.fullmatch(exception["check"], check) and re.fullmatch(exception["resources"], resource)
    )


def test_checkov_finds_nothing_but_the_explained_exceptions(render: Render, tmp_path: Path) -> None:
    manifests = [*render(everything_with_digests()), workers_deployment()]
    (tmp_path / "chart.yaml").write_text(yaml.safe_dump_all(manifests))
    found = findings("-d", str(tmp_path), "--framework", "kubernetes")
    found += findings("-f", str(ROOT / "Dockerfile"), "--framework", "dockerfile")
    unexplained = [
        each for each in found if not any(fits(rule, each[0], each[1]) for rule in EXCEPTIONS)
    ]
    assert not unexplained
    for rule in EXCEPTIONS:
        assert rule["why"].strip()
        assert any(fits(rule, check, resource) for check, resource, _ in found), (
            f"nothing needs the exception {rule['check']} for {rule['resources']} any more"
        )
