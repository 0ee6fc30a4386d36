"""Processes that do not outlive the one that started them, and end when they are told to."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 10
_POLL_SECONDS = 0.02


class ServerDidNotStart(RuntimeError):
    """A server ended or stayed silent; the message holds the end of its log."""


def die_with_parent() -> None:
    """To be run in a child before its program: SIGTERM when the parent is gone, however it went.

    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere nothing happens.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process: SIGTERM, and by force when it does not go."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float
) -> None:
    """Wait for `ready`; ServerDidNotStart where the process ends first or time runs out."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            command = " ".join(map(str, process.args if isinstance(process.args, list) else []))
            raise ServerDidNotStart(f"{command[:80]} did not start; it said:\n{tail}")
        time.sleep(_POLL_SECONDS)
