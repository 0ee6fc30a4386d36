"""Whether the CRD in the cluster has all the fields that this operator knows."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.resource.crd import crd
from jobimport.resource.names import GROUP, KIND, VERSION

_PATH: Final = f"/openapi/v3/apis/{GROUP}/{VERSION}"
_SHOWN: Final = 5
_LOOK_SECONDS: Final = 15.0

Schema = dict[str, Any]

log = logging.getLogger(__name__)


def own_schema() -> Schema:
    """The schema of the CRD that belongs to this operator."""
    version: Schema = crd()["spec"]["versions"][0]
    return version["schema"]["openAPIV3Schema"]


async def served_schema(api: ClusterApi) -> Schema | None:
    """The schema that the API server serves now; None where it serves no JobImports."""
    document = await api.get(_PATH)
    if document is None:
        return None
    schemas: dict[str, Schema] = document.get("components", {}).get("schemas", {})
    return next((each for name, each in schemas.items() if name.endswith(f".{KIND}")), None)


class ServedSchema:
    """Compares the CRD in the cluster with our own, now and then."""

    def __init__(self, api: ClusterApi) -> None:
        self._api = api
        self.missing: list[str] = []
        """Paths of the fields that the API server does not know."""

    def problem(self) -> str | None:
        """Say that the CRD is older than the operator; None when it is not."""
        return outdated(self.missing)

    async def watch(self) -> None:
        """Look again and again; each change is logged once."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Look once. What can't be read leaves what is known as it is."""
        try:
            served = await served_schema(self._api)
        except (ApiError, OSError) as error:
            log.warning("the CRD can't be compared with this operator's: %s", error)
            return
        if served is None:
            return
        before, self.missing = self.missing, list(missing_fields(own_schema(), served))
        if self.missing != before:
            log.warning("%s", self.problem() or "the CRD has all fields of this operator again")


def missing_fields(ours: Schema, served: Schema, path: str = "") -> Iterator[str]:
    """Paths of the fields that `ours` has and `served` lacks, the outermost of each branch."""
    if served.get("x-kubernetes-preserve-unknown-fields"):
        return
    there = cast("dict[str, Schema]", served.get("properties", {}))
    for name, field in cast("dict[str, Schema]", ours.get("properties", {})).items():
        below = f"{path}.{name}" if path else name
        if below in ("metadata", "apiVersion", "kind"):
            continue
        if name not in there:
            yield below
            continue
        yield from missing_fields(field, there[name], below)
    items = ours.get("items")
    if isinstance(items, dict) and isinstance(served.get("items"), dict):
        yield from missing_fields(cast("Schema", items), served["items"], f"{path}[]")


def outdated(missing: Sequence[str]) -> str | None:
    """Say what to do about a CRD that is older than the operator; None where it is not."""
    if not missing:
        return None
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return (
        f"the CRD in the cluster is older than this operator: it lacks"
        f" {', '.join(missing[:_SHOWN])}{more}; apply the crds/ of this release (with Helm:"
        " crds.enabled, then helm upgrade). Until then these fields are left out"
    )


def without(manifest: Manifest, missing: Sequence[str]) -> Manifest:
    """The manifest without fields that the API server would refuse."""
    for path in missing:
        manifest = _dropped(manifest, path.split("."))
    return manifest


def _dropped(value: Manifest, names: Sequence[str]) -> Manifest:
    name, many = names[0].removesuffix("[]"), names[0].endswith("[]")
    if name not in value:
        return value
    if len(names) == 1:
        return {key: each for key, each in value.items() if key != name}
    inner: Any = value[name]
    if many:
        changed: Any = [_dropped(each, names[1:]) for each in inner]
    else:
        changed = _dropped(inner, names[1:])
    return {**value, name: changed}
