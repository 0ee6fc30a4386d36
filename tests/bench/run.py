"""`make bench`: all benchmarks, one after the other; figures and a chart in bench-results/.

The comparison of import pipelines first (see pipeline_bench), then where a worker's time goes, the
queue, the live feed and, with `--size full`, a file of 5 GiB for ours alone, and the operator.
`--size small` takes a few minutes, `--size full` an hour on two quiet cores and 20 GiB of memory,
most of it the database's.
`--only PART` measures one part anew and keeps the figures that the others of that size have.

What is measured is saved at once, and a part that fails is told and does not stop the others; then
the exit code is 1. `--docs` measures nothing: it writes the tables of docs/performance.md from the
saved figures.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

from bench.chart import bar_chart
from bench.docs_tables import write_tables
from bench.report import summary

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench-results"
FIGURES = RESULTS / "bench.json"
PARTS = {
    "small": {
        "pipeline": ["--json", "10000", "--xml", "32"],
        "profile": ["--json", "10000"],
        "queue": [],
        "first-fetch": [],
        "live": ["--clients", "200", "--rate", "1000", "--seconds", "5"],
    },
    "medium": {
        "pipeline": ["--json", "100000", "--xml", "256"],
        "profile": ["--json", "100000"],
        "queue": [],
        "first-fetch": [],
        "live": ["--clients", "1000", "--rate", "5000", "--seconds", "10"],
    },
    "full": {
        "pipeline": ["--json", "100000", "--xml", "1024", "--heap", "8000"],
        "big": ["--json", "0", "--big", "5120", "--heap", "16000", "--only", "jobimport"],
        "profile": ["--json", "100000"],
        "queue": [],
        "first-fetch": [],
        "live": ["--clients", "1000", "--rate", "5000", "--seconds", "30"],
        "operator": ["--imports", "10000"],
    },
}
"""The arguments of each part."""
COMPARISONS = ("pipeline", "big")
"""Parts that compare import pipelines: a row for each walk."""


class PartFailed(Exception):
    """A benchmark that ended without all of its figures."""


def told_by(part: str, arguments: list[str]) -> Iterator[Any]:
    """What a benchmark prints, line by line of JSON, from a process of its own."""
    module = "pipeline" if part in COMPARISONS else part.replace("-", "_")
    process = subprocess.Popen(
        [sys.executable, "-m", f"bench.{module}_bench", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
    )
    assert process.stdout
    for line in process.stdout:
        if line.startswith(("{", "[")):
            yield json.loads(line)
    if process.wait():
        raise PartFailed(f"bench.{part} ended with {process.returncode}; see above")


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line for line in lines if "model name" in line]
    rivals = [str(each) for each in (ROOT / ".venv-rivals").glob("lib/python*/site-packages")]
    theirs = {each.name.lower(): each.version for each in distributions(path=rivals)}
    ours = {name: version(name) for name in ("pymongo", "orjson", "lxml", "httpx", "nh3")}
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "loadAverage": round(os.getloadavg()[0], 1),
        "versions": ours | {name: theirs[name] for name in ("dlt", "scrapy") if name in theirs},
    }


def measure(part: str, arguments: list[str], found: dict[str, Any]) -> None:
    """Run a part; its figures are saved as they come."""
    found.pop(part, None)
    for told in told_by(part, arguments):
        if part in COMPARISONS:
            found.setdefault(part, []).append(told)
        else:
            found[part] = told
            print(f"{part}: {json.dumps(told)}", flush=True)
        save(found)
    if part in COMPARISONS:
        print(summary(found[part]), flush=True)


def kept(size: str) -> dict[str, Any]:
    """The figures of a run of the same size that was made before; none where there was no such."""
    if not FIGURES.exists():
        return {}
    before = json.loads(FIGURES.read_text())
    return before if before["size"] == size else {}


def save(found: dict[str, Any]) -> None:
    """Write the figures, and the chart where there is something to draw."""
    whole = FIGURES.with_suffix(".new")
    whole.write_text(json.dumps(found, indent=2) + "\n")
    whole.replace(FIGURES)
    rows = [row for row in found.get("pipeline", []) if "failed" not in row]
    if rows:
        (RESULTS / "bench.svg").write_text(bar_chart(rows))


def main() -> int:
    """Run what is asked for; 1 where a part failed."""
    names = list(PARTS["full"])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=PARTS, default="small")
    parser.add_argument("--only", choices=names, action="append")
    parser.add_argument("--docs", action="store_true", help="only write docs/performance.md")
    options = parser.parse_args()
    if options.docs:
        write_tables(json.loads(FIGURES.read_text()), ROOT / "docs" / "performance.md")
        return 0
    RESULTS.mkdir(exist_ok=True)
    found = kept(options.size) if options.only else {}
    found |= {"machine": machine(), "size": options.size, "failed": {}}
    for part in options.only or PARTS[options.size]:
        began = time.monotonic()
        print(f"== {part}, from {time.strftime('%H:%M:%S')}", flush=True)
        try:
            measure(part, PARTS[options.size].get(part, []), found)
        except (PartFailed, OSError, ValueError) as error:
            found["failed"][part] = f"{type(error).__name__}: {error}"
            print(f"FAILED: {part}: {error}", file=sys.stderr, flush=True)
        save(found)
        print(f"== {part} took {time.monotonic() - began:.0f} s", flush=True)
    print(f"written: {FIGURES} and bench.svg; make bench ARGS=--docs puts them into the docs")
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
