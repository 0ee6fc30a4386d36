"""A Lease that at most one process holds (coordination.k8s.io/v1), as client-go keeps them."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.resource.names import OPERATOR_MANAGER

log = logging.getLogger(__name__)


ANOTHER = "another replica"
"""Who holds a Lease that somebody else changed while it was looked at."""


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """All in seconds. Who has not renewed for `deadline` ends, well before `duration` is over."""

    duration: int = 15
    renew: float = 2.0
    deadline: float = 10.0
    look: float = 1.0
    """How often one who waits looks."""
    request: float = 4.0
    """How long one call may take, so that it can be tried again before the deadline."""


class LeaseLostError(Exception):
    """The Lease is another's, or gone, or could not be renewed in time."""


class Lease:
    """The right of `identity` to act alone.

    Other clocks are not trusted: that a holder is gone is known by not having seen its Lease
    change for its duration, by the clock of this process.
    """

    def __init__(
        self,
        api: ClusterApi,
        namespace: str,
        name: str,
        identity: str,
        times: LeaseTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.identity = identity
        self.times = times or LeaseTimes()
        self.renewed_at = 0.0
        """When the newest call that renewed it was begun, by `clock`."""
        self._api = api
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._path = f"{self._collection}/{name}"
        self._name = name
        self._clock = clock
        self._seen_version: str | None = None
        self._seen_at = 0.0
        self._held: Manifest = {}

    async def acquire(self) -> None:
        """Wait until it is ours. ApiError when Leases are refused to us."""
        told = ""
        while True:
            try:
                async with asyncio.timeout(self.times.request):
                    holder = await self.attempt()
            except (OSError, ApiError) as error:
                if isinstance(error, ApiError) and error.status in {401, 403, 404}:
                    raise
                log.warning("lease %s: can't be read: %s", self._name, error or "no answer")
            else:
                if holder == self.identity:
                    log.info("lease %s: held by %s, which works from now on", self._name, holder)
                    return
                if holder != told:
                    log.info("lease %s: held by %s; waiting for it", self._name, holder)
                    told = holder
            await asyncio.sleep(self.times.look)

    async def keep(self) -> None:
        """Renew it until it is lost: LeaseLostError says how."""
        while True:
            await asyncio.sleep(self.times.renew)
            try:
                async with asyncio.timeout(self.times.request):
                    await self._renew()
            except (OSError, ApiError) as error:
                log.warning("lease %s: not renewed: %s", self._name, error or "no answer")
            if self.expired():
                raise LeaseLostError(f"it was not renewed for {self.times.deadline:g} s")

    def expired(self) -> bool:
        """Whether the last renewal is so long ago that another may soon take it."""
        return self._clock() - self.renewed_at > self.times.deadline

    async def release(self) -> None:
        """Give it up, so that the next one need not wait. What can't be given up runs out."""
        try:
            async with asyncio.timeout(self.times.request):
                while (found := await self._api.get(self._path)) is not None:
                    if _holder(found) != self.identity:
                        return
                    try:
                        await self._put(found, holderIdentity="", leaseDurationSeconds=1)
                    except ApiError as error:
                        if error.status != 409:
                            raise
                    else:
                        log.info("lease %s: released", self._name)
                        return
        except (OSError, ApiError) as error:
            log.warning("lease %s: not released: %s", self._name, error or "no answer")

    async def attempt(self) -> str:
        """Take it if it is free, renew it if it is ours; returns who holds it now."""
        begun = self._clock()
        found = await self._api.get(self._path)
        try:
            if found is None:
                self._held = await self._create()
            elif _holder(found) == self.identity:
                self._held = await self._put(found, renewTime=_now())
            elif self._is_free(found):
                self._held = await self._put(found, **self._taken(found))
            else:
                self._held = {}
                return _holder(found)
        except ApiError as error:
            if error.status != 409:
                raise
            self._held = {}
            return ANOTHER
        self.renewed_at = begun
        return self.identity

    async def hold(self) -> str:
        """The same in one call for as long as it is ours and nobody else changes it."""
        if self._held:
            begun = self._clock()
            try:
                self._held = await self._put(self._held, renewTime=_now())
            except ApiError as error:
                if error.status not in {404, 409}:
                    raise
            else:
                self.renewed_at = begun
                return self.identity
        return await self.attempt()

    def _is_free(self, found: Manifest) -> bool:
        version = found["metadata"]["resourceVersion"]
        if version != self._seen_version:
            self._seen_version, self._seen_at = version, self._clock()
        duration = found["spec"].get("leaseDurationSeconds") or self.times.duration
        return _holder(found) in {"", self.identity} or self._clock() > self._seen_at + duration

    async def _renew(self) -> None:
        begun = self._clock()
        try:
            self._held = await self._put(self._held, renewTime=_now())
        except ApiError as error:
            if error.status not in {404, 409}:
                raise
            # Either a renewal went through whose answer was lost, or it is not ours any more.
            found = await self._api.get(self._path)
            if found is None:
                raise LeaseLostError("it was deleted") from None
            if _holder(found) != self.identity:
                raise LeaseLostError(f"{_holder(found) or 'nobody'} holds it now") from None
            self._held = await self._put(found, renewTime=_now())
        self.renewed_at = begun

    async def _create(self) -> Manifest:
        manifest = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name},
            "spec": self._taken(None),
        }
        return await self._api.create(self._collection, manifest, OPERATOR_MANAGER)

    def _taken(self, found: Manifest | None) -> dict[str, Any]:
        before = -1 if found is None else found["spec"].get("leaseTransitions") or 0
        return {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": self.times.duration,
            "acquireTime": _now(),
            "renewTime": _now(),
            "leaseTransitions": before + 1,
        }

    async def _put(self, found: Manifest, **spec: Any) -> Manifest:
        """Replace it, if it still is as it was found: its resourceVersion is compared."""
        changed = {**found, "spec": {**found["spec"], **spec}}
        query: Final = {"fieldManager": OPERATOR_MANAGER}
        return await self._api.call("PUT", self._path, query=query, body=changed)


def _holder(found: Manifest) -> str:
    return found["spec"].get("holderIdentity") or ""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
