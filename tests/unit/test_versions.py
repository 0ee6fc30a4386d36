"""All parts have one version, wherever it is written."""

import json
import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_every_package_image_and_chart_has_the_same_version() -> None:
    found = {
        str(path): tomllib.loads((ROOT / path).read_text())["project"]["version"]
        for path in (
            f"{part}/pyproject.toml" for part in ("core", "operator", "worker", "api", "cli")
        )
    }
    chart = yaml.safe_load((ROOT / "charts/jobimport/Chart.yaml").read_text())
    found |= {f"Chart.yaml: {name}": chart[name] for name in ("version", "appVersion")}
    for name in ("package.json", "package-lock.json"):
        found[name] = json.loads((ROOT / "frontend" / name).read_text())["version"]
    assert {place: version for place, version in found.items() if version != VERSION} == {}


def test_what_is_printed_names_that_version() -> None:
    places = {
        "Dockerfile": r"ARG VERSION=(\S+)",
        "core/src/jobimport/settings.py": r'"jobimport-worker:([^"]+)"',
        "tests/cluster/__main__.py": r'"--tag", default="([^"]+)"',
        "README.md": r"jobimport-\$part:(\S+)",
        "docs/installing.md": r"jobimport-operator:(\S+)",
        "CHANGELOG.md": r"\n## (\S+)",
    }
    for file, pattern in places.items():
        named = re.search(pattern, (ROOT / file).read_text())
        assert named is not None, f"{file} names no version any more"
        assert named[1] == VERSION, file
