"""`jobimport completion`."""

import os
from enum import StrEnum
from typing import Annotated

import typer

_VARIABLE = "_JOBIMPORT_COMPLETE"


class Shell(StrEnum):
    """Shells that can complete commands and options."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish")],
) -> None:
    """Print a script that completes commands and options.

    In bash: `source <(jobimport completion bash)`, once, or in ~/.bashrc for good. In zsh the same;
    in fish: `jobimport completion fish | source`.
    """
    root = context.find_root()
    os.environ[_VARIABLE] = f"source_{shell}"
    try:
        root.command.main(args=[], prog_name="jobimport")
    finally:
        del os.environ[_VARIABLE]
