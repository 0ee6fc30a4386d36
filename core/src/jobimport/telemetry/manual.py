"""The list of metrics in docs/observability.md, made from their definitions."""

import importlib
import sys
from itertools import groupby
from pathlib import Path
from typing import Final

from jobimport.generated import keep
from jobimport.telemetry.metrics.registry import DESCRIBED

_PAGE: Final = Path("docs/observability.md")
_BEGIN: Final = "<!-- metrics: made by `make generate` -->\n"
_END: Final = "<!-- end of metrics -->\n"
_MODULES: Final = ("pools", "operator", "worker", "gateway", "kubernetes")


def metrics_tables() -> str:
    """A table of metrics for each part."""
    for name in _MODULES:
        importlib.import_module(f"jobimport.telemetry.metrics.{name}")
    lines: list[str] = []
    ordered = sorted(DESCRIBED, key=lambda each: (each.part, each.name))
    for part, metrics in groupby(ordered, key=lambda each: each.part):
        lines += [
            "",
            f"### {part}",
            "",
            "| metric | kind | labels | meaning |",
            "|---|---|---|---|",
        ]
        for each in metrics:
            labels = ", ".join(each.labels)
            lines.append(f"| `{each.name}` | {each.kind} | {labels} | {each.text} |")
    return "\n".join([*lines[1:], "", ""])


def page_with(text: str, tables: str) -> str:
    """The page with its tables replaced; ValueError where it has no place for them."""
    head, begin, rest = text.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{_PAGE} must have the lines {_BEGIN!r} and {_END!r}")
    return f"{head}{_BEGIN}\n{tables}{_END}{tail}"


def main() -> int:
    """Write the tables, or with --check only say whether they are up to date."""
    return keep({_PAGE: page_with(_PAGE.read_text(), metrics_tables())}, "the metrics")


if __name__ == "__main__":
    sys.exit(main())
