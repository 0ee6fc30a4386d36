"""The Socket.IO server: who connects, what they subscribe to, and what they are told.

A client subscribes and gets a snapshot with the room's epoch and newest number in one answer. Then
come messages numbered without gaps; a client that sees a gap, a room that it does not know, or
another epoch subscribes again.
"""

import asyncio
import logging
import secrets
import time
from typing import Any, Final

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
from jobimport_api.live.followers import MOST_ROOMS, Follower, Followers, confirm, rooms_lost
from jobimport_api.live.rooms import Room, Sequences
from jobimport_api.live.wire import frame_of, wire_of
from jobimport_api.outages import MONGODB_AWAY, REDIS_AWAY
from jobimport_api.problems import ProblemError, problem_of
from jobimport_api.runs.service import run_detail

log = logging.getLogger(__name__)

_IMPORTS_SHOWN = 500
_UNCONFIRMED_SECONDS = 60.0


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

    async def recheck_for_ever(self, seconds: float) -> None:
        """Look at all followers again and again, and cut off those who may no longer follow."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._recheck()
            except Exception:
                log.exception("followers could not be looked at anew")

    async def _recheck(self) -> None:
        namespaces = {imp.namespace for imp in await self._catalog.source.list()}
        for follower in self.followers.all():
            over = await confirm(follower, self._viewers)
            why = _refused(401, over) if over else None
            if why is None and time.monotonic() - follower.confirmed_at > _UNCONFIRMED_SECONDS:
                why = _UNCONFIRMED
            if why is not None:
                await self.server.emit("refused", why, to=follower.sid)
                await self.server.disconnect(follower.sid)
                continue
            try:
                lost = await rooms_lost(follower)
                gained = await self._rooms_gained(follower, namespaces)
            except ProblemError:
                continue
            for name in lost:
                self.followers.leave(follower, name)
            if lost:
                told = {"rooms": lost, **_refused(403, "You may not follow these any more.")}
                await self.server.emit("left", told, to=follower.sid)
            if gained:
                await self.server.emit("gained", {"rooms": gained}, to=follower.sid)

    async def _rooms_gained(self, follower: Follower, namespaces: set[str]) -> list[str]:
        """Let who follows all imports follow those of namespaces that they may see by now."""
        rooms = {each: Room.of_namespace(each) for each in namespaces}
        others = {name for name, room in rooms.items() if room.name not in follower.rooms}
        if not follower.follows_all or not others:
            return []
        seen = sorted(await self._catalog.visible_namespaces(follower.viewer, others))
        return [rooms[each].name for each in seen if self.followers.join(follower, rooms[each])]

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        given: dict[str, Any] = auth if is_object(auth) else {}
        scope: dict[str, Any] = environ.get("asgi.scope") or {}
        token = given.get("token") or token_of(Headers(scope=scope), self._proxy_header)
        address = (scope.get("client") or ("",))[0]
        try:
            viewer = await self._viewers.of(token if isinstance(token, str) else None, address)
        except ProblemError as problem:
            raise Refused(problem.detail, _problem(problem.status, problem.detail)) from problem
        self.followers.add(sid, viewer, wire_of(scope))

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        self.followers.remove(sid)

    async def _subscribe(self, sid: str, asked: Any) -> dict[str, Any]:
        follower = self.followers.get(sid)
        if follower is None:
            return _refused(401, "Connect first.")
        try:
            return await self._join(follower, Room.read(asked))
        except ProblemError as problem:
            REFUSED.labels(str(problem.status)).inc()
            return _refused(problem.status, problem.detail)
        except RedisError:
            return _refused(503, REDIS_AWAY)
        except PyMongoError:
            return _refused(503, MONGODB_AWAY)
        except Exception:
            log.exception("a subscription failed")
            return _refused(500, "The subscription failed by an error of ours; it is in the log.")

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
        except ProblemError as problem:
            return _refused(problem.status, problem.detail)
        if follower is None:
            return {}
        if room.key is None:
            follower.follows_all = False
        for name, each in list(follower.rooms.items()):
            if name == room.name or (room.key is None and each.key is None):
                self.followers.leave(follower, name)
        return {}


def _refused(status: int, detail: str) -> dict[str, Any]:
    return {"error": _problem(status, detail)}


def _problem(status: int, detail: str) -> dict[str, Any]:
    return problem_of(status, detail, "/socket.io").model_dump()


_UNCONFIRMED: Final = _refused(
    503, "The API server has not vouched for the token for a minute: connect again."
)
