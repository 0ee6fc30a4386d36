"""docs/presets.md, made from the presets' files."""

from collections.abc import Iterator
from typing import Any

import yaml

from jobimport.presets.definition import PresetDefinition, notes_of, preset_names, preset_of

_HEAD = """# Presets

Made from the files in `core/src/jobimport/presets` by `make generate`.

A preset is a base of `spec.source`, `spec.mapping` and, for some, `spec.completeness`: what you
write beside it is merged over it, maps by key, while lists and scalars replace.
`jobimport render FILE` shows the result, `jobimport preview FILE` what it gives.

A parameter may be a partition's own value, so that one import walks many boards:

```yaml
source:
  preset: {name: greenhouse, parameters: {board: "{partition.name}"}}
  partitions: {values: [{name: acme}, {name: northwind}]}
```

A new preset is a new YAML file in that folder: `title`, `description`, `documentation`,
`parameters` (each with `name`, `description`, `required`, `example`, `default` and `pattern`),
`source`, `mapping` and `completeness`, with the source of truth in a comment at its head. No code
is needed.
"""


def presets_page() -> str:
    """Every preset: what it is, its parameters, its quirks, and an import to begin with."""
    lines = [_HEAD, "| preset | source | parameters |", "|---|---|---|"]
    for name in preset_names():
        preset = preset_of(name)
        asked = ", ".join(f"`{each.name}`" for each in preset.parameters if each.required)
        lines.append(f"| [{name}](#{name}) | {preset.title} | {asked or 'none needed'} |")
    lines.append("")
    for name in preset_names():
        lines += _section(name, preset_of(name))
    return "\n".join(lines)


def _section(name: str, preset: PresetDefinition) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{preset.description} [Documentation]({preset.documentation}).\n"
    if preset.parameters:
        yield "| parameter | meaning | example |"
        yield "|---|---|---|"
        for each in preset.parameters:
            needed = " Required." if each.required else ""
            default = f" Default: `{each.default}`." if each.default is not None else ""
            yield f"| `{each.name}` | {each.description}{needed}{default} | `{each.example}` |"
        yield ""
    yield f"{notes_of(name)}\n"
    yield f"```yaml\n{_example(name, preset)}```\n"


def _example(name: str, preset: PresetDefinition) -> str:
    needed = [each for each in preset.parameters if each.required] or preset.parameters[:1]
    source: dict[str, Any] = {"preset": {"name": name}}
    if needed:
        source["preset"]["parameters"] = {each.name: each.example for each in needed}
    return yaml.safe_dump({"source": source}, sort_keys=False)
