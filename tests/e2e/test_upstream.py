"""What KEDA, Argo CD, Flux, the Prometheus Operator and the Gateway API are told, judged by their
own CRDs on a real API server, with unknown fields refused.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.helm import helm_path
from integration.chart.rendered import CHART, MATRIX, of_kind

from .conftest import ROOT, Kubectl

EXAMPLES = (
    "keda/scaledobject.yaml",
    "gitops/argocd/application.yaml",
    "gitops/flux/kustomization.yaml",
)
OTHERS = ("ServiceMonitor", "PodMonitor", "PrometheusRule", "HTTPRoute")


def judged(kubectl: Kubectl, manifest: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Have the API server judge a manifest; nothing is stored."""
    kubectl("create", "namespace", manifest["metadata"]["namespace"], check=False)
    strict = ("--dry-run=server", "--validate=strict")
    return kubectl("create", *strict, "-f", "-", given=json.dumps(manifest), check=False)


def scaled_object() -> dict[str, Any]:
    texts = yaml.safe_load_all((ROOT / "examples" / EXAMPLES[0]).read_text())
    return next(each for each in texts if each["kind"] == "ScaledObject")


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_what_their_tools_take(example: str, upstream: None, kubectl: Kubectl) -> None:
    for manifest in yaml.safe_load_all((ROOT / "examples" / example).read_text()):
        done = judged(kubectl, manifest)
        assert done.returncode == 0, done.stderr


def test_the_charts_monitors_rules_and_route_are_what_their_operators_take(
    upstream: None, kubectl: Kubectl, tmp_path: Path
) -> None:
    route = MATRIX["a route"]["gateway"]["httpRoute"]
    on = MATRIX["everything on"]
    values = tmp_path / "values.json"
    values.write_text(json.dumps({**on, "gateway": {**on["gateway"], "httpRoute": route}}))
    command = [helm_path(), "template", "ji", CHART, "--namespace", "system", "-f", values]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    found = of_kind([each for each in yaml.safe_load_all(text) if each], *OTHERS)
    assert {each["kind"] for each in found} == set(OTHERS)
    for manifest in found:
        done = judged(kubectl, manifest)
        assert done.returncode == 0, done.stderr


def test_a_misspelt_field_and_a_wrong_type_are_refused(upstream: None, kubectl: Kubectl) -> None:
    """So that the tests above can fail."""
    misspelt, wrong = scaled_object(), scaled_object()
    misspelt["spec"]["coolDownPeriod"] = 5
    wrong["spec"]["triggers"][0]["metadata"]["targetValue"] = 4
    for manifest, named in ((misspelt, "coolDownPeriod"), (wrong, "targetValue")):
        done = judged(kubectl, manifest)
        assert done.returncode != 0
        assert named in done.stderr


def test_keda_is_pointed_at_what_the_chart_and_the_operator_make() -> None:
    """The names in the example are those of the chart's defaults and of the operator."""
    found = scaled_object()
    trigger = found["spec"]["triggers"][0]["metadata"]
    command = [helm_path(), "template", "jobimport", CHART, "--namespace", "jobimport-system"]
    command += ["--set", "demo.enabled=true"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    services = of_kind([each for each in yaml.safe_load_all(text) if each], "Service")
    ports = {each["metadata"]["name"]: each["spec"]["ports"][0]["port"] for each in services}
    host, _, path = trigger["url"].removeprefix("http://").partition("/")
    name, _, port = host.removesuffix(f":{ports['jobimport-gateway']}").partition(".")
    assert (name, port) == ("jobimport-gateway", "jobimport-system.svc")
    assert path == "api/v1/pools/recruiting/default/load"
    assert trigger["valueLocation"] == "load"
    assert found["spec"]["scaleTargetRef"]["name"] == "jobimport-worker-default"
