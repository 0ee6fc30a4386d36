"""`jobimport validate` and `jobimport render`."""

import sys
from typing import Any

import typer
import yaml

from jobimport_cli.clashes import clashes
from jobimport_cli.commands.options import FilesArgument, JsonOption, NameOption
from jobimport_cli.files import Found, chosen, found_in
from jobimport_cli.terminal import print_json, print_text, say


def validate(files: FilesArgument, as_json: JsonOption = False) -> None:
    """Check imports as the API server and the operator do, and name each field that is wrong.

    Prints `file:line: import: field: what is wrong`, also of what two imports have in common and
    must not. Exit status 0: all can run; 1: some cannot; 2: a file cannot be read.
    """
    found = list(found_in(files))
    problems = [(each, problem) for each in found for problem in each.reading.problems]
    problems += clashes(found)
    if as_json:
        print_json(
            {
                "imports": len(found),
                "problems": [
                    {
                        "file": each.file,
                        "line": problem.line,
                        "import": each.reading.name or None,
                        "path": problem.path,
                        "message": problem.message,
                    }
                    for each, problem in problems
                ],
            }
        )
    else:
        for each, problem in problems:
            print_text(each.place_of(problem) + problem.message)
        if not found:
            say("No JobImport was found.")
        elif not problems:
            say(f"{len(found)} {'import' if len(found) == 1 else 'imports'} checked: all can run.")
    if problems or not found:
        raise typer.Exit(1)


def render(files: FilesArgument, name: NameOption = None, as_json: JsonOption = False) -> None:
    """Show imports with their presets merged in, as they will run.

    Exit status 1: one of them is wrong; `jobimport validate` says why.
    """
    found = chosen(files, name)
    manifests: list[dict[str, Any]] = []
    wrong = False
    for each in found:
        if each.reading.effective is None:
            wrong = True
            for problem in each.reading.problems:
                say(each.place_of(problem) + problem.message)
        else:
            manifests.append(_rendered(each))
    if as_json:
        print_json(manifests)
    else:
        texts = [yaml.safe_dump(each, sort_keys=False, allow_unicode=True) for each in manifests]
        sys.stdout.write("---\n".join(texts))
    if wrong:
        raise typer.Exit(1)


def _rendered(found: Found) -> dict[str, Any]:
    effective = found.reading.effective
    spec = (
        effective.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
        if effective is not None
        else {}
    )
    return {**(found.reading.manifest or {}), "spec": spec}
