"""Previews as tables."""

from typing import Any

from rich.console import Console
from rich.table import Table

from jobimport.preview import PreviewResult
from jobimport.shapes import is_list, is_object

_COLUMNS = ("externalId", "title", "company", "locations", "datePosted", "url")
_WIDEST = 48


def show_preview(result: PreviewResult, console: Console) -> None:
    """The postings, how each field is filled, what would be rejected, and warnings."""
    console.print(_postings(result))
    console.print(_coverage(result))
    if result.rejects:
        console.print(_rejects(result))
    for warning in result.warnings:
        console.print(f"[yellow]![/yellow] {_plain(warning)}")
    console.print(_summary(result), markup=False)


def _postings(result: PreviewResult) -> Table:
    table = Table(title=f"{len(result.postings)} postings", title_justify="left")
    names = [name for name in _COLUMNS if any(each.get(name) for each in result.postings)]
    for name in names or ["externalId"]:
        table.add_column(name, overflow="fold" if name == "externalId" else "ellipsis")
    for posting in result.postings:
        table.add_row(*(_plain(_cell(posting.get(name))) for name in names))
    return table


def _coverage(result: PreviewResult) -> Table:
    table = Table(title="coverage", title_justify="left")
    for name in ("field", "filled", "distinct", "errors"):
        table.add_column(name, justify="left" if name == "field" else "right")
    mapped = max(result.records - result.rejected, 1)
    for name, each in result.coverage.items():
        share = f"{each.filled:,} ({100 * each.filled // mapped}%)"
        table.add_row(name, share, f"{each.distinct:,}", f"{each.errors:,}" if each.errors else "")
    return table


def _rejects(result: PreviewResult) -> Table:
    table = Table(title=f"{result.rejected:,} rejected", title_justify="left")
    for name in ("externalId", "why", "record"):
        table.add_column(name, overflow="ellipsis", no_wrap=name == "record")
    for each in result.rejects:
        cells = (each.external_id or "", each.message, _cut(each.raw))
        table.add_row(*(_plain(cell) for cell in cells))
    return table


def _summary(result: PreviewResult) -> str:
    total = "unknown" if result.advertised_total is None else f"{result.advertised_total:,}"
    filtered = f", {result.filtered:,} left out" if result.filtered else ""
    return (
        f"{result.url}\n{result.records:,} records on the page{filtered}; total {total};"
        f" next: {result.next_page or 'none'}; {result.seconds:.2f} s"
        + ("\nOnly this page was looked at: a run walks them all." if result.next_page else "")
    )


def _cell(value: Any) -> str:
    if is_list(value):
        return "; ".join(_cell(each) for each in value)
    if is_object(value):
        return ", ".join(str(each) for each in value.values())
    return "" if value is None else _cut(str(value))


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDEST else flat[: _WIDEST - 1] + "…"


def _plain(text: str) -> str:
    """Text in which nothing is markup, and nothing moves the cursor."""
    printable = "".join(each if each.isprintable() else "�" for each in text)
    return printable.replace("[", r"\[")
