"""Imports of a cluster."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from jobimport.cluster_api import MERGE, ApiError, ClusterApi
from jobimport.ids import ImportKey
from jobimport.resource.names import GROUP, KIND, OWNER, PLURAL, VERSION
from jobimport.resource.object import ImportObject
from jobimport.shapes import is_object
from jobimport_api.access.viewers import Viewer
from jobimport_api.problems import ProblemError, not_found
from jobimport_api.sources import Applied, ImportEvent
from jobimport_api.sources.followed import Followed, all_of
from jobimport_api.sources.noted import noted

_MOST_EVENTS: Final = 200
_MANAGER: Final = "jobimport-gateway"
_AWAY: Final = "The Kubernetes API server cannot be reached right now. Try again."
_PASSED_ON: Final = frozenset({400, 401, 403, 404, 409, 422, 429})


class ClusterSource:
    """Reads with the gateway's rights what viewers were found to have the right to see; writes
    with the viewer's own token, never with rights of our own.
    """

    mode = "kubernetes"

    def __init__(self, api: ClusterApi, namespaces: Sequence[str]) -> None:
        self._api = api
        self._followed = {each: Followed(api, each) for each in (*namespaces,) or (None,)}

    async def list(self) -> list[ImportObject]:
        """All imports, as the API server has told."""
        return list((await self._all()).values())

    async def get(self, key: ImportKey) -> ImportObject | None:
        """One import, as the API server has told."""
        return (await self._all()).get(key)

    async def _all(self) -> dict[ImportKey, ImportObject]:
        try:
            return await all_of(list(self._followed.values()))
        except (ApiError, OSError) as error:
            raise ProblemError(503, _AWAY) from error

    def _wrote(self, answer: dict[str, Any] | None) -> None:
        """Whoever wrote sees it at once, and not when the watch tells of it."""
        metadata: dict[str, Any] = (answer or {}).get("metadata") or {}
        namespace: str | None = metadata.get("namespace")
        followed = self._followed.get(None) or self._followed.get(namespace)
        if answer and followed is not None:
            followed.put(answer)

    async def events(self, imp: ImportObject) -> "list[ImportEvent]":
        """The Kubernetes Events about an import, the newest first."""
        path = f"/apis/events.k8s.io/v1/namespaces/{imp.namespace}/events"
        about = f"regarding.kind={KIND},regarding.name={imp.name},regarding.uid={imp.uid}"
        answer = await self._get(path, {"fieldSelector": about, "limit": str(_MOST_EVENTS)})
        found = [_event(each) for each in answer.get("items", [])]
        return sorted(found, key=lambda each: each.at, reverse=True)

    def noted(self) -> AsyncIterator[ImportKey | None]:
        """The key of each import about which there is a new Kubernetes Event."""
        return noted(self._api, list(self._followed))

    async def annotate(self, key: ImportKey, notes: Mapping[str, str], viewer: Viewer) -> None:
        """Patch the resource's annotations."""
        await self._patch(key, {"metadata": {"annotations": dict(notes)}}, viewer)

    async def suspend(self, key: ImportKey, *, suspended: bool, viewer: Viewer) -> None:
        """Patch spec.suspend."""
        await self._patch(key, {"spec": {"suspend": suspended}}, viewer)

    async def apply(
        self, manifest: dict[str, Any], text: str, viewer: Viewer, *, dry_run: bool
    ) -> Applied:
        """Create the import, or change it into what the manifest says: a field that the manifest
        leaves out goes, whoever set it. Somebody else's change in between is a conflict (409).
        """
        metadata: dict[str, Any] = manifest["metadata"]
        key = ImportKey(metadata["namespace"], metadata["name"])
        query = {"fieldManager": _MANAGER, "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        before = await self._as_viewer("GET", key, viewer, missing_is_fine=True)
        if before is None:
            given: dict[str, str] = metadata.get("annotations") or {}
            notes: dict[str, str] = {OWNER: viewer.name, **given}
            whole: dict[str, Any] = {**manifest, "metadata": {**metadata, "annotations": notes}}
            after = await self._as_viewer("POST", key, viewer, query=query, body=whole)
        else:
            patch = _change(before, manifest)
            after = await self._as_viewer(
                "PATCH", key, viewer, query=query, body=patch, content_type=MERGE
            )
        if not dry_run:
            self._wrote(after)
        return Applied(before, after or {})

    async def _patch(self, key: ImportKey, patch: dict[str, Any], viewer: Viewer) -> None:
        query = {"fieldManager": _MANAGER}
        self._wrote(
            await self._as_viewer("PATCH", key, viewer, query=query, body=patch, content_type=MERGE)
        )

    async def _as_viewer(
        self,
        method: str,
        key: ImportKey,
        viewer: Viewer,
        *,
        missing_is_fine: bool = False,
        **call: Any,
    ) -> dict[str, Any] | None:
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{key.namespace}/{PLURAL}"
        if method != "POST":
            path = f"{path}/{key.name}"
        try:
            return await self._api.call(method, path, token=viewer.token or "", **call)
        except ApiError as error:
            if error.status == 404 and missing_is_fine:
                return None
            if error.status == 404 and method == "PATCH":
                raise not_found(f"Import {key}") from error
            status = error.status if error.status in _PASSED_ON else 502
            advice = "; ask who manages RBAC there" if status == 403 else ""
            raise ProblemError(
                status, f"The API server refused the request: {error}{advice}"
            ) from error
        except OSError as error:
            raise ProblemError(503, _AWAY) from error

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            return await self._api.get(path, query) or {}
        except (ApiError, OSError) as error:
            raise ProblemError(503, _AWAY) from error

    async def close(self) -> None:
        """End the watches and close the connections."""
        for each in self._followed.values():
            await each.close()
        await self._api.close()


def _change(before: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """The merge patch that gives an object the manifest's spec, and its labels and annotations
    beside those that it has; only while the object is still as it was read.
    """
    metadata: dict[str, Any] = before.get("metadata") or {}
    wanted: dict[str, Any] = manifest["metadata"]
    kept = {name: wanted[name] for name in ("labels", "annotations") if wanted.get(name)}
    version = {"resourceVersion": metadata["resourceVersion"]}
    return {
        "metadata": {**kept, **version},
        "spec": _merge_patch(before.get("spec") or {}, manifest["spec"]),
    }


def _merge_patch(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The JSON merge patch (RFC 7386) from one object to another."""
    patch: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if is_object(value) and is_object(old):
            if value != old:
                patch[name] = _merge_patch(old, value)
        elif name not in before or value != old:
            patch[name] = value
    return patch


def _event(manifest: dict[str, Any]) -> ImportEvent:
    series: dict[str, Any] = manifest.get("series") or {}
    metadata: dict[str, Any] = manifest.get("metadata") or {}
    at = (
        series.get("lastObservedTime")
        or manifest.get("eventTime")
        or manifest.get("deprecatedLastTimestamp")
        or metadata.get("creationTimestamp")
    )
    return ImportEvent(
        at=datetime.fromisoformat(str(at)),
        type=manifest.get("type") or "Normal",
        reason=manifest.get("reason") or "",
        message=manifest.get("note") or "",
        count=int(series.get("count") or manifest.get("deprecatedCount") or 1),
        action=manifest.get("action") or "",
    )
