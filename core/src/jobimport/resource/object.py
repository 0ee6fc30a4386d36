"""A JobImport as the parts see it: identity, spec and status in one."""

from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from jobimport.ids import ImportKey, PoolKey
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import JobImportStatus


class ImportObject(BaseModel):
    """One JobImport at one moment.

    `spec` is None when the stored spec does not fit the model (it is newer than this code, or came
    past the schema); `spec_problem` then says what is wrong.
    """

    model_config = ConfigDict(frozen=True)

    namespace: str
    name: str
    uid: str
    generation: int
    resource_version: str
    created_at: datetime
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    deleting: bool = False
    raw_spec: dict[str, Any] = {}
    spec: JobImportSpec | None = None
    spec_problem: str | None = None
    status: JobImportStatus = JobImportStatus()

    @property
    def key(self) -> ImportKey:
        """Namespace and name."""
        return ImportKey(self.namespace, self.name)

    @property
    def pool(self) -> PoolKey:
        """The pool that works for it."""
        return PoolKey(self.namespace, self.spec.pool if self.spec else "default")

    @classmethod
    def from_manifest(cls, manifest: dict[str, Any]) -> Self:
        """Read a manifest as the API server gives it; a spec that does not fit is no error here."""
        metadata: dict[str, Any] = manifest.get("metadata") or {}
        raw_spec: dict[str, Any] = manifest.get("spec") or {}
        spec, problem = read_spec(raw_spec)
        created: Any = metadata.get("creationTimestamp") or datetime.fromtimestamp(0, UTC)
        return cls(
            namespace=metadata.get("namespace") or "default",
            name=metadata["name"],
            uid=metadata.get("uid", ""),
            generation=metadata.get("generation", 1),
            resource_version=str(metadata.get("resourceVersion", "")),
            created_at=created,
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            deleting=bool(metadata.get("deletionTimestamp")),
            raw_spec=raw_spec,
            spec=spec,
            spec_problem=problem,
            status=JobImportStatus.model_validate(manifest.get("status") or {}),
        )


def read_spec(raw: dict[str, Any]) -> tuple[JobImportSpec | None, str | None]:
    """Read a spec; where it does not fit, None and a sentence per problem that names the field."""
    try:
        return JobImportSpec.model_validate(raw), None
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, ('spec', *each['loc'])))}: {_sentence(each['type'], each['msg'])}"
            for each in error.errors(include_url=False, include_input=False)[:5]
        ]
        return None, "; ".join(problems)


def _sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown field; see kubectl explain jobimport.spec for those there are"
    return message[:1].lower() + message[1:]
