"""Where the gateway reads JobImports, and makes requests of them: a cluster, or a folder."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from jobimport.cluster_api import ApiError, ClusterApi
from jobimport.ids import ImportKey
from jobimport.local import LocalImports
from jobimport.resource.names import GROUP, PLURAL, VERSION
from jobimport.resource.object import ImportObject
from jobimport_api.problems import ProblemError, not_found
from jobimport_api.viewers import Viewer

_FRESH_SECONDS = 0.5
_PAGE = 500


class ImportsSource(Protocol):
    """Reads imports, and annotates them in the viewer's name."""

    mode: str

    async def list(self) -> list[ImportObject]:
        """All imports, at most half a second old."""
        ...

    async def annotate(self, key: ImportKey, notes: Mapping[str, str], viewer: Viewer) -> None:
        """Set annotations with the viewer's own rights; ProblemError where that is refused."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class _Fresh:
    """One list for all who ask within half a second."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._at = 0.0
        self.imports: list[ImportObject] = []

    async def get(self, source: "LocalSource | ClusterSource") -> list[ImportObject]:
        async with self._lock:
            if time.monotonic() - self._at > _FRESH_SECONDS:
                self.imports = await source.read()
                self._at = time.monotonic()
        return self.imports

    def spoil(self) -> None:
        self._at = 0.0


class LocalSource:
    """Imports of a folder of YAML files."""

    mode = "local"

    def __init__(self, folder: Path, state: Path) -> None:
        self._imports = LocalImports(folder, state)
        self._fresh = _Fresh()

    async def list(self) -> list[ImportObject]:
        """All imports, at most half a second old."""
        return await self._fresh.get(self)

    async def read(self) -> "list[ImportObject]":
        """All imports, as they are now."""
        return await self._imports.list()

    async def annotate(self, key: ImportKey, notes: Mapping[str, str], viewer: Viewer) -> None:
        """Note a request in the state folder."""
        try:
            await self._imports.annotate(key, notes)
        except KeyError as error:
            raise not_found(f"Import {key}") from error
        self._fresh.spoil()

    async def close(self) -> None:
        """Nothing to let go of."""


class ClusterSource:
    """Imports of a cluster."""

    mode = "kubernetes"

    def __init__(self, api: ClusterApi, namespaces: Sequence[str]) -> None:
        self._api = api
        self._namespaces = list(namespaces)
        self._fresh = _Fresh()

    async def list(self) -> list[ImportObject]:
        """All imports, at most half a second old."""
        return await self._fresh.get(self)

    async def read(self) -> "list[ImportObject]":
        """All imports, page by page, as they are now."""
        scopes = [f"/namespaces/{each}" for each in self._namespaces] or [""]
        found: list[ImportObject] = []
        for scope in scopes:
            query = {"limit": str(_PAGE)}
            while True:
                path = f"/apis/{GROUP}/{VERSION}{scope}/{PLURAL}"
                try:
                    answer: dict[str, Any] = await self._api.get(path, query) or {}
                except (ApiError, OSError) as error:
                    raise ProblemError(
                        503, "The Kubernetes API server cannot be read right now. Try again."
                    ) from error
                found += [ImportObject.from_manifest(each) for each in answer.get("items", [])]
                metadata: dict[str, Any] = answer.get("metadata") or {}
                following = metadata.get("continue")
                if not following:
                    break
                query = {"limit": str(_PAGE), "continue": following}
        return found

    async def annotate(self, key: ImportKey, notes: Mapping[str, str], viewer: Viewer) -> None:
        """Patch the resource with the viewer's token, never with rights of our own."""
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{key.namespace}/{PLURAL}/{key.name}"
        try:
            await self._api.call(
                "PATCH",
                path,
                query={"fieldManager": "jobimport-gateway"},
                body={"metadata": {"annotations": dict(notes)}},
                content_type="application/merge-patch+json",
                token=viewer.token or "",
            )
        except ApiError as error:
            if error.status == 404:
                raise not_found(f"Import {key}") from error
            status = error.status if error.status in (401, 403, 409, 422) else 502
            raise ProblemError(status, f"The API server refused the request: {error}") from error
        except OSError as error:
            raise ProblemError(503, "The Kubernetes API server cannot be reached.") from error
        self._fresh.spoil()

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()
