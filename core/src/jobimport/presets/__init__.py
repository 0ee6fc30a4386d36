"""Source layouts that JobImport knows, as data: one YAML file each, named after the preset.

A preset holds `source` and `mapping` as in a spec; what the user writes is merged over it: maps by
key, lists and scalars replace.
"""

from functools import cache
from importlib import resources
from typing import Any

import yaml

from jobimport.resource.spec import JobImportSpec
from jobimport.shapes import is_object


class UnknownPreset(ValueError):
    """There is no such preset; the message lists those there are."""


def preset_names() -> list[str]:
    """All presets."""
    files = resources.files("jobimport.presets").iterdir()
    return sorted(each.name.removesuffix(".yaml") for each in files if each.name.endswith(".yaml"))


@cache
def load_preset(name: str) -> dict[str, Any]:
    """A preset's `source` and `mapping`; UnknownPreset where there is none of the name."""
    if name not in preset_names():
        raise UnknownPreset(f"unknown preset {name!r} (presets: {', '.join(preset_names())})")
    text = (resources.files("jobimport.presets") / f"{name}.yaml").read_text()
    return yaml.safe_load(text)


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
    preset = spec.source.preset
    if preset is None:
        return spec
    written = spec.model_dump(by_alias=True, exclude_unset=True, mode="json")
    base = {key: load_preset(preset.name)[key] for key in ("source", "mapping")}
    return JobImportSpec.model_validate(merge(base, written))
