"""Viewers of a cluster: TokenReview says who it is, SubjectAccessReview what they may."""

import asyncio
import functools
import hashlib
import math
from dataclasses import dataclass, field
from typing import Any, Final

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.resource.names import GROUP, PLURAL
from jobimport_api.access.limits import TriesByAddress
from jobimport_api.access.reviews import Reviews
from jobimport_api.access.viewers import Verb, Viewer
from jobimport_api.problems import InvalidTokenError, ProblemError

_LONGEST_TOKEN: Final = 16_384
_AT_A_TIME: Final = 32
_LOOKS_AT_A_TIME: Final = 8
_LONGEST_TRUST_SECONDS: Final = 30.0
"""How old answers about those who stay connected may be: they are looked at every quarter of
`cache_seconds`, and cut off within a minute.
"""
_LATELY_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Person:
    """Who a token belongs to, as the API server says; an empty name: nobody.

    `digest` is of all that rights may depend on: each answer that is kept is about one.
    """

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        whole = repr((self.name, self.uid, self.groups, self.extra))
        object.__setattr__(self, "digest", _digest(whole))


class ClusterViewers:
    """Asks the API server, and keeps its answers for `cache_seconds` at most.

    Tokens that are refused use up the tries of their address; then tokens that were not valid
    lately are refused unasked, so that guessing neither succeeds nor loads the API server, nor
    locks out who is logged in at the same address.
    """

    def __init__(self, api: ClusterApi, cache_seconds: float, failures_a_minute: int) -> None:
        self._api = api
        self._people: Reviews[Person] = Reviews(cache_seconds)
        self._rights: Reviews[bool] = Reviews(cache_seconds)
        self._lately: Reviews[bool] = Reviews(_LATELY_SECONDS)
        self._failures = TriesByAddress(failures_a_minute, 60.0)
        self._slots = asyncio.Semaphore(_AT_A_TIME)
        # Apart, so that nobody who asks waits for the looks at those who are connected.
        self._slots_of_looks = asyncio.Semaphore(_LOOKS_AT_A_TIME)

    async def of(self, token: str | None, address: str = "") -> Viewer:
        """The user of a token."""
        if not token:
            raise ProblemError(401, "Log in: send a token as Authorization: Bearer <token>.")
        key = ("token", _digest(token))
        person = self._people.known(key)
        if person is None or not person.name:
            if not self._lately.known(key):
                self._check_tries(address)
            ask = functools.partial(self._review, token, self._slots)
            person = await self._people.get(key, ask)
        if not person.name:
            self._failures.take(address)
            raise InvalidTokenError
        self._lately.note(key, True)
        return ClusterViewer(person, token, self)

    async def again(self, viewer: Viewer) -> Viewer:
        """The user of a token, by a young answer."""
        token = viewer.token or ""
        key = ("token", _digest(token))
        ask = functools.partial(self._review, token, self._slots_of_looks)
        person = await self._people.get(key, ask, _LONGEST_TRUST_SECONDS)
        if not person.name:
            raise InvalidTokenError
        return ClusterViewer(person, token, self, _LONGEST_TRUST_SECONDS)

    async def allowed(
        self, person: Person, verb: Verb, namespace: str, name: str, at_most: float | None
    ) -> bool:
        """Whether a person may do this to JobImports; with `at_most`, by an answer that is no
        older, which those who are connected wait for.
        """
        key = ("may", person.digest, verb, namespace, name)
        slots = self._slots if at_most is None else self._slots_of_looks
        attributes = {
            "group": GROUP,
            "resource": PLURAL,
            "verb": verb,
            "namespace": namespace,
            "name": name,
        }
        ask = functools.partial(self._may, person, attributes, slots)
        return await self._rights.get(key, ask, at_most)

    def _check_tries(self, address: str) -> None:
        wait = self._failures.wait_seconds(address)
        if wait > 0:
            seconds = math.ceil(wait)
            raise ProblemError(
                429,
                f"Too many invalid tokens came from your address: try again in {seconds} s.",
                retry_after=seconds,
            )

    async def _review(self, token: str, slots: asyncio.Semaphore) -> Person:
        if len(token) > _LONGEST_TOKEN or not token.isprintable():
            return Person("")
        spec = {"token": token}
        review = await self._post("authentication.k8s.io/v1", "TokenReview", spec, slots)
        status: dict[str, Any] = review.get("status") or {}
        if not status.get("authenticated"):
            return Person("")
        user: dict[str, Any] = status.get("user") or {}
        extra: dict[str, list[str]] = user.get("extra") or {}
        return Person(
            user.get("username", ""),
            user.get("uid", ""),
            tuple(user.get("groups") or ()),
            tuple((name, tuple(values)) for name, values in sorted(extra.items())),
        )

    async def _may(
        self, person: Person, attributes: dict[str, str], slots: asyncio.Semaphore
    ) -> bool:
        spec: dict[str, object] = {
            "user": person.name,
            "uid": person.uid,
            "groups": list(person.groups),
            "extra": {name: list(values) for name, values in person.extra},
            "resourceAttributes": attributes,
        }
        review = await self._post("authorization.k8s.io/v1", "SubjectAccessReview", spec, slots)
        status: dict[str, Any] = review.get("status") or {}
        return bool(status.get("allowed"))

    async def _post(
        self, group: str, kind: str, spec: dict[str, Any], slots: asyncio.Semaphore
    ) -> Manifest:
        body = {"apiVersion": group, "kind": kind, "spec": spec}
        path = f"/apis/{group}/{kind.lower()}s"
        try:
            async with slots:
                return await self._api.call("POST", path, body=body)
        except (ApiError, OSError) as error:
            raise ProblemError(
                503, "The Kubernetes API server cannot say who you are right now. Try again."
            ) from error


@dataclass(frozen=True, slots=True)
class ClusterViewer:
    """A user of the cluster. `at_most` is how old, in seconds, answers about them may be."""

    person: Person
    token: str | None
    viewers: ClusterViewers
    at_most: float | None = None

    @property
    def name(self) -> str:
        """Their name."""
        return self.person.name

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        """Ask the API server, or remember what it said."""
        return await self.viewers.allowed(self.person, verb, namespace, name, self.at_most)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
