"""The list of metrics in docs/observability.md, made from their definitions."""

import argparse
import importlib
import sys
from itertools import groupby
from pathlib import Path
from typing import Final

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
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    before = _PAGE.read_text()
    after = page_with(before, metrics_tables())
    if not parser.parse_args().check:
        _PAGE.write_text(after)
    elif before != after:
        sys.stderr.write(f"{_PAGE} does not match the metrics: run make generate\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
