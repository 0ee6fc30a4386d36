"""The presets, as a form for a new import shows them."""

import re
from typing import Any, Final

import orjson

from jobimport.presets import load_preset, preset_names
from jobimport.shapes import is_list, is_object
from jobimport_api.specs.schemas import PresetInfo, PresetParameter

_PARAMETER: Final = re.compile(r"\{[+#./;?&]?parameters\.([A-Za-z0-9_-]+)")


def presets() -> list[PresetInfo]:
    """All presets with their parameters."""
    return [_info(name, load_preset(name)) for name in preset_names()]


def _info(name: str, preset: dict[str, Any]) -> PresetInfo:
    described: Any = preset.get("parameters")
    entries = described if is_list(described) else []
    parameters = [_parameter(each) for each in entries if is_object(each)]
    known = {each.name for each in parameters}
    used = dict.fromkeys(_PARAMETER.findall(orjson.dumps(preset.get("source")).decode()))
    parameters += [
        PresetParameter(name=each, description="", required=True, example=None)
        for each in used
        if each not in known
    ]
    return PresetInfo(
        name=name,
        title=str(preset.get("title") or name.replace("-", " ").capitalize()),
        description=str(preset.get("description") or ""),
        parameters=parameters,
        documentation=preset.get("documentation"),
    )


def _parameter(described: dict[str, Any]) -> PresetParameter:
    example = described.get("example")
    return PresetParameter(
        name=str(described.get("name")),
        description=str(described.get("description") or ""),
        required=bool(described.get("required", True)),
        example=None if example is None else str(example),
    )
