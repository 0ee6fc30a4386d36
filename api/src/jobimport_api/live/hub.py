"""Who follows what, and what they are told.

A client subscribes and gets a snapshot with the room's epoch and newest number in one answer. Then
come messages numbered without gaps; a client that sees a gap or another epoch subscribes again.
"""

import asyncio
import logging
import secrets
from collections import Counter
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refused

from jobimport.ids import ImportKey
from jobimport.resource.object import ImportObject
from jobimport.shapes import is_object
from jobimport.telemetry.metrics.gateway import CLIENTS, DELIVERIES, REFUSED, ROOMS, SNAPSHOTS
from jobimport_api.catalog import Catalog
from jobimport_api.live.rooms import Room, Sequences
from jobimport_api.problems import ProblemError, problem_of
from jobimport_api.schemas import ImportSummary
from jobimport_api.viewers import Viewer, Viewers

log = logging.getLogger(__name__)

_MOST_ROOMS = 50
_IMPORTS_SHOWN = 500


class Hub:
    """The Socket.IO server."""

    def __init__(self, catalog: Catalog, viewers: Viewers, origins: list[str] | None) -> None:
        self._catalog = catalog
        self._viewers = viewers
        self._sequences = Sequences()
        self._rooms: dict[str, int] = {}
        self._lock = asyncio.Lock()
        self.epoch = secrets.token_hex(6)
        self.server: Any = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins=origins,
            max_http_buffer_size=64 * 1024,
            ping_interval=20,
            ping_timeout=20,
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("subscribe", self._subscribe)
        self.server.on("unsubscribe", self._unsubscribe)

    def begin_again(self) -> None:
        """Begin a new epoch: every client has to take a new snapshot."""
        self.epoch = secrets.token_hex(6)
        self._sequences = Sequences()

    def followed(self, room: Room) -> bool:
        """Whether anybody follows a room."""
        return self._rooms.get(room.name, 0) > 0

    async def tell(
        self, room: Room, kind: str, key: ImportKey, run: str | None, data: dict[str, Any]
    ) -> None:
        """Send a message to a room, in order."""
        if not self.followed(room):
            return
        async with self._lock:
            message = {
                "epoch": self.epoch,
                "seq": self._sequences.take(room.name),
                "room": room.name,
                "type": kind,
                "namespace": key.namespace,
                "name": key.name,
                "runId": run,
                "data": data,
            }
            await self.server.emit("message", message, room=room.name)
            DELIVERIES.labels(kind).inc(self._rooms.get(room.name, 0))

    async def tell_import(self, imp: ImportObject) -> None:
        """Send an import's summary to those who follow it, or all."""
        room = Room("import", imp.key)
        scope = namespace_room(imp.namespace)
        if not self.followed(room) and not self.followed(scope):
            return
        summary = ImportSummary.of(imp, await self._catalog.view_of(imp)).to_json()
        run = summary["currentRun"]["id"] if summary["currentRun"] else None
        for each in (room, scope):
            await self.tell(each, "import.changed", imp.key, run, summary)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        given: dict[str, Any] = auth if is_object(auth) else {}
        token = given.get("token")
        header = f"Bearer {token}" if isinstance(token, str) else None
        try:
            viewer = await self._viewers.of(header)
        except ProblemError as problem:
            raise Refused(problem.detail) from problem
        await self.server.save_session(sid, {"viewer": viewer, "rooms": set[str]()})
        CLIENTS.inc()

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        session: dict[str, Any] = await self.server.get_session(sid)
        for name in session.get("rooms", ()):
            self._left(name)
        if session:
            CLIENTS.dec()

    def _left(self, name: str) -> None:
        left = self._rooms.get(name, 1) - 1
        if left > 0:
            self._rooms[name] = left
            return
        self._rooms.pop(name, None)
        self._show_rooms()

    def _show_rooms(self) -> None:
        kinds = Counter(name.partition("/")[0] for name in self._rooms)
        for kind in ("ns", "import", "run"):
            ROOMS.labels(kind).set(kinds[kind])

    async def _subscribe(self, sid: str, asked: Any) -> dict[str, Any]:
        session: dict[str, Any] = await self.server.get_session(sid)
        try:
            return await self._join(sid, session, Room.read(asked))
        except ProblemError as problem:
            REFUSED.labels(str(problem.status)).inc()
            return _refused(problem.status, problem.detail)
        except Exception:
            log.exception("a subscription failed")
            return _refused(503, "Redis or MongoDB cannot be read right now; try again.")

    async def _join(self, sid: str, session: dict[str, Any], room: Room) -> dict[str, Any]:
        viewer: Viewer = session["viewer"]
        joined: set[str] = session["rooms"]
        if len(joined) >= _MOST_ROOMS:
            raise ProblemError(429, f"At most {_MOST_ROOMS} rooms at a time; leave some.")
        parts = await self._parts(viewer, room)
        for each in parts:
            if each.name not in joined:
                joined.add(each.name)
                self._rooms[each.name] = self._rooms.get(each.name, 0) + 1
                await self.server.enter_room(sid, each.name)
        # The numbers are taken before the snapshot: what happens in between comes as a message too.
        epoch = self.epoch
        numbers = {each.name: self._sequences.last(each.name) for each in parts}
        snapshot = await self._snapshot(viewer, room)
        self._show_rooms()
        SNAPSHOTS.labels(room.kind).inc()
        return {
            "epoch": epoch,
            "seqs": numbers,
            "snapshot": snapshot,
        }

    async def _parts(self, viewer: Viewer, room: Room) -> list[Room]:
        """The rooms that a subscription joins: all imports is one for each namespace."""
        if room.key is not None:
            await self._catalog.find(viewer, room.key)
            return [room]
        imports = await self._catalog.visible(viewer)
        return [namespace_room(each) for each in sorted({imp.namespace for imp in imports})]

    async def _snapshot(self, viewer: Viewer, room: Room) -> Any:
        if room.key is None:
            imports = await self._catalog.visible(viewer)
            summaries = await self._catalog.summaries(imports[:_IMPORTS_SHOWN])
            return [each.to_json() for each in summaries]
        imp = await self._catalog.find(viewer, room.key)
        if room.run is None:
            return (await self._catalog.detail(imp)).to_json()
        return (await self._catalog.run(imp, room.run)).to_json()

    async def _unsubscribe(self, sid: str, asked: Any) -> dict[str, Any]:
        session: dict[str, Any] = await self.server.get_session(sid)
        joined: set[str] = session["rooms"]
        try:
            room = Room.read(asked)
        except ProblemError as problem:
            return _refused(problem.status, problem.detail)
        names = [n for n in joined if n == room.name or (room.key is None and n.startswith("ns/"))]
        for name in names:
            joined.discard(name)
            self._left(name)
            await self.server.leave_room(sid, name)
        return {}


def namespace_room(namespace: str) -> Room:
    """The room of all imports of a namespace."""
    return Room(f"ns/{namespace}")


def _refused(status: int, detail: str) -> dict[str, Any]:
    return {"error": problem_of(status, detail, "/socket.io").model_dump()}
