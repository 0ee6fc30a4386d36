"""Loaded by each Python that starts with this folder on its path: seeds a defect in the product.

SEED_FILE names a file of the product, SEED_OLD a text that stands in it once, SEED_NEW what stands
there instead. Nothing on the disk is changed; processes that the test starts inherit the defect.
"""

import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

_FILE, _OLD, _NEW = (os.environ.get(f"SEED_{part}", "") for part in ("FILE", "OLD", "NEW"))


def _seeded(text: str) -> str:
    if text.count(_OLD) != 1:
        raise SystemExit(f"{_FILE} holds {_OLD!r} {text.count(_OLD)} times, not once")
    return text.replace(_OLD, _NEW)


def _seed_modules() -> None:
    """Python modules: compiled from the changed text, never from the bytecode that was cached."""
    usual = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        if self.path != _FILE:
            return usual(self, fullname)
        return compile(_seeded(self.get_data(_FILE).decode()), _FILE, "exec")

    SourceFileLoader.get_code = get_code


def _seed_texts() -> None:
    """Files that the product reads as text, such as the queue's scripts."""
    usual = Path.read_text

    def read_text(self: Path, *arguments: Any, **named: Any) -> str:
        text = usual(self, *arguments, **named)
        return _seeded(text) if str(self) == _FILE else text

    Path.read_text = read_text


if _FILE:
    _seed_modules()
    _seed_texts()
