"""docs/cli.md, made from the commands' own help: `python -m jobimport_cli.manual`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from jobimport.generated import keep
from jobimport_cli.__main__ import app

_PATH = Path("docs") / "cli.md"
_HEAD = """# The command line

Made from the commands' help by `make generate`.

`jobimport` checks, previews, tests and runs imports without a cluster. From a checkout:

```sh
make frontend && uv tool install ./cli      # then `jobimport` is a command of yours, with dashboard
docker build --target cli -t jobimport-cli .  # or an image with the same command:
docker run --rm -v "$PWD:/work" -w /work jobimport-cli validate imports/
make install                                # or the checkout's own: .venv/bin/jobimport
```

In a pull request three commands are enough, and none of them needs a network:

```sh
jobimport validate imports/                 # schema, presets and mapping, with line numbers
jobimport render imports/acme.yaml          # the spec with its preset merged in
jobimport test imports/                     # saved responses still give the expected postings
```

`jobimport preview imports/acme.yaml --save imports/saved` records the responses and postings that
`test` compares with; commit that folder. Secrets are never arguments: `--secret name=@file` reads
a file, `--secret name=env:VARIABLE` the environment. No response is saved with a secret in its
address.
Completion: `source <(jobimport completion bash)`, the same for zsh, and for fish
`jobimport completion fish | source`.
"""


def page() -> str:
    """Every command with its arguments and options."""
    lines = [_HEAD]
    root: Any = get_command(app)
    for name, command in root.commands.items():
        lines += _section(name, command)
    return "\n".join(lines)


def _section(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    shown = " ".join(str(each.metavar or each.name.upper()) for each in arguments)
    yield f"## jobimport {name}\n"
    yield f"```\njobimport {name} [OPTIONS] {shown}".rstrip() + "\n```\n"
    yield "\n".join(line.strip() for line in str(command.help).splitlines()) + "\n"
    if options:
        yield "| option | meaning | default |"
        yield "|---|---|---|"
        for each in options:
            yield f"| `{', '.join(each.opts)}` | {each.help} | {_default(each)} |"
        yield ""


def _default(option: Any) -> str:
    default = option.default
    if default is None or default == [] or default is False or default == "":
        return ""
    return f"`{default}`"


def main() -> int:
    """Write the page, or with --check only say whether it is up to date."""
    return keep({_PATH: page()}, "the commands")


if __name__ == "__main__":
    sys.exit(main())
