"""Postings as JSON lines: into a file, which is replaced as a whole, or to standard output."""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import orjson

from jobimport_cli.terminal import fail

STDOUT: Final = Path("-")


class JsonLines:
    """Where JSON lines go. A file that is there is kept until all lines of the new one are written.

    Ends with what is wrong where nothing can be written there, before there is anything to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        folder = path.parent
        if path == STDOUT:
            return
        if path.is_dir():
            fail(f"--output {path}: is a folder, name a file in it", 2)
        if not folder.is_dir():
            fail(f"--output {path}: there is no folder {folder}", 2)
        if not os.access(path if self._is_special() else folder, os.W_OK):
            fail(f"--output {path}: cannot be written to", 2)

    async def write(self, postings: AsyncIterator[dict[str, Any]]) -> str:
        """Write all postings; says how many there were, and where they are."""
        if self._path == STDOUT:
            return f"{await _write(sys.stdout.buffer, postings):,} postings written"
        try:
            with self._path.open("wb") if self._is_special() else _replacing(self._path) as target:
                count = await _write(target, postings)
        except OSError as error:
            fail(f"--output {self._path}: cannot be written: {error.strerror}", 2)
        return f"{count:,} postings written to {self._path}"

    def _is_special(self) -> bool:
        """Whether it is a pipe or a device, which can't be replaced."""
        return self._path.exists() and not self._path.is_file()


@contextmanager
def _replacing(path: Path) -> Generator[IO[bytes]]:
    """A file that takes the place of `path` when the context ends well."""
    hidden = f".{path.name}."
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=hidden, delete=False) as target:
        made = Path(target.name)
        try:
            yield target
        except BaseException:
            made.unlink(missing_ok=True)
            raise
    made.chmod(_mode_of(path))
    made.replace(path.resolve())


async def _write(target: IO[bytes], postings: AsyncIterator[dict[str, Any]]) -> int:
    count = 0
    async for posting in postings:
        target.write(orjson.dumps(posting, default=str) + b"\n")
        count += 1
    target.flush()
    return count


def _mode_of(path: Path) -> int:
    """The mode of a file that is there; else the one that a new file gets."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
