"""docs/openapi.json, made from the routes; `--check` says where it is not up to date."""

import json
import sys
from pathlib import Path
from typing import Final

from jobimport_api.app import make_rest

_FILE: Final = Path(__file__).parents[3] / "docs" / "openapi.json"


def described() -> str:
    """The OpenAPI of all routes as JSON."""
    return json.dumps(make_rest().openapi(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with --check compare it."""
    text = described()
    if "--check" not in arguments:
        _FILE.write_text(text, encoding="utf-8")
        return 0
    if _FILE.exists() and _FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/openapi.json is not what the routes say: run `make generate`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
