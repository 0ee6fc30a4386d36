"""`jobimport preview` and `jobimport test`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from jobimport.preview import MOST_POSTINGS
from jobimport.resource.spec import JobImportSpec
from jobimport_cli.commands.options import (
    LOOPBACK,
    FileArgument,
    FilesArgument,
    FolderOption,
    JsonOption,
    LimitOption,
    NameOption,
    NetworksOption,
    SecretOption,
)
from jobimport_cli.expecting import differences, read_expected, write_expected
from jobimport_cli.files import Found, chosen, the_import
from jobimport_cli.saved import SavedMissing
from jobimport_cli.showing import show_preview
from jobimport_cli.terminal import fail, print_json, print_text, results, say
from jobimport_worker.errors import Misconfigured, SourceError


def preview(
    file: FileArgument,
    name: NameOption = None,
    limit: LimitOption = 20,
    secret: SecretOption = [],  # noqa: B006 - typer takes no other default of a list
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="DIR", help="Keep responses and postings for `test`"),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 1 also for warnings and rejects")
    ] = False,
    allowed_networks: NetworksOption = LOOPBACK,
    as_json: JsonOption = False,
) -> None:
    """Fetch the first page of an import and show what it would become; nothing is written.

    Exit status 1: the page cannot be fetched or read, or none of its records becomes a posting.
    """
    from jobimport_cli.previewing import preview_live

    found, spec = the_import(file, name)
    folder = save / found.reading.name if save is not None else None
    shown = max(limit, MOST_POSTINGS) if folder is not None else limit
    try:
        result = asyncio.run(
            preview_live(
                found, spec, limit=shown, secrets=secret, networks=allowed_networks, save=folder
            )
        )
    except Misconfigured as error:
        fail(f"{found.reading.name}: {error}; here by --secret name=@file")
    except SourceError as error:
        fail(f"{found.reading.name}: {error}")
    if folder is not None:
        write_expected(folder, result)
        say(f"Responses and postings are in {folder}; `jobimport test {file}` compares with them.")
        result = result.model_copy(update={"postings": result.postings[:limit]})
    if as_json:
        print_json(result.to_json())
    else:
        show_preview(result, results())
    broken = result.records > 0 and result.rejected == result.records
    if broken or (strict and (result.warnings or result.rejected)):
        raise typer.Exit(1)


def compare(
    files: FilesArgument,
    name: NameOption = None,
    saved: FolderOption = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write what comes out as what is expected")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Map saved responses and compare with the expected postings: offline, for a pull request.

    `jobimport preview FILE --save saved` records them. Exit status 1: something differs, or an
    import has nothing saved.
    """
    found = chosen(files, name)
    tested = [_tested(each, saved, update=update) for each in found]
    if as_json:
        print_json([{"import": n, "postings": count, "problems": p} for n, count, p in tested])
    for label, count, problems in () if as_json else tested:
        for problem in problems or [f"{count} postings as expected"]:
            print_text(f"{label}: {problem}")
    if any(problems for _, _, problems in tested):
        raise typer.Exit(1)


def _tested(found: Found, saved: Path | None, *, update: bool) -> tuple[str, int, list[str]]:
    """The import's name, the number of its postings, and what is wrong."""
    label = found.reading.name or found.file
    spec = found.reading.effective
    if found.reading.problems or spec is None:
        return label, 0, [found.place_of(each) + each.message for each in found.reading.problems]
    folder = (saved or found.folder / "saved") / found.reading.name
    try:
        return label, *_compared(found, spec, folder, update=update)
    except (SourceError, SavedMissing) as error:
        return label, 0, [str(error)]


def _compared(
    found: Found, spec: JobImportSpec, folder: Path, *, update: bool
) -> tuple[int, list[str]]:
    from jobimport_cli.previewing import preview_saved

    result = asyncio.run(preview_saved(found, spec, folder, limit=MOST_POSTINGS))
    if update:
        write_expected(folder, result)
    expected = read_expected(folder)
    if expected is None:
        return 0, [f"{folder} has no expected postings: write them with --update, and look at them"]
    return len(result.postings), list(differences(expected, result.postings))
