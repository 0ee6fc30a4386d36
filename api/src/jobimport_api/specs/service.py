"""Presets, validation, preview and applying."""

import difflib
from typing import Any, Final

import yaml

from jobimport.ids import ImportKey
from jobimport.local.documents import DEFAULT_NAMESPACE
from jobimport.resource import names
from jobimport.resource.spec import JobImportSpec
from jobimport.shapes import is_object
from jobimport_api.access.viewers import Viewer
from jobimport_api.catalog import Catalog
from jobimport_api.problems import ProblemError
from jobimport_api.specs.reading import Reading, read_manifest
from jobimport_api.specs.schemas import AppliedInfo, Validated

_GITOPS: Final = ("argocd", "kustomize-controller", "helm-controller", "flux", "fleet", "kapp")
_OURS: Final = (
    names.RUN_REQUESTED,
    names.RETRY_REQUESTED,
    names.CANCEL_REQUESTED,
    names.APPROVE_CLOSE_REQUESTED,
    names.REQUESTED_BY,
    "kubectl.kubernetes.io/last-applied-configuration",
)


def validate(text: str) -> Validated:
    """All that is wrong with a manifest, and the manifest with its preset merged in."""
    reading = read_manifest(text)
    effective = None
    if reading.manifest is not None and reading.effective is not None:
        spec = reading.effective.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude_unset=True
        )
        effective = as_yaml({**reading.manifest, "spec": spec})
    return Validated(problems=reading.problems, effective=effective)


def to_preview(text: str, namespace: str) -> tuple[ImportKey, JobImportSpec]:
    """The import of a manifest and its whole spec; ProblemError 422 where it could not run."""
    reading = read_manifest(text)
    _refuse_problems(reading)
    metadata: dict[str, Any] = (reading.manifest or {})["metadata"]
    if reading.effective is None:
        raise ProblemError(422, "spec: it cannot be read; see POST /validate.")
    return ImportKey(namespace, metadata["name"]), reading.effective


def to_apply(text: str, *, local: bool) -> tuple[ImportKey, dict[str, Any]]:
    """The import of a manifest, and of the manifest what is written; ProblemError 422 where it
    could not run.
    """
    reading = read_manifest(text)
    _refuse_problems(reading)
    manifest: dict[str, Any] = reading.manifest or {}
    metadata: dict[str, Any] = manifest["metadata"]
    namespace = metadata.get("namespace") or (DEFAULT_NAMESPACE if local else None)
    if namespace is None:
        raise ProblemError(422, "metadata.namespace: is needed, to know where to apply it.")
    kept = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {
            "name": metadata["name"],
            "namespace": namespace,
            **{each: metadata[each] for each in ("labels", "annotations") if metadata.get(each)},
        },
        "spec": manifest["spec"],
    }
    return ImportKey(namespace, metadata["name"]), kept


async def apply(
    catalog: Catalog, viewer: Viewer, manifest: dict[str, Any], text: str, *, dry_run: bool
) -> AppliedInfo:
    """Create or change an import with the viewer's own rights, or say what would come of it."""
    applied = await catalog.source.apply(manifest, text, viewer, dry_run=dry_run)
    before = as_yaml(_shown(applied.before)) if applied.before else ""
    after = as_yaml(_shown(applied.after))
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=3
    )
    return AppliedInfo(
        created=applied.before is None,
        manifest=after,
        diff="\n".join(lines),
        managed_by=_keeper(applied.before) if applied.before else None,
    )


def as_yaml(value: dict[str, Any]) -> str:
    """YAML as a person writes it: keys in their order, long texts unbroken, no aliases."""
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=4096)


class _Plain(yaml.SafeDumper):
    """Writes what is met twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never make an alias."""
        return True


def _refuse_problems(reading: Reading) -> None:
    if not reading.problems:
        return
    first = reading.problems[0]
    line = f" (line {first.line})" if first.line else ""
    more = len(reading.problems) - 1
    rest = f" There are {more} more: POST /validate lists them." if more else ""
    place = f"{first.path}{line}: " if first.path else ""
    raise ProblemError(422, f"{place}{first.message}.{rest}".replace("..", "."))


def _shown(manifest: dict[str, Any]) -> dict[str, Any]:
    """What of a manifest a person writes."""
    metadata: dict[str, Any] = manifest.get("metadata") or {}
    annotations: dict[str, str] = metadata.get("annotations") or {}
    kept = {name: value for name, value in annotations.items() if name not in _OURS}
    shown: dict[str, Any] = {"name": metadata.get("name")}
    if metadata.get("namespace"):
        shown["namespace"] = metadata["namespace"]
    if metadata.get("labels"):
        shown["labels"] = metadata["labels"]
    if kept:
        shown["annotations"] = kept
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": shown,
        "spec": manifest.get("spec"),
    }


def _keeper(manifest: dict[str, Any]) -> str | None:
    """The GitOps tool that owns fields of the spec."""
    metadata: dict[str, Any] = manifest.get("metadata") or {}
    fields: list[Any] = metadata.get("managedFields") or []
    for entry in fields:
        if is_object(entry) and "f:spec" in (entry.get("fieldsV1") or {}):
            manager = str(entry.get("manager") or "")
            if any(manager.startswith(each) for each in _GITOPS):
                return manager
    return None
