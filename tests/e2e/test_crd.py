"""The API server refuses a bad spec, and says which field is wrong (P10)."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobimport.resource.crd import crd

from .conftest import ROOT, Kubectl

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def a_manifest(**spec: Any) -> dict[str, Any]:
    manifest = yaml.safe_load((ROOT / "examples" / "northwind.yaml").read_text())
    manifest["metadata"]["name"] = "checked"
    manifest["spec"] |= spec
    return manifest


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_accepted(kubeconfig: Path, kubectl: Kubectl, path: Path) -> None:
    kubectl("apply", "--server-side", "--dry-run=server", "-f", str(path))


def with_source(**source: Any) -> dict[str, Any]:
    manifest = a_manifest()
    manifest["spec"]["source"] |= source
    return manifest


BAD = {
    "unknown field": (a_manifest(shedule="@hourly"), ".spec.shedule: field not declared"),
    "bad schedule": (a_manifest(schedule="every hour"), "spec.schedule"),
    "zone without schedule": (a_manifest(timeZone="Europe/Berlin"), "timeZone needs a schedule"),
    "zero concurrency": (a_manifest(concurrency=0), "spec.concurrency"),
    "enum": (a_manifest(onSpecChange="Maybe"), "spec.onSpecChange"),
    "format": (with_source(format={"type": "yaml"}), "spec.source.format.type"),
    "offset without size": (
        with_source(pagination={"type": "offset"}),
        "type offset needs size.value",
    ),
    "cursor without next": (
        with_source(pagination={"type": "cursor"}),
        "need next.path",
    ),
    "no url": (with_source(request={"method": "GET"}), "request.url is needed"),
    "percent": (
        a_manifest(completeness={"closeGuard": {"maxPercent": 101}}),
        "spec.completeness.closeGuard.maxPercent",
    ),
    "no id": (a_manifest(mapping={"title": "title"}), "mapping.externalId is needed"),
    "size": (
        with_source(request={"url": "https://jobs.example/x", "maxResponseBytes": "ten"}),
        "spec.source.request.maxResponseBytes",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_p10_a_bad_spec_is_refused_with_the_field_named(
    kubeconfig: Path, kubectl: Kubectl, case: str
) -> None:
    manifest, message = BAD[case]
    refused = kubectl(
        "apply", "--server-side", "--dry-run=server", "-f", "-", given=manifest, check=False
    )
    assert refused.returncode != 0
    assert message in refused.stderr


def test_p10_the_source_name_cannot_change(kubeconfig: Path, kubectl: Kubectl) -> None:
    first = with_source(name="acme")
    kubectl("apply", "--server-side", "-f", "-", given=first)
    try:
        second = copy.deepcopy(first)
        second["spec"]["source"]["name"] = "other"
        refused = kubectl("apply", "--server-side", "-f", "-", given=second, check=False)
        assert "name is immutable" in refused.stderr
    finally:
        kubectl("delete", "ji", "checked")


def test_kubectl_explains_every_field(kubeconfig: Path, kubectl: Kubectl) -> None:
    said = kubectl("explain", "jobimports.spec.source.pagination.stop").stdout
    assert "the first answer counts" in said
    assert not list(undescribed(crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"], ""))


def undescribed(schema: dict[str, Any], path: str) -> Any:
    for name, each in schema.get("properties", {}).items():
        if "description" not in each and f"{path}.{name}" != ".metadata":
            yield f"{path}.{name}"
        yield from undescribed(each, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from undescribed(schema[key], f"{path}[]")
