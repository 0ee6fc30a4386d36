"""Who is connected, what each of them follows, and whether they still may."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from jobimport.telemetry.metrics.gateway import CLIENTS, ROOMS
from jobimport_api.access.viewers import Viewer, Viewers
from jobimport_api.live.rooms import Room
from jobimport_api.live.wire import Wire
from jobimport_api.problems import ProblemError

MOST_ROOMS = 50
_NOBODY: Final[dict[str, Wire]] = {}


@dataclass(slots=True)
class Follower:
    """A connected client. `confirmed_at` is when the API server last vouched for its token, and
    `looked_at` when it was last asked about all namespaces.
    """

    sid: str
    viewer: Viewer
    wire: Wire
    rooms: dict[str, Room] = field(default_factory=dict[str, Room])
    follows_all: bool = False
    confirmed_at: float = field(default_factory=time.monotonic)
    looked_at: float = float("-inf")


class Followers:
    """The connected clients, by session, and those who follow each room."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Follower] = {}
        self._in_room: dict[str, dict[str, Wire]] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def all(self) -> list[Follower]:
        """All that are connected now."""
        return list(self._by_sid.values())

    def get(self, sid: str) -> Follower | None:
        """A client; None where it has gone."""
        return self._by_sid.get(sid)

    def add(self, sid: str, viewer: Viewer, wire: Wire) -> None:
        """Note a client that has connected."""
        self._by_sid[sid] = Follower(sid, viewer, wire)
        CLIENTS.set(len(self._by_sid))

    def remove(self, sid: str) -> None:
        """Forget a client that has gone."""
        follower = self._by_sid.pop(sid, None)
        CLIENTS.set(len(self._by_sid))
        for name in list(follower.rooms) if follower else ():
            self._take_out(sid, name)

    def join(self, follower: Follower, room: Room) -> bool:
        """Note that a client follows a room; False where it did already or has gone."""
        if room.name in follower.rooms or follower.sid not in self._by_sid:
            return False
        follower.rooms[room.name] = room
        if room.name not in self._in_room:
            self._in_room[room.name] = {}
            ROOMS.labels(_kind(room.name)).inc()
        self._in_room[room.name][follower.sid] = follower.wire
        return True

    def leave(self, follower: Follower, name: str) -> None:
        """Note that a client no longer follows a room."""
        if follower.rooms.pop(name, None) is not None:
            self._take_out(follower.sid, name)

    def rooms(self, kind: str) -> set[Room]:
        """The rooms of a kind that somebody follows."""
        joined = (room for each in self._by_sid.values() for room in each.rooms.values())
        return {room for room in joined if room.kind == kind}

    def wires(self, room: str) -> Collection[Wire]:
        """The wires of those who follow a room."""
        return self._in_room.get(room, _NOBODY).values()

    def _take_out(self, sid: str, room: str) -> None:
        members = self._in_room[room]
        del members[sid]
        if not members:
            del self._in_room[room]
            ROOMS.labels(_kind(room)).dec()


def _kind(room: str) -> str:
    return room.partition("/")[0]


async def confirm(follower: Follower, viewers: Viewers) -> str | None:
    """Look at a client's token anew; None where it still holds, else why it does not."""
    try:
        follower.viewer = await viewers.again(follower.viewer)
    except ProblemError as problem:
        return problem.detail if problem.status == 401 else None
    follower.confirmed_at = time.monotonic()
    return None


async def rooms_lost(follower: Follower) -> list[str]:
    """The rooms that a client follows and may not follow any more."""
    rooms = list(follower.rooms.values())
    answers = await asyncio.gather(*(may_follow(follower.viewer, room) for room in rooms))
    return [room.name for room, may in zip(rooms, answers, strict=True) if not may]


async def may_follow(viewer: Viewer, room: Room) -> bool:
    """Whether a viewer may follow a room: of a namespace, or of one import."""
    if room.key is None:
        return await viewer.may("list", "") or await viewer.may("list", room.namespace)
    return await viewer.may("get", room.key.namespace, room.key.name)
