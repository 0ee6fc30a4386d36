"""Imports as bars in a terminal while they run, and as a table when they are done."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

_COLUMNS = (
    ("import", "left"),
    ("verdict", "left"),
    ("pages", "right"),
    ("inserted", "right"),
    ("updated", "right"),
    ("unchanged", "right"),
    ("rejected", "right"),
    ("retries", "right"),
    ("seconds", "right"),
)


class ImportBars:
    """A bar per import, fed with the gateway's summaries.

    The bar counts pages; while the number of pages is unknown it only says how many there were.
    """

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:24}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("pages  {task.fields[records]:>7,} records  {task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}
        self._ended: set[str] = set()

    def show(self, summary: Mapping[str, Any]) -> None:
        """Bring the bar of one import up to date."""
        name = str(summary["name"])
        if name not in self._bars:
            self._bars[name] = self.progress.add_task(name, total=None, records=0, note="waiting")
        bar, last, current = self._bars[name], summary.get("lastRun"), summary.get("currentRun")
        if current is None and last is not None:
            self._end(name, last)
        elif current is not None and (now := current.get("progress")):
            note = f"{now['retries']} retries" if now["retries"] else ""
            self.progress.update(
                bar,
                completed=now["pagesDone"],
                total=now["pagesTotal"],
                records=now["records"],
                note=note,
            )

    def _end(self, name: str, last: Mapping[str, Any]) -> None:
        if name in self._ended:
            return
        self._ended.add(name)
        pages = last["pages"]
        self.progress.update(
            self._bars[name],
            completed=pages,
            total=max(pages, 1),
            records=last["records"],
            note=last["verdict"],
        )
        self.progress.stop_task(self._bars[name])


def outcome_table(runs: Iterable[tuple[str, Mapping[str, Any]]]) -> Table:
    """The last run of each import, one a row; `runs` are names with their LastRun."""
    table = Table(title=None, header_style="bold")
    for name, justify in _COLUMNS:
        table.add_column(name, justify="right" if justify == "right" else "left")
    for name, run in runs:
        numbers = ("pages", "inserted", "updated", "unchanged", "rejected", "retries")
        table.add_row(
            name,
            str(run["verdict"]),
            *(f"{run.get(number) or 0:,}" for number in numbers),
            f"{seconds_between(run['startedAt'], run['finishedAt']):.1f}",
        )
    return table


def seconds_between(start: str, end: str) -> float:
    """Seconds from one RFC 3339 time to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
