"""The comparison as a table: rates a core second, ratios to ours, peak memory."""

from collections.abc import Sequence
from typing import Any

AIMS = {"first": 6_000, "unchanged": 30_000}
"""Records a second of CPU, database included."""


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """One line a walk; ratios compare ours with the others on the same feed and phase."""
    failed = [row for row in rows if "failed" in row]
    rows = [row for row in rows if "failed" not in row]
    ours = {
        (row["feed"], row["size"], row["phase"]): row
        for row in rows
        if row["contender"] == "jobimport"
    }
    lines = [
        f"{'feed':12} {'phase':11} {'contender':10} {'records':>10} {'per core s':>11}"
        f" {'us/record':>10} {'database':>9} {'wall s':>8} {'MiB':>6}  ours is"
    ]
    for row in rows:
        mine = ours.get((row["feed"], row["size"], row["phase"]))
        said = ""
        if row["contender"] == "jobimport":
            said = _aim(row)
        elif mine is not None:
            said = f"{ratio_of(mine, row):.1f} times as fast"
        lines.append(
            f"{row['feed'] + ' ' + str(row['size']):12} {row['phase']:11} {row['contender']:10}"
            f" {row['records']:>10,} {row['per_core_second']:>11,}"
            f" {1e6 * row['program_cpu'] / row['records']:>10.1f}"
            f" {1e6 * row['database_cpu'] / row['records']:>9.1f}"
            f" {row['seconds']:>8.1f} {row['peak_mib']:>6}  {said}"
        )
    lines += [
        f"FAILED: {row['feed']} {row['size']} {row['phase']} {row['contender']}: {row['failed']}"
        for row in failed
    ]
    return "\n".join(lines)


def ratio_of(ours: dict[str, Any], other: dict[str, Any]) -> float:
    """How many times as many records a second of CPU ours has."""
    return ours["per_core_second"] / other["per_core_second"]


def _aim(row: dict[str, Any]) -> str:
    aim = AIMS.get(row["phase"])
    if aim is None:
        return ""
    share = row["per_core_second"] / aim
    return f"{'above' if share >= 1 else 'below'} the aim of {aim:,} ({share:.0%})"
