"""Run a command that dies with its parent: `python child.py <parent's pid> <command>...`.

The kernel sends SIGTERM to this process when its parent dies, however that happens, and goes on
doing so for the command that takes this process over. A module of its own without imports of the
project, so that it costs no noticeable time.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for the signal, then become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != int(sys.argv[1]):
            sys.exit(0)
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
