"""A preset under what the user writes: maps by key, lists and scalars replace."""

import re
from collections.abc import Mapping
from typing import Any

from jobimport.presets.definition import PresetDefinition, preset_of
from jobimport.resource.spec import JobImportSpec
from jobimport.shapes import is_list, is_object

_PARAMETER = re.compile(r"\{([+#./;?&]?)parameters\.([A-Za-z0-9_-]+)\}")
_PARTITION = re.compile(r"\{(partition\.[A-Za-z0-9_-]+)\}")
_OPTIONAL_IN = ("query", "headers", "form", "json")


def merge(base: Any, over: Any) -> Any:
    """`over` merged over `base`: maps by key, lists and scalars replace."""
    if not (is_object(base) and is_object(over)):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return merged


def effective_spec(spec: JobImportSpec) -> JobImportSpec:
    """The spec with its preset merged in; without one, the spec itself.

    Only what the user wrote is merged over the preset, not the defaults of what was left out.
    Raises UnknownPreset, and pydantic.ValidationError where the result does not fit.
    """
    asked = spec.source.preset
    if asked is None:
        return spec
    written = spec.model_dump(by_alias=True, exclude_unset=True, mode="json")
    preset = preset_of(asked.name)
    given = values_of(preset, asked.parameters)
    merged = merge(_base(preset, given), written)
    merged["source"]["preset"]["parameters"] = given
    return JobImportSpec.model_validate(merged)


def values_of(preset: PresetDefinition, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters with their defaults."""
    defaults = {each.name: each.default for each in preset.parameters if each.default is not None}
    return {**defaults, **given}


def parameters_in(value: Any) -> set[str]:
    """The names of the parameters that the templates of a value use."""
    if isinstance(value, str):
        return {found[1] for found in _PARAMETER.findall(value)}
    items = list(value.values()) if is_object(value) else value if is_list(value) else []
    return set[str]().union(*(parameters_in(each) for each in items))


def _base(preset: PresetDefinition, given: Mapping[str, str]) -> dict[str, Any]:
    """The preset's parts of a spec, made for the parameters that are given."""
    partitioned = {
        name: found[1] for name, value in given.items() if (found := _PARTITION.fullmatch(value))
    }
    plain = {name: value for name, value in given.items() if name not in partitioned}
    source = _by_partition(_without_absent(preset.source, given), partitioned)
    mapping = _in_expressions(preset.mapping, plain)
    base: dict[str, Any] = {"source": source, "mapping": mapping}
    if preset.completeness:
        base["completeness"] = preset.completeness
    return base


def _without_absent(source: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The source without what is sent for an optional parameter that is not given."""
    request: Any = source.get("request")
    if not is_object(request):
        return source
    kept = dict(request)
    for part in _OPTIONAL_IN:
        values: Any = kept.get(part)
        if is_object(values):
            kept[part] = {
                name: each for name, each in values.items() if not parameters_in(each) - set(given)
            }
    return {**source, "request": kept}


def _by_partition(value: Any, partitioned: Mapping[str, str]) -> Any:
    """Templates of a parameter that each partition has a value of its own for."""

    def put(found: re.Match[str]) -> str:
        name = partitioned.get(found[2])
        return f"{{{found[1]}{name}}}" if name else found[0]

    if isinstance(value, str):
        return _PARAMETER.sub(put, value)
    if is_object(value):
        return {name: _by_partition(each, partitioned) for name, each in value.items()}
    if is_list(value):
        return [_by_partition(each, partitioned) for each in value]
    return value


def _in_expressions(mapping: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Expressions know nothing of parameters: their values are put into the quoted texts."""

    def put(found: re.Match[str]) -> str:
        value = given.get(found[2])
        return found[0] if value is None else value.replace("\\", "\\\\").replace("'", "\\'")

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return _PARAMETER.sub(put, value)
        if is_object(value):
            return {name: filled(each) for name, each in value.items()}
        return [filled(each) for each in value] if is_list(value) else value

    return filled(mapping)
