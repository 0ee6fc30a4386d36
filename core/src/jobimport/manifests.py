"""JobImports as somebody types them: read safely, with the line of each problem.

The command line and the gateway read manifests by this; what is wrong with a spec is the same for
both, and for the operator.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, get_args

import yaml
from pydantic import BaseModel, ValidationError

from jobimport.local.documents import PlainLoader
from jobimport.presets import UnknownPreset, effective_spec
from jobimport.problems import did_you_mean
from jobimport.resource.misfits import misfit
from jobimport.resource.names import API_VERSION, GROUP, KIND
from jobimport.resource.spec import JobImportSpec
from jobimport.shapes import is_object
from jobimport.validation import check_spec

_MOST_NODES: Final = 50_000
_MOST_PROBLEMS: Final = 50
_NAME: Final = r"lower-case letters, digits, '-' and '.'"


@dataclass(frozen=True, slots=True)
class ManifestProblem:
    """One thing that is wrong. `path` empty: with the whole text; `line` counts from 1."""

    path: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says. `manifest` None: it cannot be read; `spec` None: it does not fit."""

    problems: list[ManifestProblem]
    manifest: dict[str, Any] | None = None
    spec: JobImportSpec | None = None
    effective: JobImportSpec | None = None
    line: int = 1

    @property
    def name(self) -> str:
        """The import's name; empty where it has none."""
        metadata: Any = (self.manifest or {}).get("metadata")
        return str(metadata.get("name") or "") if is_object(metadata) else ""

    @property
    def namespace(self) -> str:
        """The import's namespace; `default` where it says none."""
        metadata: Any = (self.manifest or {}).get("metadata")
        return str(metadata.get("namespace") or "default") if is_object(metadata) else "default"


def read_manifest(text: str) -> Reading:
    """Read one JobImport and find all that is wrong with it."""
    try:
        roots: list[Any] = list(yaml.compose_all(text, PlainLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _no_yaml(error)
    if len(roots) != 1 or roots[0] is None:
        return _unreadable("Write one JobImport, of a reasonable size.", None)
    return _read(roots[0])


def read_manifests(text: str) -> list[Reading]:
    """Read all JobImports of a text; documents of other groups, and empty ones, are passed over."""
    try:
        roots: list[Any] = [each for each in yaml.compose_all(text, PlainLoader) if each]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return [_no_yaml(error)]
    return [_read(root) for root in roots if _is_ours(root)]


def _is_ours(root: Any) -> bool:
    """Whether a document is a JobImport, or something that can only have been meant as one."""
    if not isinstance(root, yaml.MappingNode):
        return not (isinstance(root, yaml.ScalarNode) and root.value == "")
    version = next((v.value for k, v in root.value if k.value == "apiVersion"), GROUP)
    return str(version).partition("/")[0] == GROUP


def _read(root: Any) -> Reading:
    line = root.start_mark.line + 1
    try:
        if not _is_small(root):
            return _unreadable("Write one JobImport, of a reasonable size.", line)
        loader: Any = PlainLoader("")
        value = loader.construct_document(root)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _no_yaml(error)
    if not is_object(value):
        return _unreadable("Write a JobImport: apiVersion, kind, metadata and spec.", line)
    found = [*_header(value), *_of_spec(value)]
    problems = [ManifestProblem(p, m, line_of(root, p)) for p, m in found]
    problems += _written_twice(root)
    problems.sort(key=lambda each: each.line or line)
    spec, effective = _models(value)
    return Reading(problems[:_MOST_PROBLEMS], value, spec, effective, line)


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


def _written_twice(root: Any) -> Iterator[ManifestProblem]:
    """Keys that a map has more than once: YAML takes the last of them, the API server refuses."""
    looked: set[int] = set()

    def look(node: Any, path: str) -> Iterator[ManifestProblem]:
        if id(node) in looked:
            return
        looked.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for number, child in enumerate(node.value):
                yield from look(child, f"{path}{number}.")
        if not isinstance(node, yaml.MappingNode):
            return
        lines: dict[str, int] = {}
        for key, child in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines and name != "<<":
                message = f"is there already, in line {lines[name]}: leave one of them out"
                yield ManifestProblem(f"{path}{name}", message, line)
            lines.setdefault(name, line)
            yield from look(child, f"{path}{name}.")

    yield from look(root, "")


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
        # As the API server, which takes no text for a number; in that of JSON a name is a choice
        JobImportSpec.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        return [*(_problem(each) for each in errors), *_of_the_rest(raw, errors)]
    except RecursionError:
        return [("spec", "is nested too deeply")]
    return [(each.path, each.message) for each in check_spec(spec)]


def _of_the_rest(raw: dict[str, Any], errors: list[Any]) -> list[tuple[str, str]]:
    """What else is wrong where unknown fields are all that the schema finds: said in one go."""
    if any(error["type"] != "extra_forbidden" for error in errors):
        return []
    rest = copy.deepcopy(raw)
    for error in errors:
        *above, name = error["loc"]
        place: Any = rest
        for part in above:
            place = place[part]
        del place[name]
    return [(each.path, each.message) for each in check_spec(JobImportSpec.model_validate(rest))]


def _problem(error: Any) -> tuple[str, str]:
    names = [str(each) for each in error["loc"] if each != "[key]"]
    path = ".".join(["spec", *names])
    if error["type"] == "extra_forbidden":
        return path, f"unknown field {_meant(names)}"
    return path, misfit(error)


def _meant(names: list[str]) -> str:
    """What an unknown field may have been meant as, and what there is."""
    known = sorted(_fields_at(JobImportSpec, names[:-1]))
    hint = did_you_mean(names[-1], known)
    return f"({hint}fields: {', '.join(known)})" if known else ""


def _fields_at(model: type[BaseModel], names: list[str]) -> Iterator[str]:
    """The fields of the model that a path from `model` leads to."""
    for name in names:
        if name.isdecimal():
            continue
        fields = model.model_fields.items()
        field = next((each for key, each in fields if (each.alias or key) == name), None)
        below = _model_in(field.annotation) if field is not None else None
        if below is None:
            return
        model = below
    for key, each in model.model_fields.items():
        yield each.alias or key


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is about: itself, optional, or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_in(each) for each in get_args(annotation))
    return next((found for found in models if found is not None), None)


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
    return Reading([ManifestProblem("", message, line)], line=line or 1)


def _no_yaml(error: Exception) -> Reading:
    if isinstance(error, RecursionError):
        return _unreadable("It is nested too deeply.", None)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark
        reason = error.problem or error.context or "see this line"
        return _unreadable(f"This is no YAML: {reason}", mark.line + 1 if mark else None)
    return _unreadable(f"This is no YAML: {' '.join(str(error).split())}", None)
