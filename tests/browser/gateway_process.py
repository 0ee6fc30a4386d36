"""The stack's gateway as a process that can be killed and started again at the same address."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import httpx

from jobimport_cli.laptop import Laptop

_READY_SECONDS = 240


class GatewayProcess:
    """Starts the gateway anew as it was first started: same arguments, environment and port."""

    def __init__(self, laptop: Laptop) -> None:
        self._url = laptop.url
        first = next(part for part in laptop.parts if part.name == "gateway")
        self._process = first.process
        self._log = first.log
        self._first = True
        proc = Path(f"/proc/{first.process.pid}")
        self._command = _texts(proc / "cmdline")
        self._environment = dict(text.split("=", 1) for text in _texts(proc / "environ"))

    async def kill(self) -> None:
        """End it without warning, as a crash does."""
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def start(self) -> None:
        """Start it again, and wait until it is ready."""
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
            )
        self._first = False
        async with asyncio.timeout(_READY_SECONDS), httpx.AsyncClient(timeout=60) as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self._url}/readyz")).is_success:
                        return
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        """End one that was started here; the first one is the laptop's."""
        if not self._first and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def _texts(path: Path) -> list[str]:
    return [os.fsdecode(each) for each in path.read_bytes().split(b"\0") if each]
