"""JSON files that are whole at every moment, and one lock for the processes that share them."""

import fcntl
import json
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast


def read_json(path: Path) -> dict[str, Any] | None:
    """Read the object in `path`; None when there is no such file or no object in it."""
    try:
        value: Any = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Replace `path` in one step: a reader, or a crash, sees the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def locked(state: Path) -> Generator[None]:
    """Hold the state folder's lock; it is let go of when the process dies, too."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
