"""Run within a pod of ours: says `clean`, or what it should not have found."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

found = [each for each in ("cc", "gcc", "make", "uv", "npm", "node") if shutil.which(each)]
found += [each for each in ("pip", "pytest", "ruff", "jobimport_cli") if find_spec(each)]
if os.geteuid() == 0:
    found.append("root")
for folder in ("/", "/opt/jobimport", "/usr/local", str(Path.home())):
    try:
        (Path(folder) / "written").write_text("")
        found.append(f"writes-to-{folder}")
    except OSError:
        pass
(Path(os.environ["TMPDIR"]) / "written").write_text("")
sys.stdout.write(" ".join(found) or "clean")
