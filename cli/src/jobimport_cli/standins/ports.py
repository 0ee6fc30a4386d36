"""A port that is free now, and that the system gives to nobody else meanwhile."""

import random
import socket
from pathlib import Path

_LOWEST = 15_000  # below it are the ports that programs listen on of old
_GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 100


def free_port(host: str = "127.0.0.1") -> int:
    """A port of `host` where nothing listens, for a server that listens there a little later.

    A port that the system chose itself may be gone by then, as the near end of anybody's
    connection; so this one is from below the range that the system chooses from.
    """
    for _ in range(_TRIES):
        port = random.randrange(_LOWEST, max(_first_given(), _LOWEST + 1))
        with socket.socket() as listener:
            try:
                listener.bind((host, port))
            except OSError:
                continue
            return port
    with socket.socket() as listener:
        listener.bind((host, 0))
        return listener.getsockname()[1]


def _first_given() -> int:
    """The lowest port that the system may choose: Linux says it, others begin at 49152 (IANA)."""
    try:
        return int(_GIVEN.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 49_152
