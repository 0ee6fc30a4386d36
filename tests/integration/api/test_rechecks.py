"""Followers are looked at again and again: what that asks of the API server is bounded."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from redis.asyncio import Redis

from gateways import ImportsFolder
from jobimport.store.collections import Database
from jobimport_api.access.viewers import Verb, Viewer
from jobimport_api.catalog import Catalog
from jobimport_api.live import rechecks
from jobimport_api.live.followers import Followers
from jobimport_api.live.rechecks import Rechecks
from jobimport_api.live.rooms import Room
from jobimport_api.problems import ProblemError
from jobimport_api.sources.folder import LocalSource

NAMESPACES = [f"team-{number}" for number in range(12)]
MINUTE = 45.0


class Rights:
    """What people may list, and what was asked about each of them."""

    def __init__(self) -> None:
        self.may: dict[str, set[str]] = {}
        self.asked: Counter[str] = Counter()
        self.away = False

    async def of(self, token: str | None, address: str = "") -> Viewer:
        raise AssertionError("nobody connects here")

    async def again(self, viewer: Viewer) -> Viewer:
        return viewer


class Person:
    """Somebody with the rights of their name."""

    token = None

    def __init__(self, name: str, rights: Rights) -> None:
        self.name = name
        self._rights = rights

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        if self._rights.away:
            raise ProblemError(503, "The API server is away.")
        self._rights.asked[self.name] += bool(namespace)
        return verb == "list" and namespace in self._rights.may.get(self.name, set())


class Told:
    """Keeps what clients are told."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, list[str]]] = []

    async def emit(self, event: str, data: dict[str, Any], to: str) -> None:
        self.messages.append((to, event, data["rooms"]))


class World:
    def __init__(self, catalog: Catalog) -> None:
        self.rights = Rights()
        self.told = Told()
        self.followers = Followers()
        self.rechecks = Rechecks(catalog, self.rights, self.followers, self.told)

    def follower(self, name: str, *namespaces: str, follows_all: bool = True) -> None:
        """Somebody who may see namespaces, and follows them."""
        self.rights.may[name] = set(namespaces)
        wire: Any = object()  # what a room is told goes there: nothing is told to rooms here
        self.followers.add(name, Person(name, self.rights), wire)
        follower = self.followers.get(name)
        assert follower is not None
        follower.follows_all = follows_all
        for each in namespaces:
            self.followers.join(follower, Room.of_namespace(each))


@pytest.fixture
async def world(redis: Redis, database: Database, folder: ImportsFolder) -> World:
    for namespace in NAMESPACES:
        await folder.add("acme", namespace)
    return World(Catalog(LocalSource(folder.path, folder.state), redis, database))


async def test_who_was_given_a_right_follows_and_is_told(world: World) -> None:
    world.follower("jane", "team-0")
    world.rights.may["jane"] |= {"team-3"}
    await world.rechecks.round(MINUTE)
    assert world.told.messages == [("jane", "gained", ["ns/team-3"])]
    jane = world.followers.get("jane")
    assert jane is not None
    assert set(jane.rooms) == {"ns/team-0", "ns/team-3"}


async def test_what_was_taken_away_is_looked_at_in_each_round(world: World) -> None:
    world.follower("jane", "team-0", "team-1")
    await world.rechecks.round(MINUTE)
    world.rights.may["jane"] = {"team-1"}
    await world.rechecks.round(MINUTE)
    assert world.told.messages == [("jane", "left", ["ns/team-0"])]


async def test_namespaces_that_one_does_not_see_are_asked_about_once_in_a_while(
    world: World,
) -> None:
    world.follower("jane", "team-0")
    world.follower("of-one-room", "team-0", follows_all=False)
    for _ in range(5):
        await world.rechecks.round(MINUTE)
    others = len(NAMESPACES) - 1
    assert world.rights.asked == {"jane": 5 + others, "of-one-room": 5}
    await asyncio.sleep(0.05)
    await world.rechecks.round(0.05)
    assert world.rights.asked["jane"] == 6 + 2 * others


async def test_a_round_asks_only_so_much_and_those_who_waited_longest_come_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "_MOST_NAMESPACES", 3 * len(NAMESPACES))
    for number in range(7):
        world.follower(f"person-{number}")
    for asked in (3, 6, 7, 7):
        await world.rechecks.round(MINUTE)
        assert len(world.rights.asked) == asked
    assert set(world.rights.asked.values()) == {len(NAMESPACES)}


async def test_while_the_api_server_is_away_nobody_loses_or_gains_and_their_turn_stays(
    world: World,
) -> None:
    world.follower("jane", "team-0")
    world.rights.may["jane"] = {"team-3"}
    world.rights.away = True
    await world.rechecks.round(MINUTE)
    assert world.told.messages == []
    world.rights.away = False
    await world.rechecks.round(MINUTE)
    assert world.told.messages == [
        ("jane", "left", ["ns/team-0"]),
        ("jane", "gained", ["ns/team-3"]),
    ]
