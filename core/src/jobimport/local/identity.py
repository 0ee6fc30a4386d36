"""What a cluster keeps of an object and a YAML file does not: its UID, generation and age."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jobimport.ids import ImportKey
from jobimport.local.documents import DEFAULT_NAMESPACE, Document, FileContent
from jobimport.local.statefiles import read_json, write_json

GONE_AFTER_SECONDS: Final = 1.0
"""A file that is missing for a moment is being saved; its imports are gone only after this."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What is kept of one import. `manifest` is its last readable one."""

    uid: str
    generation: int
    created_at: str
    digest: str
    file: str
    manifest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """An import as it stands: its identity, and what is wrong with its file (None: nothing)."""

    key: ImportKey
    identity: Identity
    problem: str | None


class Identities:
    """The identities of all imports of a folder.

    Only the owner (the operator) writes them; others see what the owner will make of a file.
    """

    def __init__(self, state: Path, *, owner: bool) -> None:
        self._folder = state / "identity"
        self._owner = owner
        self._missing_since: dict[ImportKey, float] = {}

    def resolve(self, files: Mapping[str, FileContent]) -> list[Known]:
        """Match what the files say with what is kept; the owner keeps what is new."""
        kept = self._load()
        found = {d.key: d for d in _documents(files, kept)}
        known = [self._matched(document, kept.get(key)) for key, document in found.items()]
        for key, identity in kept.items():
            if key not in found and not self._gone(key):
                known.append(Known(key, identity, None))
        for key in found:
            self._missing_since.pop(key, None)
        return sorted(known, key=lambda entry: entry.key)

    def departed(self, known: list[Known]) -> list[ImportKey]:
        """Name the imports that are kept and no longer there."""
        present = {entry.key for entry in known}
        return [key for key in self._load() if key not in present]

    def forget(self, key: ImportKey) -> None:
        """Drop what is kept: a file of this name makes a new import, with a new UID."""
        self._path(key).unlink(missing_ok=True)
        self._missing_since.pop(key, None)

    def _matched(self, document: Document, kept: Identity | None) -> Known:
        digest = _digest(document)
        if kept is not None and kept.digest == digest and kept.file == document.file:
            return Known(document.key, kept, document.problem)
        changed = kept is None or kept.digest != digest
        identity = Identity(
            uid=kept.uid if kept else str(uuid.uuid4()),
            generation=(kept.generation if kept else 0) + changed,
            created_at=kept.created_at if kept else _timestamp(),
            digest=digest,
            file=document.file,
            manifest=document.manifest or (kept.manifest if kept else {}),
        )
        if self._owner:
            write_json(self._path(document.key), asdict(identity))
        return Known(document.key, identity, document.problem)

    def _gone(self, key: ImportKey) -> bool:
        since = self._missing_since.setdefault(key, time.monotonic())
        return time.monotonic() - since >= GONE_AFTER_SECONDS

    def _load(self) -> dict[ImportKey, Identity]:
        kept: dict[ImportKey, Identity] = {}
        for path in sorted(self._folder.glob("*/*.json")):
            value = read_json(path)
            if value is not None:
                kept[ImportKey(path.parent.name, path.stem)] = Identity(**value)
        return kept

    def _path(self, key: ImportKey) -> Path:
        return self._folder / key.namespace / f"{key.name}.json"


def _documents(
    files: Mapping[str, FileContent], kept: Mapping[ImportKey, Identity]
) -> list[Document]:
    """List one document per import; a file's problem is shown on all imports known from it, or on
    an import named after the file.
    """
    documents: dict[ImportKey, Document] = {}
    for file, content in files.items():
        for document in content.documents:
            if (other := documents.get(document.key)) is None:
                documents[document.key] = document
            elif other.problem is None:
                problem = f"{document.key} is in both {other.file} and {file}: remove one of them"
                documents[document.key] = Document(other.key, other.file, other.manifest, problem)
    for file, content in files.items():
        if content.problem is None:
            continue
        shown = [key for key, identity in kept.items() if identity.file == file]
        shown = [key for key in shown if key not in documents]
        if not shown and not content.documents:
            shown = [ImportKey(DEFAULT_NAMESPACE, _import_name(file))]
        for key in shown:
            documents.setdefault(key, Document(key, file, {}, content.problem))
    return list(documents.values())


def _import_name(file: str) -> str:
    text = "".join(c if c.isascii() and c.isalnum() else "-" for c in Path(file).stem.lower())
    return text.strip("-") or "unnamed"


def _digest(document: Document) -> str:
    text = json.dumps(
        [document.manifest.get("spec"), document.problem], sort_keys=True, default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _timestamp() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
