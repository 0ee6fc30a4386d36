"""What is wrong with the parameters that a spec gives its preset."""

import re
from collections.abc import Iterator

from jobimport.presets.definition import PresetDefinition, PresetParameter
from jobimport.presets.merging import parameters_in
from jobimport.problems import did_you_mean
from jobimport.resource.spec import JobImportSpec

_PATH = "spec.source.preset.parameters"
_TEMPLATE = re.compile(r"\{partition\.[A-Za-z0-9_-]+\}")


def check_parameters(
    preset: PresetDefinition, name: str, given: dict[str, str], whole: JobImportSpec
) -> Iterator[tuple[str, str]]:
    """Paths and messages; `whole` is the spec with the preset merged in."""
    known = [each.name for each in preset.parameters]
    for unknown in sorted(given.keys() - set(known)):
        hint = did_you_mean(unknown, known)
        there = f"parameters: {', '.join(known)}" if known else "it has none"
        yield f"{_PATH}.{unknown}", f"the preset {name} has no such parameter ({hint}{there})"
    source = whole.source.model_dump(by_alias=True, mode="json", exclude={"preset"})
    mapping = whole.mapping.model_dump(by_alias=True, mode="json")
    used = parameters_in(source) | parameters_in(mapping)
    for parameter in preset.parameters:
        value = given.get(parameter.name)
        if value is None or value == "":
            if parameter.name in used and parameter.default is None:
                yield _PATH, _missing(name, parameter)
        elif _TEMPLATE.fullmatch(value):
            if parameter.name in parameters_in(mapping):
                yield _PATH, _one_for_all(name, parameter, mapping)
        elif not re.fullmatch(parameter.pattern, value):
            yield (
                f"{_PATH}.{parameter.name}",
                f"{value[:80]!r} does not fit; expected such as {parameter.example!r}:"
                f" {_lower(parameter.description)}",
            )


def _missing(name: str, parameter: PresetParameter) -> str:
    return (
        f"{parameter.name} is missing, which the preset {name} needs:"
        f" {_lower(parameter.description)} Example: {parameter.name}: {parameter.example}"
    )


def _one_for_all(name: str, parameter: PresetParameter, mapping: dict[str, object]) -> str:
    fields = sorted(field for field, each in mapping.items() if parameters_in(each))
    return (
        f"{parameter.name} differs by partition, but the preset {name} uses it in mapping."
        f"{', mapping.'.join(fields)}: write that yourself"
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
