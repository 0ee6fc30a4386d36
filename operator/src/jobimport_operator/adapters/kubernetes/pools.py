"""Pools of workers as Deployments."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.ids import PoolKey, WorkerId
from jobimport.resource.names import OPERATOR_MANAGER
from jobimport_operator.adapters.kubernetes.deployment import (
    WorkerTemplate,
    deployment,
    deployment_name,
    selector,
)
from jobimport_operator.adapters.kubernetes.events import EventRecorder, Regarding
from jobimport_operator.adapters.kubernetes.troubles import trouble_of
from jobimport_operator.ports import Event, PoolObservation

SCALE_MANAGER: Final = "jobimport-autoscaler"
DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_VICTIM_COST: Final = -1000

log = logging.getLogger(__name__)


class ClusterPools:
    """Deployments `jobimport-worker-<pool>` in the imports' namespaces."""

    def __init__(self, api: ClusterApi, template: WorkerTemplate) -> None:
        self._api = api
        self._template = template
        self._events = EventRecorder(api)
        self._uids: dict[PoolKey, str] = {}
        """Of the Deployments that were seen last."""

    async def ensure(self, pool: PoolKey) -> None:
        """Apply the Deployment. A new one gets no pods; the size of one that is there stays."""
        manifest = deployment(pool, self._template)
        if await self._api.get(_path(pool)) is None:
            empty = {**manifest, "spec": {**manifest["spec"], "replicas": 0}}
            try:
                await self._api.create(_collection(pool), empty, SCALE_MANAGER)
                log.info("pool %s: Deployment %s made", pool, deployment_name(pool))
            except ApiError as error:
                if error.status != 409:
                    raise
        await self._api.apply(_path(pool), manifest, OPERATOR_MANAGER)

    async def observe(self, pool: PoolKey) -> PoolObservation | None:
        """Read the Deployment's size, how many of its pods are ready, and what is wrong else.

        None where it is gone, or its namespace is refused to us.
        """
        try:
            found = await self._api.get(_path(pool))
        except ApiError as error:
            # A namespace that was deleted takes our Role in it along.
            if error.status != 403:
                raise
            found = None
        if found is None:
            self._uids.pop(pool, None)
            return None
        self._uids[pool] = found["metadata"]["uid"]
        ready = found.get("status", {}).get("readyReplicas", 0)
        desired = found["spec"].get("replicas", 1)
        trouble = None
        if ready < desired:
            trouble = trouble_of(found, await self._pods(pool), datetime.now(UTC))
        return PoolObservation(deployment_name(pool), desired, ready, trouble)

    async def _pods(self, pool: PoolKey) -> list[Manifest]:
        labels = ",".join(f"{name}={value}" for name, value in selector(pool).items())
        query = {"labelSelector": labels, "limit": "50"}
        found = await self._api.get(f"/api/v1/namespaces/{pool.namespace}/pods", query)
        return (found or {}).get("items", [])

    async def drain(self, pool: PoolKey, victims: Sequence[WorkerId]) -> None:
        """Make the victims' pods the cheapest to delete."""
        await self.price(pool, dict.fromkeys(victims, _VICTIM_COST))

    async def price(self, pool: PoolKey, costs: Mapping[WorkerId, int]) -> None:
        """Annotate pods with what their deletion costs; one that is gone needs no price."""
        await asyncio.gather(*(self._mark(pool, worker, cost) for worker, cost in costs.items()))

    async def scale(self, pool: PoolKey, workers: int) -> None:
        """Set the number of replicas, and nothing else."""
        patch = {"spec": {"replicas": workers}}
        await self._api.merge(f"{_path(pool)}/scale", patch, SCALE_MANAGER)

    async def record_event(self, pool: PoolKey, event: Event) -> None:
        """Record an event at the Deployment, if there was one when it was last looked at."""
        if (uid := self._uids.get(pool)) is not None:
            name = deployment_name(pool)
            about = Regarding("apps/v1", "Deployment", pool.namespace, name, uid)
            await self._events.record(about, event)

    async def _mark(self, pool: PoolKey, worker: WorkerId, cost: int) -> None:
        path = f"/api/v1/namespaces/{pool.namespace}/pods/{worker}"
        patch = {"metadata": {"annotations": {DELETION_COST: str(cost)}}}
        try:
            await self._api.merge(path, patch, SCALE_MANAGER)
        except ApiError as error:
            if error.status != 404:
                raise


def _collection(pool: PoolKey) -> str:
    return f"/apis/apps/v1/namespaces/{pool.namespace}/deployments"


def _path(pool: PoolKey) -> str:
    return f"{_collection(pool)}/{deployment_name(pool)}"
