"""What processes have used, read from /proc: CPU seconds and peak memory, children included."""

import os
import threading
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAUSE_SECONDS = 0.1


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def parents() -> dict[int, int]:
    """The parent of every process."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int(_stat(int(entry.name))[1])
            except (OSError, IndexError):
                continue
    return found


def family_of(pid: int) -> list[int]:
    """A process and all below it."""
    known, family = parents(), [pid]
    for each in family:
        family += [child for child, parent in known.items() if parent == each]
    return family


def program_below(pid: int, name: str) -> int:
    """The process below `pid` whose command has `name` in its first word."""
    for each in family_of(pid)[1:]:
        command = Path(f"/proc/{each}/cmdline").read_bytes().split(b"\0")[0]
        if name in command.decode("utf-8", "replace").rpartition("/")[2]:
            return each
    raise LookupError(f"no process {name!r} runs below {pid}")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads and its children that have ended."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICK


class PeakMemory:
    """Looks at a process and its children while the context lasts; `mib` is their highest sum.

    Of a process alone the kernel's own high-water mark counts, which misses no moment.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.mib = 0

    def __enter__(self) -> "PeakMemory":
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")  # reset the high-water mark
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_PAUSE_SECONDS):
            self._look()

    def _look(self) -> None:
        family = family_of(self._pid)
        word = "VmHWM" if len(family) == 1 else "VmRSS"
        self.mib = max(self.mib, sum(_kib(each, word) for each in family) // 1024)


def _kib(pid: int, word: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(word)), 0)
