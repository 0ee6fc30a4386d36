"""`python -m jobimport_cli.standins redis|mongodb|board`: the demo's servers, as pods run them.

Each listens on all addresses at one port, until SIGTERM, and keeps nothing.
"""

import argparse
import asyncio
import os
import signal

from jobimport_cli.board.sample import sample_board
from jobimport_cli.board.server import serving
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.redis_server import redis_program

_EVERYWHERE = "0.0.0.0"  # noqa: S104 - in a pod, whose NetworkPolicy says who may come
_PORTS = {"redis": 6379, "mongodb": 27017, "board": 8080}


def main() -> None:
    """Run one of the servers until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("server", choices=sorted(_PORTS))
    parser.add_argument("--port", type=int, help="default: the usual one, or 8080")
    parser.add_argument("--database", default="jobimport", help="mongodb: the database to prepare")
    options = parser.parse_args()
    port = options.port or _PORTS[options.server]
    if options.server == "redis":
        _become_redis(port)
    # Blocked before there are threads, so that sigwait has them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    if options.server == "mongodb":
        with mongo_stand_in(heap_mb=512, host=_EVERYWHERE, port=port):
            quicken(
                f"mongodb://127.0.0.1:{port}/?directConnection=true", options.database, ["jobs"]
            )
            signal.sigwait(_ENDING)
    else:
        asyncio.run(_board(port))


_ENDING = {signal.SIGTERM, signal.SIGINT}


def _become_redis(port: int) -> None:
    """Go on as redis-server, with the settings that a queue needs."""
    settings = {
        "port": str(port),
        "bind": _EVERYWHERE,
        "protected-mode": "no",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
    }
    program = str(redis_program())
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    os.execv(program, [program, *arguments])


async def _board(port: int) -> None:
    async with serving(sample_board(), port, _EVERYWHERE):
        await asyncio.to_thread(signal.sigwait, _ENDING)


if __name__ == "__main__":
    main()
