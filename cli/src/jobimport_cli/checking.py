"""What is wrong with the JobImports of a file, before they are applied."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from jobimport.resource.names import API_VERSION, KIND
from jobimport.resource.object import read_spec
from jobimport.shapes import is_object
from jobimport.validation import check_spec


def problems_of(path: Path) -> Iterator[tuple[str, str]]:
    """The problems of a file: the import's name, and a sentence that names the field."""
    try:
        documents: list[Any] = list(yaml.safe_load_all(path.read_text()))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        yield "", f"is no YAML: {' '.join(str(error).split())}"
        return
    for document in documents:
        if document is None:
            continue
        if not is_object(document):
            yield "", f"holds {type(document).__name__} where a resource is expected"
        elif document.get("kind") == KIND and document.get("apiVersion") == API_VERSION:
            yield from _of_import(document)


def _of_import(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    metadata: dict[str, Any] = manifest.get("metadata") or {}
    place = f"{metadata.get('name', 'without a name')}: "
    spec, problem = read_spec(manifest.get("spec") or {})
    if spec is None:
        for each in (problem or "").split("; spec."):
            yield place, each if each.startswith("spec") else f"spec.{each}"
        return
    for found in check_spec(spec):
        yield place, str(found)
