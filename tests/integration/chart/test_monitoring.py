"""Alerts and dashboard: PromQL that parses, of metrics that the parts serve."""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from integration.chart.rendered import MATRIX, Render, named
from jobimport.telemetry.metrics.registry import DESCRIBED

FROM_KUBERNETES = {
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas_available",
}
PARTS = ("pools", "operator", "worker", "gateway", "kubernetes")


@pytest.fixture(scope="module")
def served() -> dict[str, set[str]]:
    """Labels of the series that the parts serve, by name."""
    for part in PARTS:
        importlib.import_module(f"jobimport.telemetry.metrics.{part}")
    found: dict[str, set[str]] = {}
    for each in DESCRIBED:
        labels = set(each.labels)
        found[each.name] = labels
        if each.kind == "histogram":
            found |= {f"{each.name}_bucket": labels | {"le"}}
            found |= dict.fromkeys((f"{each.name}_count", f"{each.name}_sum"), labels)
    return found


def expressions(render: Render) -> Iterator[tuple[str, str]]:
    manifests = render(MATRIX["everything on"])
    rule = named(manifests, "PrometheusRule", "ji-jobimport")
    for group in rule["spec"]["groups"]:
        for each in group["rules"]:
            yield each["alert"], each["expr"]
    board = named(manifests, "ConfigMap", "ji-jobimport-dashboard")
    for panel in json.loads(board["data"]["jobimport.json"])["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def selectors(expression: Any) -> Iterator[Any]:
    """All selectors of a parsed expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        part = getattr(expression, name, None)
        if part is not None:
            yield from selectors(part)
    for part in getattr(expression, "args", []) or []:
        yield from selectors(part)


def test_alerts_and_panels_ask_for_metrics_and_labels_that_there_are(
    render: Render, served: dict[str, set[str]]
) -> None:
    asked: set[str] = set()
    for where, text in expressions(render):
        parsed = promql_parser.parse(re.sub(r"\$__rate_interval", "5m", text))
        found = list(selectors(parsed))
        assert found, f"{where}: {text}"
        for each in found:
            asked.add(each.name)
            if each.name in FROM_KUBERNETES:
                continue
            assert each.name in served, f"{where}: no part serves {each.name}"
            used = {matcher.name for matcher in each.matchers.matchers}
            assert used <= served[each.name], f"{where}: {each.name} has no label {used}"
        by = re.findall(r"by \(([^)]*)\)", text)
        for label in (word.strip() for each in by for word in each.split(",")):
            assert any(label in served.get(each.name, ()) for each in found), f"{where}: {label}"
    assert asked >= FROM_KUBERNETES
    assert len(asked & served.keys()) >= 20


def test_each_alert_says_what_to_do(render: Render) -> None:
    rule = named(render(MATRIX["everything on"]), "PrometheusRule", "ji-jobimport")
    rules = rule["spec"]["groups"][0]["rules"]
    assert len({each["alert"] for each in rules}) >= 9
    for each in rules:
        assert each["labels"]["severity"] in {"warning", "critical"}
        assert each["annotations"]["summary"].endswith(".")
        assert len(each["annotations"]["description"]) > 20
    assert "monitoring" not in yaml.safe_dump(rules)
