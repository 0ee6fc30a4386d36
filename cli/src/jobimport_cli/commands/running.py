"""`jobimport run`."""

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from jobimport.queue.tasks import RunView
from jobimport.resource.status import LastRun, Verdict
from jobimport_cli.commands.options import (
    LOOPBACK,
    FileArgument,
    JsonOption,
    NameOption,
    NetworksOption,
    SecretOption,
)
from jobimport_cli.files import the_import
from jobimport_cli.jsonlines import STDOUT, JsonLines
from jobimport_cli.progress import outcome_table
from jobimport_cli.standins.lifetime import ServerDidNotStart
from jobimport_cli.terminal import errors, fail, print_json, results, say

if TYPE_CHECKING:
    from jobimport_cli.importing import Importing


def run(
    file: FileArgument,
    name: NameOption = None,
    mongodb: Annotated[
        str,
        typer.Option("--mongodb", envvar="MONGODB_URL", help="Import into this MongoDB (URL)"),
    ] = "",
    database: Annotated[
        str, typer.Option("--database", envvar="MONGODB_DATABASE", help="MongoDB database")
    ] = "jobimport",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write open postings here as JSON lines, unless the run Failed; - prints them",
        ),
    ] = None,
    secret: SecretOption = [],  # noqa: B006 - typer takes no other default of a list
    allowed_networks: NetworksOption = LOOPBACK,
    as_json: JsonOption = False,
) -> None:
    """Run one import to its end, on this machine: into MongoDB, to JSON lines, or both.

    All pages are walked by the same worker as in a cluster, with retries and budgets. Exit status
    0: the run did what its source allows (Complete, Unchanged, Empty, Incremental, Truncated); 1:
    Partial, Held or Failed.
    """
    from pymongo.errors import PyMongoError

    from jobimport_cli.importing import Importing

    if not mongodb and output is None:
        fail("say where to: --mongodb URL (or MONGODB_URL), or --output FILE for JSON lines", 2)
    if as_json and output == STDOUT:
        fail("--json and --output - would both print: write the postings to a file", 2)
    lines = JsonLines(output) if output is not None else None
    found, spec = the_import(file, name)
    logging.getLogger("jobimport_worker").setLevel(logging.CRITICAL)
    importing = Importing(found, spec, secret, allowed_networks, mongodb, database)
    try:
        last = asyncio.run(_run(importing, lines))
    except ServerDidNotStart as error:
        fail(str(error))
    except PyMongoError as error:
        fail(f"MongoDB cannot be used ({type(error).__name__}): check --mongodb and its rights")
    if as_json:
        print_json(last.to_manifest())
    elif output != STDOUT:
        results().print(outcome_table([(found.reading.name, last.to_manifest())]))
    say(last.message)
    if not last.verdict.successful:
        raise typer.Exit(1)


async def _run(importing: "Importing", lines: JsonLines | None) -> LastRun:
    from jobimport_cli.importing import importing_place

    async with AsyncExitStack() as stack:
        bar = _Bar(importing.key.name)
        with bar.progress:
            bar.note("starting")
            place = await stack.enter_async_context(importing_place(importing))
            last = await place.run(bar.show)
        if lines is not None and last.verdict is not Verdict.FAILED:
            say(await lines.write(place.postings()))
        return last


class _Bar:
    """One run as a bar: pages of a total, or just pages while the total is unknown."""

    def __init__(self, name: str) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("pages  {task.fields[records]:>7,} records  {task.fields[note]}"),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
        )
        self._task = self.progress.add_task(name, total=None, records=0, note="")

    def note(self, text: str) -> None:
        """Say what is going on."""
        self.progress.update(self._task, note=text)

    def show(self, view: RunView) -> None:
        """Show how far the run is."""
        note = f"{view.retries} retries" if view.retries else ""
        if view.waiting_retry and view.last_error:
            note = f"waiting: {view.last_error[:60]}"
        self.progress.update(
            self._task,
            completed=view.pages_done,
            total=view.pages_total,
            records=view.counts.records,
            note=note,
        )
