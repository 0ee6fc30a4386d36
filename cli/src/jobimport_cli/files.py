"""The JobImports of files, folders and standard input."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jobimport.local.documents import SUFFIXES
from jobimport.manifests import ManifestProblem, Reading, read_manifests
from jobimport.resource.names import GROUP, KIND
from jobimport.resource.spec import JobImportSpec
from jobimport_cli.terminal import fail

STDIN = "-"
RESPONSES = "responses.json"
"""The index of a folder of saved responses, in which there are no imports."""


@dataclass(frozen=True, slots=True)
class Found:
    """One document and where it stands."""

    file: str
    reading: Reading

    @property
    def folder(self) -> Path:
        """Where its file is."""
        return Path() if self.file == STDIN else Path(self.file).parent

    def place_of(self, problem: ManifestProblem) -> str:
        """`<file>:<line>: <import>: <field>: `, as editors and CI systems understand it."""
        line = f":{problem.line}" if problem.line else ""
        parts = [f"{self.file}{line}", self.reading.name, problem.path]
        return "".join(f"{part}: " for part in parts if part)


def found_in(paths: Iterable[str]) -> Iterator[Found]:
    """All JobImports of files, of the YAML files below folders, and of `-`, standard input.

    Below a folder, documents that are nothing of Kubernetes (settings of other tools, responses
    that were saved for tests) are passed over; a file that is named is one that was meant.
    """
    for path in paths:
        for file in _files(path):
            text = _text(file)
            if file != path and _is_data(file, text):
                continue
            for reading in read_manifests(text):
                if file == path or not _is_something_else(reading):
                    yield Found(file, reading)


def _is_data(file: str, text: str) -> bool:
    """Whether a JSON file has nothing of ours, which is seen sooner than it is read as YAML."""
    return file.endswith(".json") and GROUP not in text and KIND not in text


def _is_something_else(reading: Reading) -> bool:
    manifest = reading.manifest
    return manifest is not None and not {"apiVersion", "kind"} & manifest.keys()


def chosen(paths: Iterable[str], name: str | None) -> list[Found]:
    """The JobImports of files and folders, or those of them with a name; ends where none is."""
    paths = list(paths)
    found = [each for each in found_in(paths) if name is None or each.reading.name == name]
    if not found:
        fail(f"{', '.join(paths)}: no JobImport {f'called {name} ' if name else ''}in it")
    return found


def the_import(path: str, name: str | None) -> tuple[Found, JobImportSpec]:
    """The one import of a file that is meant, and its whole spec; ends with what is wrong with it.

    `name` chooses where there are several.
    """
    found = list(found_in([path]))
    chosen = [each for each in found if name is None or each.reading.name == name]
    names = ", ".join(each.reading.name for each in found if each.reading.name)
    if not chosen:
        fail(f"{path}: no JobImport {f'called {name} ' if name else ''}in it ({names or 'none'})")
    if len(chosen) > 1:
        fail(f"{path} has several JobImports: choose one with --name ({names})", 2)
    (one,) = chosen
    if one.reading.problems or one.reading.effective is None:
        lines = [one.place_of(each) + each.message for each in one.reading.problems]
        fail("the import cannot run:\n  " + "\n  ".join(lines))
    return one, one.reading.effective


def _files(path: str) -> list[str]:
    if path == STDIN or not Path(path).is_dir():
        return [path]
    folder = Path(path)
    files = [each for each in folder.rglob("*") if each.suffix in SUFFIXES and each.is_file()]
    files = [each for each in files if not (each.parent / RESPONSES).exists()]
    return sorted(str(each) for each in files if not _is_hidden(each.relative_to(folder)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _text(file: str) -> str:
    if file == STDIN:
        return sys.stdin.read()
    try:
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        fail(f"{file}: no such file", 2)
    except UnicodeDecodeError:
        fail(f"{file}: is no text in UTF-8", 2)
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}", 2)
