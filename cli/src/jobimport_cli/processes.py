"""The parts as processes of this machine: started together, watched, and ended together."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jobimport_cli.standins.lifetime import die_with_parent

_STOP_SECONDS = 30


class PartDied(RuntimeError):
    """A part ended by itself; the message says which one, how, and where its log is."""


class PortTaken(RuntimeError):
    """Something else listens at the port; the message says which, and what to do."""


def require_free(port: int, option: str) -> None:
    """Raise PortTaken where something listens at the port on loopback already."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(
                f"port {port} cannot be listened at ({error.strerror}): stop what has it, or give"
                f" another {option}"
            ) from error


@dataclass(slots=True)
class Part:
    """One running part and the file that its output goes to."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def ended(self) -> None:
        """Wait for the part; PartDied when it ends, with the end of its log."""
        status = await self.process.wait()
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        raise PartDied(f"the {self.name} ended with status {status}; {self.log} ends with:\n{tail}")

    async def stop(self) -> None:
        """Ask it to end (SIGTERM) and wait; end it by force when it does not."""
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def running_part(
    name: str, module: str, arguments: Sequence[str], environment: Mapping[str, str], logs: Path
) -> AsyncGenerator[Part]:
    """Run `python -m module` while the context lasts, its output in `logs/<name>.log`."""
    log = _log_file(name, logs)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    part = Part(name, process, log)
    try:
        yield part
    finally:
        await part.stop()


def _log_file(name: str, logs: Path) -> Path:
    logs.mkdir(parents=True, exist_ok=True)
    return logs / f"{name}.log"
