"""Ours, dlt, Scrapy and a plain loop: the same data, the same MongoDB wire server, one run.

Each walks a feed three times: first import, the same again, and with 5% changed. What is compared
is records a second of CPU, the database's included, because the machine is shared. The floor is no
contender: it is the least that any program must do (see rivals/floor.py).

Each walk is one line of JSON, printed as soon as it is measured. One that fails is told as such,
and the others go on.
"""

import argparse
import json
import subprocess
import sys
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from bench.contenders import Contender, Feed, Ours, Rival, Stores, the_stores
from jobimport_cli.standins.lifetime import die_with_parent
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.redis_server import embedded_redis

PHASES = (("first", 1), ("unchanged", 1), ("5% changed", 2))
NAMES = ("jobimport", "dlt", "scrapy", "loop", "floor")


def contender(name: str, stores: Stores) -> Contender:
    """One of NAMES."""
    if name == "jobimport":
        return Ours(stores)
    scripts = {"dlt": "dlt_rival", "scrapy": "scrapy_rival", "loop": "plain_loop"}
    script = scripts.get(name, name)
    return Rival(script, name, stores)


@contextmanager
def feed_server() -> Generator[str]:
    """Run the source; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.feed_server"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent,
    )
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def compare(
    feed: Feed, names: Sequence[str], stores: Stores, phases: Sequence[tuple[str, int]] = PHASES
) -> Iterator[dict[str, Any]]:
    """Walk a feed with each of the contenders; one row for each walk.

    After a walk that failed its contender is left off: what it would find is not what it should.
    """
    for name in names:
        one = contender(name, stores)
        for phase, edition in phases:
            row = {"feed": feed.kind, "size": feed.size, "contender": name, "phase": phase}
            try:
                used = one.walk(feed, edition)
            except (RuntimeError, OSError, PyMongoError, RedisError) as error:
                traceback.print_exc()
                yield row | {"failed": f"{type(error).__name__}: {error}"}
                break
            yield row | asdict(used) | {"per_core_second": round(used.per_core_second)}
        one.forget()


def say(row: dict[str, Any]) -> None:
    """One line for a walk."""
    if "failed" in row:
        what = f"{row['feed']} {row['size']} {row['contender']} {row['phase']}"
        print(f"FAILED: {what}: {row['failed']}", file=sys.stderr, flush=True)
        return
    print(
        f"{row['feed']:4} {row['size']:>7} {row['contender']:10} {row['phase']:11}"
        f" {row['records']:>9,} records {row['seconds']:8.1f} s {row['program_cpu']:8.2f} CPU s"
        f" + {row['database_cpu']:7.2f} database  {row['per_core_second']:>8,}/core s"
        f" {row['peak_mib']:>6} MiB  {row['finding']}",
        file=sys.stderr,
        flush=True,
    )


def warm_up(server: str, names: Sequence[str], stores: Stores) -> None:
    """Let the database's compiler see every kind of request before anything is measured."""
    for name in names:
        one = contender(name, stores)
        for _, edition in PHASES:
            one.walk(Feed("json", 6000, server), edition)
        one.forget()


def walks(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """All that was asked for, the comparison first."""
    names = options.only or NAMES
    with feed_server() as server, embedded_redis() as redis, mongo_stand_in(options.heap) as url:
        stores = the_stores(url, redis)
        warm_up(server, names, stores)
        if options.json:
            yield from compare(Feed("json", options.json, server), names, stores)
        if options.xml:
            packed = [name for name in names if name != "floor"]
            yield from compare(Feed("xml", options.xml, server), packed, stores)
        for size in options.big:
            feed = Feed("xml", size, server, whole=False)
            yield from compare(feed, ["jobimport"], stores)


def main() -> int:
    """Print the rows; 1 where a walk failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=int, default=100_000, help="postings in paged JSON")
    parser.add_argument("--xml", type=int, default=0, help="MiB of gzip XML, for all")
    parser.add_argument(
        "--big",
        type=int,
        action="append",
        default=[],
        help="MiB of gzip XML for ours alone, whose postings are kept without their description",
    )
    parser.add_argument("--only", choices=NAMES, action="append")
    parser.add_argument("--heap", type=int, default=4000, help="MiB for the database")
    failed = 0
    for row in walks(parser.parse_args()):
        say(row)
        print(json.dumps(row), flush=True)
        failed += "failed" in row
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
