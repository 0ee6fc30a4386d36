"""Files that are made from the code, and held to it."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path


def keep(pages: Mapping[Path, str], source: str) -> int:
    """Write the files, or with --check on the command line only say which are not as they would be
    made from `source`, by its name; gives the exit status.
    """
    parser = argparse.ArgumentParser(description="Write the generated files.")
    parser.add_argument("--check", action="store_true", help="only say whether they are up to date")
    if not parser.parse_args().check:
        for path, text in pages.items():
            path.write_text(text)
        return 0
    stale = [str(p) for p, text in pages.items() if not p.exists() or p.read_text() != text]
    if stale:
        sys.stderr.write(f"{', '.join(stale)} does not match {source}: run make generate\n")
    return 1 if stale else 0
