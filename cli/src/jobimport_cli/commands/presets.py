"""`jobimport presets`."""

from typing import Annotated

import typer
from rich.table import Table

from jobimport.presets import UnknownPreset, notes_of, preset_names, preset_of
from jobimport_cli.commands.options import JsonOption
from jobimport_cli.terminal import fail, print_json, print_text, results


def presets(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show this preset with its parameters")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the sources that are known by name, or one of them with its parameters."""
    if name is not None:
        _one(name, as_json=as_json)
        return
    found = {each: preset_of(each) for each in preset_names()}
    if as_json:
        print_json([{"name": key, **each.model_dump(mode="json")} for key, each in found.items()])
        return
    table = Table(header_style="bold")
    for column in ("preset", "source", "parameters"):
        table.add_column(column)
    for key, each in found.items():
        needed = ", ".join(
            f"{parameter.name}{'' if parameter.required else '?'}" for parameter in each.parameters
        )
        table.add_row(key, each.description, needed)
    results().print(table)


def _one(name: str, *, as_json: bool) -> None:
    try:
        preset = preset_of(name)
    except UnknownPreset as error:
        fail(str(error))
    if as_json:
        print_json({"name": name, **preset.model_dump(mode="json")})
        return
    lines = [f"{preset.title}: {preset.description}", preset.documentation, notes_of(name), ""]
    for each in preset.parameters:
        needed = "required" if each.required else f"default {each.default or 'none'}"
        lines.append(f"  {each.name} ({needed}): {each.description} Example: {each.example}")
    print_text("\n".join(lines))
