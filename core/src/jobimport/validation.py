"""What is wrong with a spec beyond what its schema can tell. The same checks everywhere: the
operator (Stalled), the command line and the gateway.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from jobimport.mapping import MappingError, compile_expression, compile_mapping
from jobimport.presets import UnknownPreset, check_parameters, effective_spec, preset_of
from jobimport.resource.reading import FormatType
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.walking import PaginationType
from jobimport.schedule import ScheduleError, check_schedule

_VARIABLE = re.compile(r"\{[+#./;?&]?([^{}]*)\}")
_CONTACT = re.compile(r"[ -~]*")
_ROOTS = ("partition", "parameters", "page", "since", "record")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the field's path, and what to do in a sentence."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def check_spec(spec: JobImportSpec) -> list[Problem]:
    """All that is wrong with a spec; empty where it can run."""
    problems = list(_check_schedule(spec))
    try:
        whole = effective_spec(spec)
    except UnknownPreset as error:
        return [*problems, Problem("spec.source.preset.name", str(error))]
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        return [*problems, Problem(f"spec.{where}", error.errors()[0]["msg"])]
    problems += _check_preset(spec, whole)
    problems += _check_request(whole)
    problems += _check_format(whole)
    problems += _check_pagination(whole)
    problems += _check_mapping(whole)
    return problems


def _check_schedule(spec: JobImportSpec) -> Iterator[Problem]:
    if spec.schedule is None:
        return
    try:
        check_schedule(spec.schedule, spec.time_zone)
    except ScheduleError as error:
        field = "timeZone" if "time zone" in str(error) else "schedule"
        yield Problem(f"spec.{field}", str(error))


def _check_preset(spec: JobImportSpec, whole: JobImportSpec) -> Iterator[Problem]:
    asked = spec.source.preset
    if asked is not None:
        preset = preset_of(asked.name)
        for path, message in check_parameters(preset, asked.name, asked.parameters, whole):
            yield Problem(path, message)


def _check_request(spec: JobImportSpec) -> Iterator[Problem]:
    request = spec.source.request
    path = "spec.source.request.url"
    if not request.url:
        yield Problem(path, "a URL is needed: neither the spec nor its preset gives one")
        return
    if not re.match(r"https?://|\{", request.url):
        yield Problem(path, f"{request.url[:80]!r} does not begin with http:// or https://")
    parameters = spec.source.preset.parameters if spec.source.preset else {}
    for variable in _variables(request.url):
        root, _, name = variable.partition(".")
        if root not in _ROOTS:
            yield Problem(path, f"unknown variable {{{variable}}} (roots: {', '.join(_ROOTS)})")
        elif root == "parameters" and name not in parameters and not spec.source.preset:
            yield Problem(path, f"{{{variable}}} needs spec.source.preset.parameters.{name}")
        elif root == "partition" and spec.source.partitions is None:
            yield Problem(path, f"{{{variable}}} needs spec.source.partitions")
    if not _CONTACT.fullmatch(spec.source.politeness.contact):
        yield Problem(
            "spec.source.politeness.contact",
            "goes into the User-Agent, so only printable ASCII: an address or a URL",
        )
    bodies = [each for each in (request.json_, request.form, request.text) if each is not None]
    if len(bodies) > 1:
        yield Problem("spec.source.request", "only one of json, form and text can be sent")


def _variables(template: str) -> list[str]:
    return [
        name.strip().rstrip("*").split(":")[0]
        for found in _VARIABLE.findall(template)
        for name in found.split(",")
    ]


_FORMATS_BUILT = (
    FormatType.JSON,
    FormatType.JSON_LINES,
    FormatType.XML,
    FormatType.CSV,
    FormatType.JSON_LD,
)


def _check_format(spec: JobImportSpec) -> Iterator[Problem]:
    form = spec.source.format
    if form.type is FormatType.XML and not form.records:
        yield Problem("spec.source.format.records", "xml needs the path of the record's element")
    if form.type not in _FORMATS_BUILT:
        names = ", ".join(_FORMATS_BUILT)
        yield Problem(
            "spec.source.format.type", f"{form.type} cannot be read yet (can be read: {names})"
        )
    for name, text in (("where", form.where), ("groupBy", form.group_by)):
        if text:
            try:
                compile_expression(text)
            except MappingError as error:
                yield Problem(f"spec.source.format.{name}", str(error))
    for name, value in (
        ("detail", spec.source.detail),
        ("incremental", spec.source.incremental),
        ("partitions.discover", spec.source.partitions and spec.source.partitions.discover),
    ):
        if value is not None:
            yield Problem(f"spec.source.{name}", "cannot be used yet in this version")


def _check_pagination(spec: JobImportSpec) -> Iterator[Problem]:
    walk = spec.source.pagination
    if walk.type is PaginationType.OFFSET and walk.size is None:
        yield Problem("spec.source.pagination.size", "type offset needs size.value, its step")
    if walk.type in (PaginationType.CURSOR, PaginationType.NEXT_URL) and not (
        walk.next and walk.next.path
    ):
        yield Problem("spec.source.pagination.next", f"type {walk.type} needs next.path")
    if walk.stop.on_short_page and walk.size is None:
        yield Problem(
            "spec.source.pagination.stop.onShortPage", "needs size.value, to know a short page"
        )


def _check_mapping(spec: JobImportSpec) -> Iterator[Problem]:
    if not spec.mapping.external_id:
        yield Problem("spec.mapping.externalId", "is needed: it identifies a record at its source")
    try:
        compile_mapping(spec.mapping)
    except MappingError as error:
        path, _, message = str(error).partition(": ")
        yield Problem(f"spec.{path}", message)
