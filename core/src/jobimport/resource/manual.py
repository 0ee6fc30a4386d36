"""docs/spec.md, docs/settings.md and docs/presets.md, made from the models and the presets."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobimport.generated import keep
from jobimport.presets.page import presets_page
from jobimport.resource.crd import structural
from jobimport.resource.fields import example_of, fields_of
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import JobImportStatus
from jobimport.settings import GatewaySettings, OperatorSettings, WorkerSettings, describe_settings

_DOCS = Path("docs")
_TABLE = ("| field | type | meaning | example |", "|---|---|---|---|")
_SPEC_HEAD = """# The JobImport resource

Made from the models by `make generate`: every field with its type, its meaning and an example. The
same texts are in `kubectl explain jobimport.spec`. Presets are in [presets.md](presets.md), the
command line that checks, previews and tests a file is in [cli.md](cli.md).

```yaml
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: acme-careers
  namespace: recruiting
spec:
  schedule: "*/30 * * * *"
  source:
    preset: {name: greenhouse, parameters: {board: acme}}
  mapping:
    constants: {company: Acme}
```

## spec
"""


def spec_page() -> str:
    """Every field of spec, each with an example, and of status, as tables."""
    lines = [_SPEC_HEAD, *_TABLE]
    lines += list(_rows(structural(JobImportSpec), "spec"))
    lines += ["", "## status", "", "Written by the operator and the workers alone.", ""]
    lines += ["| field | type | meaning |", "|---|---|---|"]
    for path, schema in fields_of(structural(JobImportStatus), "status"):
        lines.append(f"| `{path}` | {_type(schema)} | {_cell(schema.get('description', ''))} |")
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
    for below, each in fields_of(schema, path):
        meaning, example = example_of(each)
        shown = "" if example is None else f"`{_cell(example)}`"
        yield f"| `{below}` | {_type(each)} | {_cell(meaning)} | {shown} |"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


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
    pages = {
        _DOCS / "spec.md": spec_page(),
        _DOCS / "settings.md": settings_page(),
        _DOCS / "presets.md": presets_page(),
    }
    return keep(pages, "the models")


if __name__ == "__main__":
    sys.exit(main())
