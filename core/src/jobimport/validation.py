"""What is wrong with a spec beyond what its schema can tell. The same checks everywhere: the
operator (Stalled), the command line and the gateway.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from jobimport.mapping import MappingError, compile_mapping
from jobimport.mapping.canonical import FIELDS
from jobimport.presets import UnknownPreset, check_parameters, effective_spec, preset_of
from jobimport.problems import Problem
from jobimport.resource.spec import JobImportSpec, MappingSpec
from jobimport.schedule import ScheduleError, check_schedule
from jobimport.source_checks import check_source

__all__ = ["Problem", "check_spec"]


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
    problems += check_source(whole)
    problems += _check_mapping(whole)
    return problems


def _check_schedule(spec: JobImportSpec) -> Iterator[Problem]:
    if spec.schedule is None:
        if spec.time_zone is not None:
            yield Problem("spec.timeZone", "needs a schedule")
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


def _check_mapping(spec: JobImportSpec) -> Iterator[Problem]:
    if not spec.mapping.external_id:
        yield Problem("spec.mapping.externalId", "is needed: it identifies a record at its source")
    rest = spec.mapping.model_dump(by_alias=True, exclude_unset=True)
    while True:
        try:
            compile_mapping(MappingSpec.model_validate(rest))
        except MappingError as error:
            path, _, message = str(error).partition(": ")
            yield Problem(f"spec.{path}", message)
            if not _drop(rest, path.split(".")[1:]):
                return
        else:
            yield from _check_filled(spec.mapping)
            return


def _check_filled(mapping: MappingSpec) -> Iterator[Problem]:
    """Whether a field that is asked of all postings can be filled in any."""
    written = set(mapping.model_dump(by_alias=True, exclude_defaults=True)) | set(mapping.constants)
    wrong = {"required": "each record would be rejected", "minCoverage": "each run would be Held"}
    for field, names in (("required", mapping.required), ("minCoverage", mapping.min_coverage)):
        for name in names:
            if name in FIELDS and name not in written:
                why = f"mapping.{name} has no expression, so {wrong[field]}"
                yield Problem(f"spec.mapping.{field}", why)


def _drop(fields: dict[str, Any], names: Sequence[str]) -> bool:
    """Leave a field out, so that the next one can be checked; whether it was there."""
    *above, last = names
    for name in above:
        fields = fields.get(name) or {}
    return fields.pop(last, None) is not None
