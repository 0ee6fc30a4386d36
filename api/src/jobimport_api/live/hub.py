"""The Socket.IO server: who connects, what they subscribe to, and what they are told.

A client subscribes and gets a snapshot with the room's epoch and newest number in one answer. Then
come messages numbered without gaps; a client that sees a gap, a room that it does not know, or
another epoch subscribes again.
"""

import logging
import secrets
import time
from typing import Any

import socketio
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.datastructures import Headers

from jobimport.ids import ImportKey
from jobimport.resource.object import ImportObject
from jobimport.shapes import is_object
from jobimport.telemetry.metrics.gateway import DELIVERIES, REFUSED, SNAPSHOTS
from jobimport_api.access.viewers import Viewers, token_of
from jobimport_api.catalog import Catalog
from jobimport_api.imports.schemas import ImportSummary
from jobimport_api.imports.service import import_detail, summaries
from jobimport_api.live.followers import MOST_ROOMS, Follower, Followers
from jobimport_api.live.rechecks import Rechecks
from jobimport_api.live.refusals import problem, refused
from jobimport_api.live.rooms import Room, Sequences
from jobimport_api.live.wire import frame_of, wire_of
from jobimport_api.outages import MONGODB_AWAY, REDIS_AWAY
from jobimport_api.problems import ProblemError
from jobimport_api.runs.service import run_detail

log = logging.getLogger(__name__)

_IMPORTS_SHOWN = 500


class Hub:
    """Followers and rooms of this gateway; another gateway has its own, and its own epoch."""

    def __init__(self, catalog: Catalog, viewers: Viewers, proxy_header: str) -> None:
        self._catalog = catalog
        self._viewers = viewers
        self._proxy_header = proxy_header
        self._sequences = Sequences()
        self.followers = Followers()
        self.epoch = secrets.token_hex(6)
        self.server: Any = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins=None,
            max_http_buffer_size=64 * 1024,
            ping_interval=20,
            ping_timeout=20,
        )
        self.rechecks = Rechecks(catalog, viewers, self.followers, self.server)
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
        return bool(self.followers.wires(room.name))

    def tell(
        self, room: Room, kind: str, key: ImportKey, run: str | None, data: dict[str, Any]
    ) -> None:
        """Send a message to a room, in order."""
        wires = self.followers.wires(room.name)
        if not wires:
            return
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
        frame = frame_of("message", message)
        DELIVERIES.labels(kind).inc(sum(wire.put(frame) for wire in wires))

    async def tell_import(self, imp: ImportObject) -> None:
        """Send an import's summary to those who follow it, or all."""
        rooms = (Room("import", imp.key), Room.of_namespace(imp.namespace))
        if not any(self.followed(each) for each in rooms):
            return
        try:
            view = await self._catalog.view_of(imp)
        except RedisError:
            view = None
        summary = ImportSummary.of(imp, view).to_json()
        run = summary["currentRun"]["id"] if summary["currentRun"] else None
        for each in rooms:
            self.tell(each, "import.changed", imp.key, run, summary)

    async def open_namespaces(self, namespaces: set[str]) -> None:
        """Let those who follow all imports follow new namespaces, too, where they may."""
        for follower in self.followers.all():
            if follower.follows_all:
                seen = await self._catalog.visible_namespaces(follower.viewer, namespaces)
                for each in sorted(seen):
                    self.followers.join(follower, Room.of_namespace(each))

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        given: dict[str, Any] = auth if is_object(auth) else {}
        scope: dict[str, Any] = environ.get("asgi.scope") or {}
        token = given.get("token") or token_of(Headers(scope=scope), self._proxy_header)
        address = (scope.get("client") or ("",))[0]
        try:
            viewer = await self._viewers.of(token if isinstance(token, str) else None, address)
        except ProblemError as error:
            raise Refused(error.detail, problem(error.status, error.detail)) from error
        self.followers.add(sid, viewer, wire_of(scope))

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        self.followers.remove(sid)

    async def _subscribe(self, sid: str, asked: Any) -> dict[str, Any]:
        follower = self.followers.get(sid)
        if follower is None:
            return refused(401, "Connect first.")
        try:
            return await self._join(follower, Room.read(asked))
        except ProblemError as error:
            REFUSED.labels(str(error.status)).inc()
            return refused(error.status, error.detail)
        except RedisError:
            return refused(503, REDIS_AWAY)
        except PyMongoError:
            return refused(503, MONGODB_AWAY)
        except Exception:
            log.exception("a subscription failed")
            return refused(500, "The subscription failed by an error of ours; it is in the log.")

    async def _join(self, follower: Follower, room: Room) -> dict[str, Any]:
        parts = await self._parts(follower, room)
        own = sum(each.key is not None for each in follower.rooms.values())
        if room.key is not None and room.name not in follower.rooms and own >= MOST_ROOMS:
            raise ProblemError(429, f"At most {MOST_ROOMS} rooms at a time; leave some.")
        joined = [each for each in parts if self.followers.join(follower, each)]
        # The numbers are taken before the snapshot: what happens in between comes as a message too.
        epoch = self.epoch
        numbers = {each.name: self._sequences.last(each.name) for each in parts}
        try:
            snapshot = await self._snapshot(follower, room)
        except BaseException:
            for each in joined:
                self.followers.leave(follower, each.name)
            raise
        SNAPSHOTS.labels(room.kind).inc()
        return {"epoch": epoch, "seqs": numbers, "snapshot": snapshot}

    async def _parts(self, follower: Follower, room: Room) -> list[Room]:
        """The rooms that a subscription joins: all imports is one for each namespace."""
        if room.key is not None:
            await self._catalog.find(follower.viewer, room.key)
            return [room]
        follower.follows_all = True
        follower.looked_at = time.monotonic()
        imports = await self._catalog.visible(follower.viewer)
        return [Room.of_namespace(each) for each in sorted({imp.namespace for imp in imports})]

    async def _snapshot(self, follower: Follower, room: Room) -> Any:
        if room.key is None:
            imports = await self._catalog.visible(follower.viewer)
            shown = await summaries(self._catalog, imports[:_IMPORTS_SHOWN], trends=True)
            return [each.to_json() for each in shown]
        imp = await self._catalog.find(follower.viewer, room.key)
        if room.run is None:
            return (await import_detail(self._catalog, imp, follower.viewer)).to_json()
        return (await run_detail(self._catalog, imp, room.run)).to_json()

    async def _unsubscribe(self, sid: str, asked: Any) -> dict[str, Any]:
        follower = self.followers.get(sid)
        try:
            room = Room.read(asked)
        except ProblemError as error:
            return refused(error.status, error.detail)
        if follower is None:
            return {}
        if room.key is None:
            follower.follows_all = False
        for name, each in list(follower.rooms.items()):
            if name == room.name or (room.key is None and each.key is None):
                self.followers.leave(follower, name)
        return {}
