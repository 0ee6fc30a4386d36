"""Where a worker's processor time goes: microseconds a posting, by step, for each walk of a feed.

The walks are those of pipeline_bench; the worker samples itself (see profiled_worker).
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.contenders import Feed, Ours, the_stores
from bench.pipeline_bench import PHASES, feed_server, warm_up
from bench.profiled_worker import OTHER, STEPS
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.redis_server import embedded_redis


def measure(kind: str, size: int) -> dict[str, dict[str, float]]:
    """Microseconds a posting by step for each walk of a feed (see Feed); `all` is their sum."""
    found: dict[str, dict[str, float]] = {}
    with (
        feed_server() as server,
        embedded_redis() as redis,
        mongo_stand_in(4000) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        stores = the_stores(url, redis)
        warm_up(server, ["jobimport"], stores)
        path = Path(folder) / "samples.json"
        ours = Ours(stores, profile=path)
        for phase, edition in PHASES:
            used = ours.walk(Feed(kind, size, server), edition)
            samples: dict[str, int] = json.loads(path.read_text())
            each = used.program_cpu * 1e6 / used.records / sum(samples.values())
            found[phase] = {"all": round(sum(samples.values()) * each, 1)}
            found[phase] |= {step: round(count * each, 1) for step, count in samples.items()}
    return found


def rows(found: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    """A row for each step with its figure in each walk, in the order of the work."""
    steps = ("all", *dict.fromkeys(step for step, _ in STEPS), OTHER)
    return [(step, *(f"{walk.get(step, 0):.0f}" for walk in found.values())) for step in steps]


def main() -> None:
    """Print the profile as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=int, default=100_000, help="postings in paged JSON")
    parser.add_argument("--xml", type=int, default=0, help="MiB of gzip XML, instead")
    options = parser.parse_args()
    found: dict[str, Any] = (
        measure("xml", options.xml) if options.xml else measure("json", options.json)
    )
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
