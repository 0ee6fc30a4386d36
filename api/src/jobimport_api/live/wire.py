"""From one message to many sockets: a frame is made once, and its bytes are written to each.

Socket.IO's server gives each client a queue, a task and a frame of its own for every message. That
stays so for what one client is told; what a room is told comes this way.
"""

import logging
from typing import Any, Final

import orjson
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

log = logging.getLogger(__name__)

MOST_WAITING: Final = 4 * 1024 * 1024
"""Bytes that wait for a client: one that reads no faster is cut off, and takes a new snapshot."""

_EXTENSION: Final = "jobimport.wire"


class Wire(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which also takes frames that were made for many."""

    def handle_connect(self, event: Request) -> None:
        """Hand itself to the application, in the scope's extensions."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope.setdefault("extensions", {})[_EXTENSION] = {"wire": self}

    def put(self, frame: bytes) -> bool:
        """Write a frame; False where the client has gone, or is cut off because it reads too
        slowly.
        """
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return False
        if self.transport.get_write_buffer_size() > MOST_WAITING:
            log.warning("a client reads too slowly, and was cut off: %s", self.client)
            self.transport.abort()
            return False
        self.transport.write(frame)
        return True


def wire_of(scope: dict[str, Any]) -> Wire:
    """The wire of a connection; LookupError where the server that runs the application has none."""
    try:
        return scope["extensions"][_EXTENSION]["wire"]
    except KeyError:
        raise LookupError("serve the gateway by uvicorn with ws=Wire") from None


def frame_of(event: str, data: dict[str, Any]) -> bytes:
    """A Socket.IO event as the bytes that each client gets. The server's frames have no mask, and
    one without the bit for compression is valid also where a client has negotiated that.
    """
    text = b"".join((b"42[", orjson.dumps(event), b",", orjson.dumps(data), b"]"))
    return Frame(Opcode.TEXT, text).serialize(mask=False)
