"""The `jobimport` command."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobimport_cli.checking import problems_of
from jobimport_cli.laptop import LaptopOptions, running_laptop
from jobimport_cli.processes import PartDied

app = typer.Typer(
    no_args_is_help=True,
    help="Import job postings: check specs, and run imports without a cluster.",
)
_console = Console(stderr=True)


@app.command()
def dev(
    folder: Annotated[
        Path, typer.Argument(help="Folder of JobImport YAML files", exists=True, file_okay=False)
    ],
    state: Annotated[
        Path | None, typer.Option(help="Where statuses and logs go [default: FOLDER/.jobimport]")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the dashboard [default: a free one]")] = 0,
    workers: Annotated[int, typer.Option(help="Worker processes at least", min=1)] = 2,
) -> None:
    """Run operator, workers, gateway and dashboard on this machine, without a cluster.

    Imports are the YAML files of FOLDER; change one and it is taken up. Without REDIS_URL and
    MONGODB_URL, servers are started for the time being, and what they hold is gone at the end.
    """
    options = LaptopOptions(folder, state or folder / ".jobimport", port, workers)
    try:
        asyncio.run(_stay_up(options))
    except PartDied as dead:
        _console.print(f"[red]Stopped:[/red] {dead}")
        raise typer.Exit(1) from dead


@app.command()
def validate(
    files: Annotated[
        list[Path], typer.Argument(help="YAML files of JobImports", exists=True, dir_okay=False)
    ],
) -> None:
    """Check specs as the operator does, and name each field that is wrong.

    Exit status 0: all can run; 1: some cannot.
    """
    wrong = 0
    for path in files:
        for place, problem in problems_of(path):
            wrong += 1
            _console.print(f"{path}: {place}{problem}", soft_wrap=True, markup=False)
    if wrong:
        raise typer.Exit(1)


async def _stay_up(options: LaptopOptions) -> None:
    async with running_laptop(options) as laptop:
        _console.print(f"Dashboard: [bold]{laptop.url}[/bold] (Ctrl-C ends everything)")
        await laptop.stay_up()


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
