"""A manifest as somebody types it: read safely, with the line of each field."""

from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import ValidationError

from jobimport.local.documents import load_plain
from jobimport.presets import UnknownPreset, effective_spec
from jobimport.resource.names import API_VERSION, KIND
from jobimport.resource.spec import JobImportSpec
from jobimport.shapes import is_object
from jobimport.validation import check_spec
from jobimport_api.specs.schemas import SpecProblem

_MOST_NODES: Final = 50_000
_MOST_PROBLEMS: Final = 50
_NAME: Final = r"lower-case letters, digits, '-' and '.'"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. `manifest` None: it cannot be read; `spec` None: it does not fit."""

    problems: list[SpecProblem]
    manifest: dict[str, Any] | None = None
    spec: JobImportSpec | None = None
    effective: JobImportSpec | None = None


def read_manifest(text: str) -> Reading:
    """Read one JobImport and find all that is wrong with it."""
    try:
        root: Any = yaml.compose(text, yaml.SafeLoader)
        if root is None or not _is_small(root):
            return _unreadable("Write one JobImport, of a reasonable size.", None)
        value = load_plain(text)
    except RecursionError:
        return _unreadable("It is nested too deeply.", None)
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        return _unreadable(f"This is no YAML: {_reason(error)}", mark.line + 1 if mark else None)
    except ValueError as error:
        return _unreadable(f"This is no YAML: {error}", None)
    if not is_object(value):
        return _unreadable("Write a JobImport: apiVersion, kind, metadata and spec.", 1)
    found = [*_header(value), *_of_spec(value)]
    problems = [SpecProblem(path=p, message=m, line=line_of(root, p)) for p, m in found]
    spec, effective = _models(value)
    return Reading(problems[:_MOST_PROBLEMS], value, spec, effective)


def line_of(root: Any, path: str) -> int | None:
    """The line, from 1, of the deepest part of a path that the text has; None where it has none."""
    node, line = root, None
    for part in path.split("."):
        if isinstance(node, yaml.MappingNode):
            pair = next((each for each in node.value if each[0].value == part), None)
            if pair is None:
                return line
            node, line = pair[1], pair[0].start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def _is_small(root: Any) -> bool:
    """Whether the text stays small with its aliases followed: an alias of aliases grows fast."""
    sizes: dict[int, int] = {}

    def size(node: Any, depth: int) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        if depth > 100:
            raise RecursionError
        sizes[id(node)] = _MOST_NODES + 1  # what is met again inside of itself has no size
        children: list[Any] = []
        if isinstance(node, yaml.MappingNode):
            children = [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        sizes[id(node)] = 1 + sum(size(each, depth + 1) for each in children)
        return sizes[id(node)]

    return size(root, 0) <= _MOST_NODES


def _header(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if manifest.get("apiVersion") != API_VERSION:
        found.append(("apiVersion", f"expected {API_VERSION}"))
    if manifest.get("kind") != KIND:
        found.append(("kind", f"expected {KIND}"))
    metadata: Any = manifest.get("metadata")
    if not is_object(metadata) or not metadata.get("name"):
        return [*found, ("metadata.name", f"is needed: {_NAME}")]
    for field in ("name", "namespace"):
        value = metadata.get(field)
        if value is not None and not is_name(value):
            found.append((f"metadata.{field}", f"{str(value)[:80]!r} is not a name: {_NAME}"))
    for field in ("labels", "annotations"):
        value = metadata.get(field)
        plain = is_object(value) and all(isinstance(each, str) for each in value.values())
        if value is not None and not plain:
            found.append((f"metadata.{field}", "expected names with texts; put quotes around them"))
    unknown = set(manifest) - {"apiVersion", "kind", "metadata", "spec", "status"}
    return found + [(str(name), "unknown field") for name in sorted(map(str, unknown))]


def is_name(value: Any) -> bool:
    """Whether a value is a name as Kubernetes takes it."""
    if not isinstance(value, str) or not 0 < len(value) <= 253:
        return False
    letters = value.replace("-", "a").replace(".", "a")
    edges = value[0] + value[-1]
    return letters.isascii() and letters.isalnum() and value == value.lower() and edges.isalnum()


def _of_spec(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    raw: Any = manifest.get("spec")
    if not is_object(raw):
        return [("spec", "is needed: say at least spec.source and spec.mapping")]
    try:
        spec = JobImportSpec.model_validate(raw)
    except ValidationError as error:
        return [_problem(each) for each in error.errors(include_url=False, include_input=False)]
    except RecursionError:
        return [("spec", "is nested too deeply")]
    return [(each.path, each.message) for each in check_spec(spec)]


def _problem(error: Any) -> tuple[str, str]:
    path = ".".join(map(str, ("spec", *error["loc"])))
    if error["type"] == "extra_forbidden":
        return path, "unknown field; `kubectl explain jobimport.spec` lists those there are"
    return path, str(error["msg"])


def _models(manifest: dict[str, Any]) -> tuple[JobImportSpec | None, JobImportSpec | None]:
    try:
        spec = JobImportSpec.model_validate(manifest.get("spec"))
    except (ValidationError, RecursionError):
        return None, None
    try:
        return spec, effective_spec(spec)
    except (UnknownPreset, ValidationError):
        return spec, None


def _unreadable(message: str, line: int | None) -> Reading:
    return Reading([SpecProblem(path="", message=message, line=line)])


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return error.problem or error.context or "see this line"
    return " ".join(str(error).split())
