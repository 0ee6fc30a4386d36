"""`make bench`: all benchmarks, one after the other; figures as JSON in bench-results/."""

import json
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "bench-results"


def main() -> int:
    """Run each benchmark in a process of its own."""
    RESULTS.mkdir(exist_ok=True)
    found: dict[str, object] = {"python": platform.python_version(), "machine": platform.machine()}
    for name in ("queue_bench", "pipeline_bench"):
        done = subprocess.run(
            [sys.executable, str(HERE / f"{name}.py")], capture_output=True, text=True, check=True
        )
        found[name] = json.loads(done.stdout.splitlines()[-1])
        print(f"{name}: {json.dumps(found[name], indent=2)}", flush=True)
    (RESULTS / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
