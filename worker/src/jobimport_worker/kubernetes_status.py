"""status.progress of the resource, written by server-side apply as the workers' field manager."""

import asyncio
import logging
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from jobimport.ids import ImportKey
from jobimport.resource.names import API_VERSION, GROUP, KIND, PLURAL, VERSION, WORKER_MANAGER

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 5


class KubernetesStatus:
    """Shows progress on the resource. It owns `status.progress` and nothing else, so that a late
    worker never brings back what the operator has written.
    """

    def __init__(self) -> None:
        try:
            config.load_incluster_config()
        except config.ConfigException:
            config.load_kube_config()
        self._api = client.ApiClient()

    async def report(self, key: ImportKey, progress: dict[str, Any]) -> None:
        """Apply `status.progress`; what the API server refuses is logged and passed over."""
        try:
            await asyncio.to_thread(self._apply, key, progress)
        except ApiException as error:
            log.warning("progress of %s was refused: %s %s", key, error.status, error.reason)
        except HTTPError as error:
            log.warning("progress of %s was not written: %s", key, type(error).__name__)

    async def close(self) -> None:
        """Close connections."""
        self._api.close()

    def _apply(self, key: ImportKey, progress: dict[str, Any]) -> None:
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"namespace": key.namespace, "name": key.name},
            "status": {"progress": progress},
        }
        self._api.call_api(
            f"/apis/{GROUP}/{VERSION}/namespaces/{key.namespace}/{PLURAL}/{key.name}/status",
            "PATCH",
            query_params=[("fieldManager", WORKER_MANAGER), ("force", "true")],
            header_params={
                "Content-Type": "application/apply-patch+yaml",
                "Accept": "application/json",
            },
            body=body,
            auth_settings=["BearerToken"],
            _request_timeout=_TIMEOUT_SECONDS,
        )
