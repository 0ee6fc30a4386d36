"""What can be wrong with a spec, said by its field."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the field's path, and what to do in a sentence."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The beginning of a hint: the name that was probably meant; empty where none is alike."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}? " if close else ""
