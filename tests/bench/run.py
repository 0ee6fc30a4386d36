"""`make bench`: all benchmarks, one after the other; figures and a chart in bench-results/.

The queue first, then the live feed, then the comparison of import pipelines (see pipeline_bench).
`--size small` takes a few minutes, `--size full` an hour or more and 12 GiB of memory, most of it
the database's.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.chart import bar_chart
from bench.live_bench import table
from bench.report import summary

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench-results"
SIZES = {
    "small": ["--json", "10000", "--xml", "32"],
    "medium": ["--json", "100000", "--xml", "256"],
    "full": ["--json", "100000", "--xml", "1024", "--big", "5120", "--heap", "8000"],
}

LIVE = {
    "small": ["--clients", "200", "--rate", "1000", "--seconds", "5"],
    "medium": ["--clients", "1000", "--rate", "5000", "--seconds", "10"],
    "full": ["--clients", "1000", "--rate", "5000", "--seconds", "30"],
}


def run(module: str, *arguments: str) -> Any:
    """What a benchmark prints on its last line, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
    )
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line for line in lines if "model name" in line]
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "loadAverage": round(os.getloadavg()[0], 1),
        "versions": {name: version(name) for name in ("pymongo", "orjson", "lxml", "httpx", "nh3")},
    }


def main() -> None:
    """Run what is asked for; write JSON and charts."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--only", choices=("queue", "live", "pipeline"), action="append")
    options = parser.parse_args()
    only = options.only or ["queue", "live", "pipeline"]
    RESULTS.mkdir(exist_ok=True)
    found: dict[str, Any] = {"machine": machine(), "size": options.size}
    if "queue" in only:
        found["queue"] = run("queue_bench")
        print(f"queue: {json.dumps(found['queue'])}", flush=True)
    if "live" in only:
        found["live"] = run("live_bench", *LIVE[options.size])
        print(f"live: {json.dumps(found['live'])}\n{table(found['live'])}", flush=True)
    if "pipeline" in only:
        found["pipeline"] = run("pipeline_bench", *SIZES[options.size])
        print(summary(found["pipeline"]), flush=True)
        (RESULTS / "bench.svg").write_text(bar_chart(found["pipeline"]))
    (RESULTS / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    print(f"written: {RESULTS / 'bench.json'} and bench.svg")


if __name__ == "__main__":
    main()
