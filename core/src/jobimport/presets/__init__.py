"""Source layouts that JobImport knows, as data: one YAML file each, named after the preset.

A file has a title, a description, the address of the source's documentation, parameters, and the
parts of a spec: `source`, `mapping` and where needed `completeness`. What the user writes is merged
over them: maps by key, lists and scalars replace. A new preset is a new file, and nothing else.
"""

from jobimport.presets.checking import check_parameters
from jobimport.presets.definition import (
    PresetDefinition,
    PresetParameter,
    UnknownPreset,
    load_preset,
    notes_of,
    preset_names,
    preset_of,
)
from jobimport.presets.merging import effective_spec, merge

__all__ = [
    "PresetDefinition",
    "PresetParameter",
    "UnknownPreset",
    "check_parameters",
    "effective_spec",
    "load_preset",
    "merge",
    "notes_of",
    "preset_names",
    "preset_of",
]
