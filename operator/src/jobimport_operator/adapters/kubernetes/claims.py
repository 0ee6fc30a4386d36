"""Which installation acts in a namespace: a Lease in it says so, one for each namespace."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from jobimport.cluster_api import ApiError, ClusterApi
from jobimport_operator.adapters.kubernetes.lease import ANOTHER, Lease, LeaseTimes

CLAIM_NAME: Final = "jobimport-claim"
RENEW_SECONDS: Final = 20.0
_TIMES: Final = LeaseTimes(duration=60, request=5.0)

log = logging.getLogger(__name__)


class NamespaceClaims:
    """The claims of the installation `install` on the namespaces of its imports.

    Two installations that watch the same namespace would start each other's runs anew and scale
    the same pools: only the one whose claim stands acts. All replicas of one are the same here.
    """

    def __init__(self, api: ClusterApi, install: str) -> None:
        self.install = install
        self._api = api
        self._leases: dict[str, Lease] = {}
        self._owners: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def owner(self, namespace: str) -> str | None:
        """Name the other installation that acts in a namespace; None when it is ours."""
        async with self._locks.setdefault(namespace, asyncio.Lock()):
            if namespace not in self._owners:
                await self._ask(namespace)
        return self.known_owner(namespace)

    def known_owner(self, namespace: str) -> str | None:
        """The same, as far as it is known by now."""
        found = self._owners.get(namespace)
        return None if found in (None, self.install) else found

    async def renew(self, namespaces: Iterable[str]) -> set[str]:
        """Renew the claims on these namespaces, and drop others; returns those won just now."""
        wanted, won = set(namespaces), set[str]()
        for gone in self._leases.keys() - wanted:
            for known in (self._leases, self._owners, self._locks):
                known.pop(gone, None)
        for namespace in sorted(wanted):
            before = self.known_owner(namespace)
            await self._ask(namespace)
            if before is not None and self.known_owner(namespace) is None:
                won.add(namespace)
        return won

    def problem(self) -> str | None:
        """Say where another installation acts; None when all namespaces are ours."""
        foreign = {name: owner for name, owner in self._owners.items() if owner != self.install}
        if not foreign:
            return None
        listed = ", ".join(f"{name} ({owner})" for name, owner in sorted(foreign.items())[:5])
        return (
            f"another installation acts in {listed}, so {self.install} does nothing there: give"
            " each its own watchNamespaces, or remove one"
        )

    async def _ask(self, namespace: str) -> None:
        lease = self._leases.setdefault(
            namespace, Lease(self._api, namespace, CLAIM_NAME, self.install, _TIMES)
        )
        before = self._owners.get(namespace)
        try:
            async with asyncio.timeout(_TIMES.request):
                owner = await lease.hold()
                if owner == ANOTHER:  # it was changed meanwhile: see who has it now
                    owner = await lease.attempt()
        except ApiError as error:
            if error.status not in {403, 404}:
                raise
            # No right to Leases here, or a namespace that is going: nobody can claim it.
            if before is None:
                log.warning("namespace %s can't be claimed: %s", namespace, error)
            owner = self.install
        self._owners[namespace] = owner
        if owner not in (self.install, before):
            log.warning("namespace %s is another installation's: %s acts there", namespace, owner)
