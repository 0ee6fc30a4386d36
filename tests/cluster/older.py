"""An older release of this repository, by its commit: its sources, chart and Dockerfile."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cluster.building import CannotBuild
from cluster.images import ROOT

OLDEST: Final = "285ca81"
"""The first commit whose chart, images and queue are whole: upgrades from it are tested."""


@dataclass(frozen=True, slots=True)
class Older:
    """Where the sources of an older release are, and the tag of its images."""

    folder: Path
    tag: str

    @property
    def chart(self) -> str:
        """The folder of its chart."""
        return str(self.folder / "charts" / "jobimport")


@contextmanager
def older_release(commit: str = OLDEST) -> Generator[Older]:
    """Unpack a commit while the context lasts.

    CannotBuild where the clone does not have it, as a shallow one.
    """
    command = ["git", "-C", str(ROOT), "archive", commit]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(
            f"this clone has no commit {commit}, from which the older release is built; a shallow"
            f" clone gets it by `git fetch --unshallow`: {done.stderr.decode().strip()}"
        )
    with tempfile.TemporaryDirectory(prefix="jobimport-older-") as name:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
            packed.extractall(name, filter="data")
        yield Older(Path(name), f"older-{commit}")
