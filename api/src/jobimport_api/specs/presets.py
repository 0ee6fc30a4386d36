"""The presets, as a form for a new import shows them."""

from jobimport.presets import preset_names, preset_of
from jobimport_api.specs.schemas import PresetInfo, PresetParameter


def presets() -> list[PresetInfo]:
    """All presets with their parameters."""
    return [_info(name) for name in preset_names()]


def _info(name: str) -> PresetInfo:
    preset = preset_of(name)
    return PresetInfo(
        name=name,
        title=preset.title,
        description=preset.description,
        documentation=preset.documentation,
        parameters=[
            PresetParameter(
                name=each.name,
                description=each.description,
                required=each.required,
                example=each.example,
                default=each.default,
                pattern=each.pattern,
            )
            for each in preset.parameters
        ],
    )
