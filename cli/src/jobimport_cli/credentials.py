"""Secrets for a process of this machine, as the workers of a cluster have them: a file each."""

import os
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jobimport_cli.terminal import fail


@contextmanager
def credentials_folder(secrets: Sequence[str]) -> Generator[Path]:
    """A folder with a file for each of `name=@file` and `name=env:VARIABLE`, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="jobimport-") as folder:
        for given in secrets:
            name, value = _secret(given)
            path = Path(folder) / name
            path.touch(mode=0o600)
            path.write_bytes(value)
        yield Path(folder)


def _secret(given: str) -> tuple[str, bytes]:
    name, equals, source = given.partition("=")
    if not (name and equals) or "/" in name or name in {".", ".."}:
        fail("--secret: expected name=@file or name=env:VARIABLE", 2)
    if source.startswith("@"):
        try:
            return name, Path(source[1:]).expanduser().read_bytes().strip()
        except OSError as error:
            fail(f"--secret {name}: {source[1:]} cannot be read: {error.strerror}", 2)
    if source.startswith("env:"):
        value = os.environ.get(source[4:])
        if value is None:
            fail(f"--secret {name}: the environment has no variable {source[4:]}", 2)
        return name, value.encode()
    return fail(
        f"--secret {name}: write {name}=@file or {name}=env:VARIABLE, not the secret itself: others"
        " can see the arguments of a program",
        2,
    )
