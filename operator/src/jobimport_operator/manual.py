"""The tables of docs/troubleshooting.md, made from the reasons that the operator can give."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from jobimport.generated import keep
from jobimport_operator.reasons import RUN_STARTED, VERDICTS, Reason, Where

_PAGE: Final = Path("docs/troubleshooting.md")
_PLACE: Final = re.compile(
    r"(<!-- (\w+): made by `make generate` -->\n).*?(<!-- end -->\n)", re.DOTALL
)


def tables() -> dict[str, str]:
    """The Markdown of each table by its name."""
    return {
        "stalled": _table("reason", _reasons(Where.STALLED)),
        "held": _table("reason", _reasons(Where.HELD)),
        "well": _table("reason", _reasons(Where.WELL)),
        "verdicts": _table("verdict", ((str(key), *text) for key, text in VERDICTS.items())),
        "events": _table("Event", [*_of_runs(), *_reasons(Where.IMPORT_EVENT)]),
        "pools": _table("Event", _reasons(Where.POOL_EVENT)),
    }


def page_with(text: str, made: dict[str, str]) -> str:
    """The page with its tables replaced; ValueError where one has no place, or a place no table."""
    places = [name for _, name, _ in _PLACE.findall(text)]
    if sorted(places) != sorted(made):
        raise ValueError(f"{_PAGE} has places for {places}, not for {list(made)}")
    return _PLACE.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n{found[3]}", text)


def _reasons(where: Where) -> Iterable[tuple[str, str, str]]:
    return ((str(each), each.meaning, each.remedy) for each in Reason if each.where is where)


def _of_runs() -> Iterable[tuple[str, str, str]]:
    for cause, meaning in RUN_STARTED.items():
        yield str(cause), f"a run was started: {meaning}", "nothing"
    for verdict in VERDICTS:
        yield f"Run{verdict}", "a run ended with this verdict", "[see the verdict](#verdicts)"


def _table(first: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"| {first} | what it means | what to do |", "|---|---|---|"]
    lines += [f"| `{name}` | {meaning} | {remedy} |" for name, meaning, remedy in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the tables, or with --check only say whether they are up to date."""
    return keep({_PAGE: page_with(_PAGE.read_text(), tables())}, "the operator's reasons")


if __name__ == "__main__":
    sys.exit(main())
