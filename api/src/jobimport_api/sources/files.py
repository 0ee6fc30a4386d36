"""The YAML files of a folder, changed in place: what a person wrote around a change stays."""

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

from jobimport.ids import ImportKey
from jobimport.local.documents import DEFAULT_NAMESPACE, Folder
from jobimport_api.problems import ProblemError, not_found


class ImportFiles:
    """Finds the file of an import, and writes it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder
        self._folder = Folder(folder)

    def manifest_of(self, key: ImportKey) -> dict[str, Any] | None:
        """The manifest as its file has it; None where no file has it."""
        for content in self._folder.scan().values():
            for document in content.documents:
                if document.key == key:
                    return document.manifest
        return None

    def write(self, key: ImportKey, text: str) -> None:
        """Write an import: into its file, or a new one named after it.

        ProblemError 409 where its file holds other imports too, or another has the name.
        """
        name = self._file_of(key)
        if name is None:
            name = f"{key.name}.yaml"
            if (self._path / name).exists():
                name = f"{key.namespace}-{key.name}.yaml"
            if (self._path / name).exists():
                raise ProblemError(409, f"{name} exists and holds something else: rename it.")
        elif len(self._folder.scan()[name].documents) > 1:
            raise ProblemError(
                409, f"{name} holds several imports: change {key} there, in your editor."
            )
        self._replace(name, text if text.endswith("\n") else f"{text}\n")

    def set_suspend(self, key: ImportKey, *, suspended: bool) -> None:
        """Set spec.suspend in the import's file."""
        name = self._file_of(key)
        if name is None:
            raise not_found(f"Import {key}")
        text = (self._path / name).read_text(encoding="utf-8")
        for document in yaml.compose_all(text, yaml.SafeLoader):
            if _key_of(document) == key:
                self._replace(name, _with_suspend(text, document, suspended=suspended))
                return

    def _file_of(self, key: ImportKey) -> str | None:
        for name, content in self._folder.scan().items():
            if any(document.key == key for document in content.documents):
                return name
        return None

    def _replace(self, name: str, text: str) -> None:
        """Replace a file in one step: the operator reads the old content or the new."""
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=".", dir=self._path)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(self._path / name)
        except OSError as error:
            raise ProblemError(403, f"{name} cannot be written: {error.strerror}.") from error


def _key_of(document: Any) -> ImportKey | None:
    metadata = _child(document, "metadata")
    name, namespace = _child(metadata, "name"), _child(metadata, "namespace")
    if not isinstance(name, yaml.ScalarNode):
        return None
    given = namespace.value if isinstance(namespace, yaml.ScalarNode) else DEFAULT_NAMESPACE
    return ImportKey(given, name.value)


def _child(node: Any, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == name:
                return value
    return None


def _with_suspend(text: str, document: Any, *, suspended: bool) -> str:
    word = "true" if suspended else "false"
    spec = _child(document, "spec")
    node = _child(spec, "suspend")
    if node is not None:
        return text[: node.start_mark.index] + word + text[node.end_mark.index :]
    if not isinstance(spec, yaml.MappingNode) or not spec.value:
        raise ProblemError(409, "The file has no spec to suspend: write one first.")
    first = spec.value[0][0].start_mark
    indent = " " * first.column
    added = f'"suspend": {word}, ' if spec.flow_style else f"suspend: {word}\n{indent}"
    return text[: first.index] + added + text[first.index :]
