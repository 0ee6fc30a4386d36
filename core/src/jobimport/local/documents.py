"""What a folder of YAML files says: one document per import, and what is wrong with which file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from jobimport.ids import ImportKey

DEFAULT_NAMESPACE: Final = "default"
SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_GROUP: Final = "jobimport.dev"
_KIND: Final = "JobImport"
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


class PlainLoader(yaml.SafeLoader):
    """Reads dates as the text that they are, as the Kubernetes API does."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_plain(text: str) -> Any:
    """Read one YAML document with dates as text; yaml.YAMLError where it is none."""
    return yaml.load(text, PlainLoader)  # noqa: S506 - a SafeLoader


@dataclass(frozen=True, slots=True)
class Document:
    """One import as its file has it. `manifest` is empty when the file can't be read at all."""

    key: ImportKey
    file: str
    manifest: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FileContent:
    """The imports of one file, and what is wrong with the file as a whole (None: nothing)."""

    documents: tuple[Document, ...]
    problem: str | None = None


class Folder:
    """Reads the YAML files of a folder (not of folders in it); a file that is as before is not
    read again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, tuple[tuple[int, int], FileContent]] = {}

    def scan(self) -> dict[str, FileContent]:
        """Return the content by file name, in the order of the names."""
        found: dict[str, FileContent] = {}
        for path in sorted(self.path.iterdir()) if self.path.is_dir() else ():
            if path.suffix not in SUFFIXES or path.name.startswith("."):
                continue
            try:
                stat = path.stat()
                mark = (stat.st_mtime_ns, stat.st_size)
                before = self._read.get(path.name)
                if before is None or before[0] != mark:
                    before = (mark, _parse(path.name, path.read_text(encoding="utf-8")))
                    self._read[path.name] = before
                found[path.name] = before[1]
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError) as error:
                found[path.name] = FileContent((), f"{path.name}: can't be read: {error}")
        return found


def _parse(file: str, text: str) -> FileContent:
    try:
        loaded: list[Any] = list(yaml.load_all(text, PlainLoader))
    except yaml.YAMLError as error:
        return FileContent((), f"{file}: not valid YAML: {_where(error)}")
    documents: list[Document] = []
    for number, value in enumerate(loaded, 1):
        if value is None:
            continue
        place = file if len(loaded) == 1 else f"{file}, document {number}"
        if not isinstance(value, dict):
            problem = f"{place}: expected a JobImport, got a {type(value).__name__}"
            return FileContent(tuple(documents), problem)
        manifest = cast("dict[str, Any]", value)
        if str(manifest.get("apiVersion", _GROUP)).partition("/")[0] != _GROUP:
            continue
        if (problem := _header_problem(place, manifest)) is not None:
            return FileContent(tuple(documents), problem)
        metadata = manifest["metadata"]
        key = ImportKey(metadata.get("namespace", DEFAULT_NAMESPACE), metadata["name"])
        documents.append(Document(key, file, manifest))
    return FileContent(tuple(documents))


def _header_problem(place: str, manifest: dict[str, Any]) -> str | None:
    if manifest.get("kind") != _KIND or "apiVersion" not in manifest:
        return f"{place}: expected apiVersion {_GROUP}/v1alpha1 and kind {_KIND}"
    metadata: Any = manifest.get("metadata")
    if not isinstance(metadata, dict):
        return f"{place}: metadata.name is missing"
    fields = cast("dict[str, Any]", metadata)
    for field, value in (
        ("name", fields.get("name")),
        ("namespace", fields.get("namespace", DEFAULT_NAMESPACE)),
    ):
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            return (
                f"{place}: metadata.{field}: {value!r} is not a name:"
                " lower-case letters, digits, '-' and '.'"
            )
    return None


def _where(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem or error.context}"
    return " ".join(str(error).split())
