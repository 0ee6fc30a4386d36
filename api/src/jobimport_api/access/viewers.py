"""Who asks, and what they may see and do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Verb = Literal["get", "list", "create", "patch", "delete"]
BEARER: Final = "bearer"


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
        """Whether they may do this to JobImports; without a name, to all of the namespace, and
        without a namespace, to those of all.
        """
        ...


class Viewers(Protocol):
    """Knows viewers by what they bring."""

    async def of(self, token: str | None, address: str = "") -> Viewer:
        """The viewer of a token; ProblemError 401 where it names nobody, 429 after too many of
        those from an address.
        """
        ...

    async def again(self, viewer: Viewer) -> Viewer:
        """The viewer anew, for one who stays connected; ProblemError 401 where the token has been
        revoked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Everybody:
    """Mode none: whoever reaches the gateway on loopback is the machine's own user."""

    name: str = "local"
    token: str | None = None

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        """They may do everything."""
        return True

    async def of(self, token: str | None, address: str = "") -> Viewer:
        """They are everybody."""
        return self

    async def again(self, viewer: Viewer) -> Viewer:
        """They stay so."""
        return self


def token_of(headers: Mapping[str, str], proxy_header: str) -> str | None:
    """The token of a request: of `Authorization: Bearer …`, or of the header in which a proxy
    that logs people in passes it on. It is worth nothing until the API server has reviewed it.
    """
    scheme, _, token = (headers.get("authorization") or "").partition(" ")
    if scheme.lower() == BEARER and token.strip():
        return token.strip()
    passed_on = headers.get(proxy_header) if proxy_header else None
    if not passed_on:
        return None
    scheme, _, token = passed_on.partition(" ")
    return token.strip() if scheme.lower() == BEARER else passed_on.strip()
