"""Followers are looked at again and again: whether they still may, and what they may by now."""

import asyncio
import logging
import time
from typing import Any, Final

from jobimport_api.access.viewers import Viewers
from jobimport_api.catalog import Catalog
from jobimport_api.live.followers import Follower, Followers, confirm, rooms_lost
from jobimport_api.live.refusals import refused
from jobimport_api.live.rooms import Room
from jobimport_api.problems import ProblemError

log = logging.getLogger(__name__)

_UNCONFIRMED_SECONDS: Final = 60.0
_UNCONFIRMED: Final = refused(
    503, "The API server has not vouched for the token for a minute: connect again."
)
_AT_A_TIME: Final = 8
_ROUNDS_OF_A_TURN: Final = 4
"""Every so many rounds a follower's other namespaces are looked at: a right that is given holds
within a minute.
"""
_LONGEST_TURN_SECONDS: Final = 30.0
_MOST_NAMESPACES: Final = 2_000
"""How many questions a round may ask about namespaces that are not followed; the rest waits."""


class Rechecks:
    """Cuts off those who may no longer follow, and lets those in who may by now.

    What was taken away is looked at in each round, for all followers. What may have been given is a
    question for each follower and each namespace that they do not see: each follower's turn comes
    every few rounds, those who waited longest first, and a round asks only so much.
    """

    def __init__(
        self, catalog: Catalog, viewers: Viewers, followers: Followers, server: Any
    ) -> None:
        self._catalog = catalog
        self._viewers = viewers
        self._followers = followers
        self._server = server

    async def run(self, seconds: float) -> None:
        """Look at all of them every so many seconds, for ever."""
        wait = seconds
        while True:
            await asyncio.sleep(wait)
            begun = time.monotonic()
            try:
                await self.round(min(seconds * _ROUNDS_OF_A_TURN, _LONGEST_TURN_SECONDS))
            except Exception:
                log.exception("followers could not be looked at anew")
            wait = max(seconds - (time.monotonic() - begun), seconds / 10)

    async def round(self, gain_seconds: float) -> None:
        """Look at all once; at what they gained only where that is `gain_seconds` ago."""
        namespaces = {imp.namespace for imp in await self._catalog.source.list()}
        due = self._due(namespaces, gain_seconds)
        waiting = iter(self._followers.all())

        async def look() -> None:
            for follower in waiting:
                await self._look_at(follower, namespaces if follower.sid in due else set())

        await asyncio.gather(*(look() for _ in range(_AT_A_TIME)))

    def _due(self, namespaces: set[str], gain_seconds: float) -> set[str]:
        """The sessions whose turn it is to be asked about namespaces that they do not follow."""
        now = time.monotonic()
        late = [
            each
            for each in self._followers.all()
            if each.follows_all and now - each.looked_at >= gain_seconds
        ]
        found: set[str] = set()
        left = _MOST_NAMESPACES
        for follower in sorted(late, key=lambda each: each.looked_at):
            if left <= 0:
                break
            left -= len(_others(follower, namespaces))
            found.add(follower.sid)
        return found

    async def _look_at(self, follower: Follower, namespaces: set[str]) -> None:
        over = await confirm(follower, self._viewers)
        why = refused(401, over) if over else None
        if why is None and time.monotonic() - follower.confirmed_at > _UNCONFIRMED_SECONDS:
            why = _UNCONFIRMED
        if why is not None:
            await self._server.emit("refused", why, to=follower.sid)
            await self._server.disconnect(follower.sid)
            return
        try:
            lost = await rooms_lost(follower)
            gained = await self._rooms_gained(follower, namespaces)
        except ProblemError:
            return
        for name in lost:
            self._followers.leave(follower, name)
        if lost:
            told = {"rooms": lost, **refused(403, "You may not follow these any more.")}
            await self._server.emit("left", told, to=follower.sid)
        if gained:
            await self._server.emit("gained", {"rooms": gained}, to=follower.sid)

    async def _rooms_gained(self, follower: Follower, namespaces: set[str]) -> list[str]:
        """Let who follows all imports follow those of namespaces that they may see by now."""
        others = _others(follower, namespaces)
        if not others:
            return []
        asked_at = time.monotonic()
        seen = await self._catalog.visible_namespaces(follower.viewer, others)
        follower.looked_at = asked_at
        rooms = [Room.of_namespace(each) for each in sorted(seen)]
        return [room.name for room in rooms if self._followers.join(follower, room)]


def _others(follower: Follower, namespaces: set[str]) -> set[str]:
    if not follower.follows_all:
        return set()
    return {each for each in namespaces if Room.of_namespace(each).name not in follower.rooms}
