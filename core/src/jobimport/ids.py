"""The identities that the parts pass to each other, as types of their own."""

import hashlib
from dataclasses import dataclass
from typing import NewType, Self

RunId = NewType("RunId", str)
"""Names one execution of an import, for ever: `<import name>-<10 hex digits>`."""

TaskId = NewType("TaskId", str)
"""Names one queue entry within its pool: `<run id>/<step>`."""

WorkerId = NewType("WorkerId", str)
"""Names one worker process; in a cluster the pod's name."""

PartitionKey = NewType("PartitionKey", str)
"""Names one independent walk of a source within its import."""


@dataclass(frozen=True, slots=True, order=True)
class ImportKey:
    """The namespace and name of one JobImport."""

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<namespace>/<name>`; ValueError for anything else."""
        namespace, slash, name = text.partition("/")
        if not (slash and namespace and name) or "/" in name:
            raise ValueError(f"expected <namespace>/<name>, got {text!r}")
        return cls(namespace, name)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, order=True)
class PoolKey:
    """The namespace and name of one pool of workers, and of its queue."""

    namespace: str
    pool: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.pool}"


def run_id(import_name: str, import_uid: str, cause: str) -> RunId:
    """Name the run that `cause` (due time, generation, request token) makes of an import.

    The same import and cause always give the same id, so that a decision taken twice names one run.
    """
    digest = hashlib.sha256(f"{import_uid}\n{cause}".encode()).hexdigest()
    return RunId(f"{import_name[:40].rstrip('-.')}-{digest[:10]}")
