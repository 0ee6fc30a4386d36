"""Upstream's Kubernetes and etcd, built once from their Go modules and kept by content."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KUBERNETES = "v1.34.4"
_MODULES = Path(__file__).parent / "go"
_OLDEST_GO = (1, 24)
_PROGRESS_SECONDS = 30
_VERSION = "k8s.io/component-base/version"


class CannotBuild(RuntimeError):
    """A program cannot be built here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the module of ours that pins it, and its package."""

    name: str
    module: str
    package: str


PROGRAMS = (
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    Program("kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
    Program("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    Program(
        "kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"
    ),
    Program("kube-scheduler", "kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler"),
    Program("kubelet", "kubernetes", "k8s.io/kubernetes/cmd/kubelet"),
    Program("kube-proxy", "kubernetes", "k8s.io/kubernetes/cmd/kube-proxy"),
    Program("coredns", "coredns", "."),
    Program("pause", "pause", "."),
)
OAUTH2_PROXY = Program("oauth2-proxy", "oauth2-proxy", "github.com/oauth2-proxy/oauth2-proxy/v7")
"""Logs people in by OIDC; only the test of that needs it."""


def cache_folder() -> Path:
    """Where built programs are kept, under the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "jobimport" / "cluster"


def flags() -> str:
    """Linker flags: without them the server calls itself v0.0.0."""
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    values = {"gitVersion": KUBERNETES, "gitMajor": major, "gitMinor": minor}
    return " ".join(
        ["-s", "-w", *(f"-X {_VERSION}.{name}={each}" for name, each in values.items())]
    )


def kept_in(module: str) -> Path:
    """The folder of a module's programs: another content of the module, another folder."""
    digest = hashlib.sha256(flags().encode())
    for path in sorted((_MODULES / module).iterdir()):
        digest.update(path.read_bytes())
    return cache_folder() / f"{module}-{digest.hexdigest()[:16]}"


def build_all() -> dict[str, Path]:
    """Build what is not there yet; paths by program. CannotBuild without a Go that can."""
    return {program.name: build(program) for program in PROGRAMS}


def build(program: Program) -> Path:
    """Build a program if it is not there yet; its path."""
    folder = kept_in(program.module)
    path = folder / program.name
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if not path.exists():
            _compile(program, path)
    return path


def _compile(program: Program, path: Path) -> None:
    go = _go()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        target = Path(scratch) / program.name
        command = [
            go,
            "build",
            "-trimpath",
            "-ldflags",
            flags(),
            "-o",
            str(target),
            program.package,
        ]
        with _progress(f"building {program.name}"):
            done = subprocess.run(
                command,
                cwd=_MODULES / program.module,
                env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise CannotBuild(f"{program.name} could not be built:\n{done.stdout[-2000:]}")
        target.replace(path)
    _say(f"{program.name} built in {time.monotonic() - started:.0f} s")


def _go() -> str:
    go = shutil.which("go")
    if go is None:
        raise CannotBuild(
            f"Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer is missing, from which the Kubernetes for"
            " the tests is built (or start Docker, and kind is used): see go.dev/doc/install"
        )
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST_GO:
        raise CannotBuild(f"Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer is needed, found: {said}")
    return go


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _progress(what: str) -> Generator[None]:
    """A line now and then, so that a long build is seen to live."""
    done, started = threading.Event(), time.monotonic()

    def tell() -> None:
        while not done.wait(_PROGRESS_SECONDS):
            _say(f"{what}: {time.monotonic() - started:.0f} s …")

    _say(what)
    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
