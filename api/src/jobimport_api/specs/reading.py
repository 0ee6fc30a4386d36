"""A manifest as somebody types it, as the API tells of it."""

from dataclasses import dataclass
from typing import Any

from jobimport import manifests
from jobimport.resource.spec import JobImportSpec
from jobimport_api.specs.schemas import SpecProblem


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. `manifest` None: it cannot be read; `spec` None: it does not fit."""

    problems: list[SpecProblem]
    manifest: dict[str, Any] | None = None
    spec: JobImportSpec | None = None
    effective: JobImportSpec | None = None


def read_manifest(text: str) -> Reading:
    """Read one JobImport and find all that is wrong with it."""
    found = manifests.read_manifest(text)
    problems = [SpecProblem(path=p.path, message=p.message, line=p.line) for p in found.problems]
    return Reading(problems, found.manifest, found.spec, found.effective)
