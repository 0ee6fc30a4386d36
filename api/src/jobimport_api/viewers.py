"""Who asks, and what they may see and do."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.resource.names import GROUP, PLURAL
from jobimport_api.problems import ProblemError

Verb = Literal["get", "list", "patch"]
_CACHE_SECONDS = 60.0
_MOST_CACHED = 20_000


class Viewer(Protocol):
    """Somebody who asks."""

    @property
    def name(self) -> str:
        """Their name, as the cluster knows them."""
        ...

    @property
    def token(self) -> str | None:
        """What they proved it with; None where nothing is asked."""
        ...

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        """Whether they may do this to JobImports; without a name, to all of the namespace."""
        ...


class Viewers(Protocol):
    """Knows viewers by what they bring."""

    async def of(self, authorization: str | None) -> Viewer:
        """The viewer of an Authorization header; ProblemError 401 where it names nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Everybody:
    """Mode none: whoever reaches the gateway on loopback is the machine's own user."""

    name: str = "local"
    token: str | None = None

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        """They may do everything."""
        return True

    async def of(self, authorization: str | None) -> Viewer:
        """They are everybody."""
        return self


class _Kept:
    """Answers of the API server, kept for a minute at most."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, ...], tuple[float, str | bool]] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> str | bool | None:
        found = self._answers.get(key)
        if found is None or time.monotonic() - found[0] > _CACHE_SECONDS:
            return None
        return found[1]

    def put(self, key: tuple[str, ...], answer: str | bool) -> None:
        self._answers[key] = (time.monotonic(), answer)
        self._answers.move_to_end(key)
        while len(self._answers) > _MOST_CACHED:
            self._answers.popitem(last=False)


class ClusterViewers:
    """Mode kubernetes: TokenReview says who it is, SubjectAccessReview what they may."""

    def __init__(self, api: ClusterApi) -> None:
        self._api = api
        self._kept = _Kept()

    async def of(self, authorization: str | None) -> Viewer:
        """The user of a bearer token."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ProblemError(401, "Send a Kubernetes token: Authorization: Bearer <token>.")
        key = ("token", hashlib.sha256(token.encode()).hexdigest())
        kept = self._kept.get(key)
        user = kept if isinstance(kept, str) else await self._review(token)
        if not user:
            raise ProblemError(401, "The token is not valid (any more): log in again.")
        self._kept.put(key, user)
        return _ClusterViewer(user, token, self)

    async def _review(self, token: str) -> str:
        review = await self._post("authentication.k8s.io/v1", "TokenReview", {"token": token})
        status: dict[str, Any] = review.get("status") or {}
        return status.get("user", {}).get("username", "") if status.get("authenticated") else ""

    async def allowed(self, token: str, verb: Verb, namespace: str, name: str) -> bool:
        """Ask as the user: the review is made with their own token, so groups count too."""
        key = ("may", hashlib.sha256(token.encode()).hexdigest(), verb, namespace, name)
        kept = self._kept.get(key)
        if isinstance(kept, bool):
            return kept
        attributes = {
            "group": GROUP,
            "resource": PLURAL,
            "verb": verb,
            "namespace": namespace,
            "name": name,
        }
        review = await self._post(
            "authorization.k8s.io/v1",
            "SelfSubjectAccessReview",
            {"resourceAttributes": attributes},
            token,
        )
        status: dict[str, Any] = review.get("status") or {}
        allowed = bool(status.get("allowed"))
        self._kept.put(key, allowed)
        return allowed

    async def _post(
        self, group: str, kind: str, spec: dict[str, object], token: str | None = None
    ) -> Manifest:
        body = {"apiVersion": group, "kind": kind, "spec": spec}
        path = f"/apis/{group}/{kind.lower()}s"
        try:
            return await self._api.call("POST", path, body=body, token=token)
        except (ApiError, OSError) as error:
            raise ProblemError(
                503, "The Kubernetes API server cannot say who you are right now. Try again."
            ) from error


@dataclass(frozen=True, slots=True)
class _ClusterViewer:
    name: str
    token: str | None
    viewers: ClusterViewers

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        return await self.viewers.allowed(self.token or "", verb, namespace, name)
