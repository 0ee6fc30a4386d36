"""A few verbs of the Kubernetes API, on plain manifests."""

import copy
import os
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, cast

import aiohttp
import orjson
from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from jobimport.telemetry.metrics.kubernetes import REQUESTS

APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
_TIMEOUT_SECONDS: Final = 15.0
_WATCH_SECONDS: Final = 300
"""How long the API server is asked to keep a watch open."""
_SILENCE_SECONDS: Final = 150.0
"""A watch says nothing for longer only when its connection is dead: bookmarks come each minute."""
_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")

Manifest = dict[str, Any]


class _Loading(Protocol):
    """The part of kubernetes.aio.config that is used here; it has no annotations of its own."""

    def load_incluster_config(self, client_configuration: Any = None) -> None: ...

    def load_kube_config(
        self, *, client_configuration: Any = None
    ) -> Coroutine[Any, Any, object]: ...


class ApiError(Exception):
    """The API server refused a call; `status` is the HTTP code, the text its own message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class ClusterApi:
    """Calls the API server as the current kubeconfig, or the pod's service account, says."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._without_rights: Any = None

    @classmethod
    async def connect(cls, loading: _Loading = config, *, connections: int = 100) -> "ClusterApi":
        """Read the pod's service account if there is one, else the kubeconfig.

        At most so many `connections` are open at a time (0: any number); a watch holds one.
        """
        configuration = Configuration(connection_pool_maxsize=connections)
        if "KUBERNETES_SERVICE_HOST" in os.environ and _TOKEN.exists():
            loading.load_incluster_config(client_configuration=configuration)
        else:
            await loading.load_kube_config(client_configuration=configuration)
        return cls(ApiClient(configuration=configuration))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
        if self._without_rights is not None:
            await self._without_rights.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Manifest | None:
        """Read an object or a list; None when there is none."""
        try:
            return await self.call("GET", path, query=query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def apply(
        self, path: str, manifest: Manifest, manager: str, *, subresource: str = ""
    ) -> Manifest:
        """Apply on the server's side as `manager`, which owns exactly what the manifest has."""
        query = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        where = f"{path}/{subresource}" if subresource else path
        return await self.call("PATCH", where, query=query, body=manifest, content_type=APPLY)

    async def merge(self, path: str, patch: Manifest, manager: str) -> Manifest:
        """Merge a patch into an object."""
        query = {"fieldManager": manager}
        return await self.call("PATCH", path, query=query, body=patch, content_type=MERGE)

    async def create(self, path: str, manifest: Manifest, manager: str) -> Manifest:
        """Create an object; ApiError 409 when it is there."""
        return await self.call("POST", path, query={"fieldManager": manager}, body=manifest)

    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncGenerator[Manifest]:
        """Yield the events of a watch until the API server ends it, mostly after five minutes.

        ApiError when it is refused, OSError when the connection fails or is silent for too long.
        """
        asked = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH_SECONDS),
            **query,
        }
        request: Any = await self._client.param_serialize(
            "GET",
            path,
            query_params=list(asked.items()),
            header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        limits = aiohttp.ClientTimeout(sock_connect=_TIMEOUT_SECONDS, sock_read=_SILENCE_SECONDS)
        try:
            opened: Any = await self._client.call_api(*request, _request_timeout=limits)
            answer: aiohttp.ClientResponse = opened.response
            async with answer:
                if answer.status != 200:
                    raise _error(answer.status, await answer.read(), answer.reason)
                async for line in _lines(answer.content):
                    yield _read(line)
        except aiohttp.ClientError as error:
            raise ConnectionError(f"watch {path}: {error}") from error

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Manifest | None = None,
        content_type: str = "application/json",
        token: str | None = None,
    ) -> Manifest:
        """Make a call; ApiError when it is refused, OSError when the server isn't reached.

        With a `token` the call is made as its user, and not with rights of our own.
        """
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        client = self._client if token is None else self._nobodys()
        request: Any = await client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params=headers,
            body=body,
            auth_settings=[] if token is not None else ["BearerToken"],
        )
        begun, code = time.monotonic(), 0
        try:
            response: Any = await client.call_api(*request, _request_timeout=_TIMEOUT_SECONDS)
            data: bytes = await response.read()
            code = int(response.status)
        except aiohttp.ClientError as error:
            raise ConnectionError(f"{method} {path}: {error}") from error
        finally:
            REQUESTS.labels(method, str(code)).observe(time.monotonic() - begun)
        if not 200 <= response.status < 300:
            raise _error(response.status, data, response.reason)
        return _read(data)

    def _nobodys(self) -> Any:
        """A client without a certificate: the API server would go by that and not by the token."""
        if self._without_rights is None:
            configuration: Any = copy.copy(self._client.configuration)
            configuration.cert_file = configuration.key_file = None
            self._without_rights = ApiClient(configuration=configuration)
        return self._without_rights


async def _lines(content: aiohttp.StreamReader) -> AsyncGenerator[bytes]:
    """Split what comes into lines of any length; one that was cut off in the middle is dropped."""
    begun = bytearray()
    async for chunk in content.iter_any():
        *whole, rest = chunk.split(b"\n")
        for end in whole:
            yield bytes(begun + end)
            begun.clear()
        begun += rest


def _error(status: int, data: bytes, reason: str | None) -> ApiError:
    return ApiError(status, str(_read(data).get("message") or reason))


def _read(data: bytes) -> Manifest:
    try:
        value: Any = orjson.loads(data)
    except ValueError:
        return {"message": data[:200].decode(errors="replace")}
    return cast("Manifest", value) if isinstance(value, dict) else {}
