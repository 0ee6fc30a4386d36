"""The Kubernetes Events about imports, as a watch tells of them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Final

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.ids import ImportKey
from jobimport.resource.names import KIND

_ABOUT: Final = f"regarding.kind={KIND}"
_PAUSE_SECONDS: Final = 2.0
_FORBIDDEN_SECONDS: Final = 60.0

log = logging.getLogger(__name__)


async def noted(
    api: ClusterApi, namespaces: Sequence[str | None]
) -> AsyncIterator[ImportKey | None]:
    """Yield the key of each import about which an Event was made or counted up, in the namespaces
    (None: all), for ever; None after a gap, in which it may have been any.
    """
    found: asyncio.Queue[ImportKey | None] = asyncio.Queue()
    tasks = [asyncio.create_task(_follow(api, each, found)) for each in namespaces]
    try:
        while True:
            yield await found.get()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(
    api: ClusterApi, namespace: str | None, found: "asyncio.Queue[ImportKey | None]"
) -> None:
    """Watch for ever; what ends a watch may have hidden an Event."""
    scope = f"/namespaces/{namespace}" if namespace else ""
    path = f"/apis/events.k8s.io/v1{scope}/events"
    while True:
        pause = 0.0
        try:
            await _watch(api, path, found)
        except (ApiError, OSError) as error:
            log.warning("watching %s failed: %s", path, error)
            forbidden = isinstance(error, ApiError) and error.status == 403
            pause = _FORBIDDEN_SECONDS if forbidden else _PAUSE_SECONDS
        await asyncio.sleep(pause)
        found.put_nowait(None)


async def _watch(api: ClusterApi, path: str, found: "asyncio.Queue[ImportKey | None]") -> None:
    newest = await api.get(path, {"fieldSelector": _ABOUT, "limit": "1"}) or {}
    about: dict[str, Any] = newest.get("metadata") or {}
    query = {"fieldSelector": _ABOUT, "resourceVersion": str(about.get("resourceVersion", ""))}
    async with aclosing(api.watch(path, query)) as events:
        async for event in events:
            manifest: Manifest = event.get("object") or {}
            if event.get("type") == "ERROR":
                raise ApiError(int(manifest.get("code") or 410), str(manifest.get("message")))
            if event.get("type") in ("ADDED", "MODIFIED"):
                regarding: dict[str, Any] = manifest.get("regarding") or {}
                namespace, name = regarding.get("namespace"), regarding.get("name")
                if namespace and name:
                    found.put_nowait(ImportKey(namespace, name))
