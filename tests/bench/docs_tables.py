"""The tables of docs/performance.md, written from the saved figures so that they never drift."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.live_bench import table as live_table
from bench.profile_bench import rows as profile_rows
from bench.report import ratio_of

_BLOCK = re.compile(r"(<!-- bench:([a-z-]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
_CONTENDERS = ("jobimport", "dlt", "scrapy", "loop", "floor")


def write_tables(figures: dict[str, Any], page: Path) -> None:
    """Replace what stands between `<!-- bench:NAME -->` and `<!-- /bench -->`; a block of a part
    that was not measured stays as it is.
    """

    def block(found: re.Match[str]) -> str:
        name = found[2]
        if name != "machine" and name not in figures:
            return found[0]
        return f"{found[1]}{TABLES[name](figures)}\n{found[3]}"

    page.write_text(_BLOCK.sub(block, page.read_text()))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


def _machine(figures: dict[str, Any]) -> str:
    machine = figures["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores, load average {machine['loadAverage']}"
        f" before the run; Python {machine['python']}, {versions}, mongo-java-server 1.47 in"
        f" memory; `--size {figures['size']}`."
    )


def _comparison(walked: Sequence[dict[str, Any]]) -> str:
    """A line for each feed and walk, with each contender's rate and how many times ours is it."""
    rows = [row for row in walked if "failed" not in row]
    groups: dict[tuple[str, int, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        key = (row["feed"], row["size"], row["phase"])
        groups.setdefault(key, {})[row["contender"]] = row
    lines = [
        (_feed(key, walks), key[2], *(_rate(walks, name) for name in _CONTENDERS), _memory(walks))
        for key, walks in groups.items()
    ]
    heads = ("feed", "walk", *_CONTENDERS, "peak MiB of jobimport, dlt, Scrapy")
    failed = [
        f"\n{row['contender']} failed at {row['feed']} {row['size']}, {row['phase']}."
        for row in walked
        if "failed" in row
    ]
    return "\n".join([_table(heads, lines), *failed])


def _alone(walked: Sequence[dict[str, Any]]) -> str:
    """A line for each walk of ours."""
    heads = ("gzip XML", "walk", "records a core second", "wall s", "CPU s", "peak MiB", "came to")
    lines = [
        (
            f"{row['size']:,} MiB",
            row["phase"],
            *((f"failed: {row['failed']}", "", "", "", "") if "failed" in row else _used(row)),
        )
        for row in walked
    ]
    return _table(heads, lines)


def _used(row: dict[str, Any]) -> tuple[str, ...]:
    cpu = f"{row['program_cpu']:.0f} + {row['database_cpu']:.0f} database"
    rate, seconds = f"{row['per_core_second']:,}", f"{row['seconds']:.0f}"
    return rate, seconds, cpu, str(row["peak_mib"]), row["finding"]


def _feed(key: tuple[str, int, str], walks: dict[str, dict[str, Any]]) -> str:
    count = max(row["records"] for row in walks.values())
    size = f"{key[1]:,} MiB of gzip XML" if key[0] == "xml" else "paged JSON"
    return f"{count:,} postings, {size}"


def _rate(walks: dict[str, dict[str, Any]], name: str) -> str:
    if name not in walks:
        return ""
    rate = walks[name]["per_core_second"]
    if name == "jobimport" or "jobimport" not in walks:
        return f"**{rate:,}**"
    return f"{rate:,} ({ratio_of(walks['jobimport'], walks[name]):.1f}x)"


def _memory(walks: dict[str, dict[str, Any]]) -> str:
    peaks = [str(walks[name]["peak_mib"]) for name in _CONTENDERS[:3] if name in walks]
    return ", ".join(peaks)


def _profile(walks: dict[str, dict[str, float]]) -> str:
    return _table(("microseconds a posting", *walks), profile_rows(walks))


def _figures_of(part: str) -> Callable[[dict[str, Any]], str]:
    def rows(figures: dict[str, Any]) -> str:
        found = [(_words(name), f"{value:,}") for name, value in figures[part].items()]
        return _table(("figure", "value"), found)

    return rows


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()


TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "machine": _machine,
    "pipeline": lambda figures: _comparison(figures["pipeline"]),
    "big": lambda figures: _alone(figures["big"]),
    "profile": lambda figures: _profile(figures["profile"]),
    "queue": _figures_of("queue"),
    "first-fetch": _figures_of("first-fetch"),
    "live": lambda figures: live_table(figures["live"]),
    "operator": _figures_of("operator"),
}
