"""Programs of the cluster that run while a context lasts, each with a log of its own."""

import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobimport_cli.standins.lifetime import die_with_parent, stop


@contextmanager
def running_program(
    folder: Path,
    program: Path,
    flags: Mapping[str, str],
    *arguments: str,
    environment: Mapping[str, str] | None = None,
) -> Generator["subprocess.Popen[bytes]"]:
    """Run a program with `--name=value` flags; it writes to `<folder>/<program>.log`.

    `environment` is added to that of this process.
    """
    with (folder / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), *arguments, *(f"--{name}={value}" for name, value in flags.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **(environment or {})},
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def unmount(folder: Path) -> None:
    """Unmount what programs mounted in a folder of theirs, the innermost first."""
    for _ in range(3):
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        ours = sorted((each for each in mounts if each.startswith(f"{folder}/")), reverse=True)
        for each in ours:
            subprocess.run(["umount", "--lazy", each], capture_output=True, check=False)
        if not ours:
            return
