"""A plain balancer before gateways: no sticky sessions."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Balancer:
    """Passes each connection on to the next gateway that takes it; knows no sessions."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self._turn = itertools.count()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self.ports:
            port = self.ports[next(self._turn) % len(self.ports)]
            with suppress(OSError):
                to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
                break
        else:
            writer.close()
            return
        both = [_copied(reader, to_writer), _copied(to_reader, writer)]
        await asyncio.gather(*both, return_exceptions=True)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def balancing(*ports: int) -> AsyncGenerator[tuple[Balancer, str]]:
    """Balance over ports of the loopback while the context lasts; gives the balancer's URL."""
    balancer = Balancer()
    balancer.ports = [*ports]
    server = await asyncio.start_server(balancer.pass_on, "127.0.0.1", 0)
    try:
        yield balancer, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
