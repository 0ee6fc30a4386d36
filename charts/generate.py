"""Write what is made from other files into the chart: its CRD, README.md, descriptions of values.

`python charts/generate.py`; with `--check` nothing is written, and a difference is an error.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parent / "jobimport"
CRD = Path(__file__).parent.parent / "crds" / "jobimports.jobimport.dev.yaml"
_NAME = "metadata:\n  name: jobimports.jobimport.dev\n"
_KEPT = """metadata:
  name: jobimports.jobimport.dev
  labels: {{- include "jobimport.labels" (list . "crd") | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
"""
_KEY = re.compile(r"^( *)([A-Za-z][A-Za-z0-9]*):(.*)$")


@dataclass(frozen=True, slots=True)
class Described:
    """A value: its path, such as redis.key, what the comment above it says, and its default."""

    path: tuple[str, ...]
    text: str
    default: Any
    group: bool


def crd_template() -> str:
    """The CRD as a template that `crds.enabled` and `crds.keep` govern."""
    text = CRD.read_text("utf-8")
    if text.count(_NAME) != 1 or "{{" in text:
        sys.exit(f"{CRD.name} cannot be made a template: its metadata changed, or it has braces")
    body = text.replace(_NAME, _KEPT)
    return f"{{{{- if .Values.crds.enabled }}}}\n{body}{{{{- end }}}}\n"


def described_values(text: str) -> list[Described]:
    """Read all commented keys of values.yaml, in its order."""
    values = yaml.safe_load(text)
    found: list[Described] = []
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("#"):
            comment.append(line.strip().removeprefix("#").strip())
            continue
        if match := _KEY.match(line):
            path = [*path[: len(match[1]) // 2], match[2]]
            if comment:
                found.append(_described(tuple(path), " ".join(comment), values))
        comment = []
    paths = {each.path for each in found}
    return [
        Described(each.path, each.text, each.default, _has_parts(each.path, paths))
        for each in found
    ]


def _described(path: tuple[str, ...], text: str, values: Any) -> Described:
    for key in path:
        values = values[key]
    return Described(path, text, values, group=False)


def _has_parts(path: tuple[str, ...], paths: set[tuple[str, ...]]) -> bool:
    return any(len(each) > len(path) and each[: len(path)] == path for each in paths)


def readme(values: list[Described]) -> str:
    """The chart's README.md: the words of README.head.md, then a table of all values."""
    lines = [(CHART / "README.head.md").read_text("utf-8").rstrip(), "", "## Values", ""]
    lines += ["| value | what it is | default |", "|---|---|---|"]
    for each in values:
        default = "" if each.group else f"`{json.dumps(each.default)}`"
        lines.append(f"| `{'.'.join(each.path)}` | {each.text} | {default} |")
    return "\n".join(lines) + "\n"


def schema(values: list[Described], text: str) -> str:
    """values.schema.json with the descriptions of values.yaml in it."""
    whole = json.loads(text)
    for each in values:
        where = whole
        for key in each.path:
            where = where["properties"][key] if key in where.get("properties", {}) else None
            if where is None:
                break
        if where is not None:
            where["description"] = each.text
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def made() -> dict[Path, str]:
    """All files that are made, with what belongs into them."""
    values = described_values((CHART / "values.yaml").read_text("utf-8"))
    rules = CHART / "values.schema.json"
    return {
        CHART / "templates" / "crd.yaml": crd_template(),
        CHART / "README.md": readme(values),
        rules: schema(values, rules.read_text("utf-8")),
    }


def main() -> None:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    for path, text in made().items():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if check:
            sys.exit(f"{path} is not what it is made from: run `make generate` and commit it")
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
