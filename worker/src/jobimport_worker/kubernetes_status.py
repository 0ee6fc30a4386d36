"""status.progress of the resource, written by server-side apply as the workers' field manager."""

import logging
from typing import Any

from jobimport.cluster_api import ApiError, ClusterApi
from jobimport.ids import ImportKey
from jobimport.resource.names import API_VERSION, GROUP, KIND, PLURAL, VERSION, WORKER_MANAGER

log = logging.getLogger(__name__)


class KubernetesStatus:
    """Shows progress on the resource. It owns `status.progress` and nothing else, so that a late
    worker never brings back what the operator has written.
    """

    def __init__(self, api: ClusterApi) -> None:
        self._api = api

    async def report(self, key: ImportKey, progress: dict[str, Any]) -> None:
        """Apply `status.progress`; what the API server refuses is logged and passed over."""
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{key.namespace}/{PLURAL}/{key.name}"
        manifest = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"namespace": key.namespace, "name": key.name},
            "status": {"progress": progress},
        }
        try:
            await self._api.apply(path, manifest, WORKER_MANAGER, subresource="status")
        except ApiError as error:
            log.warning("progress of %s was refused: %s", key, error)
        except OSError as error:
            log.warning("progress of %s was not written: %s", key, type(error).__name__)

    async def close(self) -> None:
        """Close connections."""
        await self._api.close()
