"""docs/spec.md and docs/settings.md, made from the models."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobimport.resource.crd import structural
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import JobImportStatus
from jobimport.settings import GatewaySettings, OperatorSettings, WorkerSettings, describe_settings

_DOCS = Path("docs")


def spec_page() -> str:
    """Every field of spec and status, as a table."""
    lines = ["# The JobImport resource", "", "Made from the models by `make generate`.", ""]
    for title, model in (("spec", JobImportSpec), ("status", JobImportStatus)):
        lines += [f"## {title}", "", "| field | type | meaning |", "|---|---|---|"]
        lines += list(_rows(structural(model), title))
        lines.append("")
    return "\n".join(lines)


def settings_page() -> str:
    """Every environment variable of every part."""
    lines = [
        "# Settings",
        "",
        "Environment variables, made from the models by `make generate`.",
        "",
    ]
    parts = (
        ("worker", WorkerSettings),
        ("operator", OperatorSettings),
        ("gateway", GatewaySettings),
    )
    for name, settings in parts:
        lines += [f"## {name}", "", "```", describe_settings(settings), "```", ""]
    return "\n".join(lines)


def _rows(schema: dict[str, Any], path: str) -> Iterator[str]:
    for name, each in schema.get("properties", {}).items():
        below = f"{path}.{name}"
        text = str(each.get("description", "")).replace("|", "\\|")
        yield f"| `{below}` | {_type(each)} | {text} |"
        yield from _rows(each, below)
        items = each.get("items", {})
        if items.get("properties"):
            yield from _rows(items, f"{below}[]")


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " \\| ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))


def main() -> int:
    """Write the pages, or with --check only say whether they are up to date."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale: list[str] = []
    for path, text in ((_DOCS / "spec.md", spec_page()), (_DOCS / "settings.md", settings_page())):
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path))
    if stale:
        sys.stderr.write(f"{', '.join(stale)}: does not match the models: run make generate\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
