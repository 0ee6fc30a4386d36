"""What saved responses are expected to give: postings as JSON lines, and how they differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from jobimport.preview import PreviewResult

EXPECTED = "expected.jsonl"
_SHORT = 90


def write_expected(folder: Path, result: PreviewResult) -> None:
    """Write a preview's postings, one a line."""
    lines = [orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in result.postings]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EXPECTED).write_bytes(b"".join(line + b"\n" for line in lines))


def read_expected(folder: Path) -> list[dict[str, Any]] | None:
    """The expected postings; None where none are written down."""
    path = folder / EXPECTED
    if not path.exists():
        return None
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]


def differences(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> Iterator[str]:
    """How postings differ, a sentence each, by externalId and field."""
    wanted = {str(each["externalId"]): each for each in expected}
    given = {str(each["externalId"]): each for each in found}
    for key in sorted(wanted.keys() - given.keys()):
        yield f"{key}: expected, but not there"
    for key in sorted(given.keys() - wanted.keys()):
        yield f"{key}: there, but not expected"
    for key in sorted(wanted.keys() & given.keys()):
        before, after = wanted[key], given[key]
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield f"{key}: {name}: expected {_short(before, name)}, got {_short(after, name)}"


def _short(posting: dict[str, Any], name: str) -> str:
    if name not in posting:
        return "nothing"
    text = orjson.dumps(posting[name]).decode()
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
