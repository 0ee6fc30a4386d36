"""The package of the command line, as `uv tool install ./cli` builds it."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("is_built", [True, False])
def test_the_package_has_the_dashboard_that_the_checkout_has_built(
    tmp_path: Path, *, is_built: bool
) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "cli", tmp_path / "cli", ignore=ignored)
    if is_built:
        page = tmp_path / "frontend" / "out" / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<p>The dashboard</p>")
    command = (ROOT / ".tools/bin/uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path / "out")
    subprocess.run([*command, tmp_path / "cli"], check=True)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "jobimport_cli/__main__.py" in names
    assert ("jobimport_cli/dashboard/index.html" in names) == is_built
