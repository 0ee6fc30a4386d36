"""Programs of the cluster that run while a context lasts, each with a log of its own."""

import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobimport_cli.standins.lifetime import die_with_parent, stop


@contextmanager
def running_program(
    folder: Path, program: Path, flags: Mapping[str, str], *arguments: str
) -> Generator["subprocess.Popen[bytes]"]:
    """Run a program with `--name=value` flags; it writes to `<folder>/<program>.log`."""
    with (folder / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), *arguments, *(f"--{name}={value}" for name, value in flags.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)
