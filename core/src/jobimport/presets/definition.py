"""What a preset's file holds, and where the files are."""

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from jobimport.problems import did_you_mean

_SUFFIX = ".yaml"


class UnknownPreset(ValueError):
    """There is no such preset; the message lists those there are."""


class PresetParameter(BaseModel):
    """A value that a preset asks for; where it is written as {parameters.<name>}."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    description: str
    required: bool = False
    example: str
    default: str | None = None
    pattern: str = Field(default=".+", description="What the whole value has to look like.")


class PresetDefinition(BaseModel):
    """A source layout: parts of a spec, and what a person must know to use it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    description: str
    documentation: str
    parameters: list[PresetParameter] = []
    source: dict[str, Any]
    mapping: dict[str, Any]
    completeness: dict[str, Any] = {}

    def parameter(self, name: str) -> PresetParameter | None:
        """The parameter of a name; None where there is none."""
        return next((each for each in self.parameters if each.name == name), None)


@cache
def preset_names() -> list[str]:
    """All presets, in the order of their names."""
    files = resources.files("jobimport.presets").iterdir()
    return sorted(each.name.removesuffix(_SUFFIX) for each in files if each.name.endswith(_SUFFIX))


@cache
def preset_text(name: str) -> str:
    """A preset's file; UnknownPreset where there is none of the name."""
    names = preset_names()
    if name not in names:
        hint = did_you_mean(name, names)
        raise UnknownPreset(f"unknown preset {name!r} ({hint}presets: {', '.join(names)})")
    return (resources.files("jobimport.presets") / f"{name}{_SUFFIX}").read_text()


@cache
def load_preset(name: str) -> dict[str, Any]:
    """A preset as its file has it; UnknownPreset where there is none of the name."""
    return yaml.safe_load(preset_text(name))


@cache
def preset_of(name: str) -> PresetDefinition:
    """A preset; UnknownPreset where there is none of the name."""
    return PresetDefinition.model_validate(load_preset(name))


def notes_of(name: str) -> str:
    """What the file says of its source of truth and of the source's quirks."""
    lines = preset_text(name).splitlines()
    head = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    return " ".join(head)
