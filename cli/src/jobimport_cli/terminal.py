"""What commands say: results go to standard output, everything else to standard error."""

import sys
from typing import Any, NoReturn

import orjson
import typer
from rich.console import Console

errors = Console(stderr=True, highlight=False)
"""For people: progress, problems, warnings."""


def results() -> Console:
    """For results; wide where nobody looks at it, so that nothing is cut off."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def print_text(text: str) -> None:
    """Print a result as it is; BrokenPipeError where nobody reads it any more."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """Print a result as one JSON document."""
    print_text(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def say(text: str) -> None:
    """Tell something to a person, as it is."""
    errors.print(text, markup=False, soft_wrap=True)


def fail(text: str, status: int = 1) -> NoReturn:
    """Say what is wrong and end with a status."""
    errors.print("Error: ", style="red", end="")
    say(text)
    raise typer.Exit(status)
