"""The `jobimport` command."""

import os
import signal
import sys
from importlib.metadata import version
from types import FrameType
from typing import Annotated

import typer

from jobimport_cli.commands.checking import render, validate
from jobimport_cli.commands.completion import completion
from jobimport_cli.commands.laptop import dev
from jobimport_cli.commands.presets import presets
from jobimport_cli.commands.previews import compare, preview
from jobimport_cli.commands.running import run
from jobimport_cli.terminal import print_text, say

app = typer.Typer(
    name="jobimport",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Import job postings: check, preview and test specs, and run imports without a cluster.",
)


def _show_version(asked: bool) -> None:
    if asked:
        print_text(f"jobimport {version('jobimport-cli')}")
        raise typer.Exit


@app.callback()
def root(
    is_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Take the options that come before a command."""


app.command()(validate)
app.command()(render)
app.command()(preview)
app.command("test")(compare)
app.command()(run)
app.command()(dev)
app.command()(presets)
app.command()(completion)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Do at SIGTERM what Ctrl-C does: end what was started, and remove secrets from the disk."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(number, frame)


def main() -> None:
    """Run the command line; an error of its own is said in a sentence, not as a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(prog_name="jobimport")
    except Exception as error:
        if os.environ.get("JOBIMPORT_DEBUG"):
            raise
        say(
            f"Error of jobimport itself: {type(error).__name__}: {error}. Set JOBIMPORT_DEBUG=1 to"
            " see where, and report it."
        )
        sys.exit(70)


if __name__ == "__main__":
    main()
