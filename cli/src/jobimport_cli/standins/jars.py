"""The Java archives of the MongoDB stand-in: named, pinned, fetched once."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import MavenContext

from jobimport_cli.standins.lifetime import ServerDidNotStart


@dataclass(frozen=True, slots=True)
class Jar:
    """A Maven artifact and the SHA-256 of its archive."""

    group: str
    artifact: str
    version: str
    sha256: str


_NETTY = "4.2.2.Final"
JARS = (
    Jar(
        "de.bwaldvogel",
        "mongo-java-server-core",
        "1.47.0",
        "9a34c9ad6ac6261906295481838256033ec1efc8c93a3e3828e5d47a006b0bd4",
    ),
    Jar(
        "de.bwaldvogel",
        "mongo-java-server-memory-backend",
        "1.47.0",
        "82864f8a2ede1514f64c2cd3a70e8022c259eb3d78975cfa208c1668ac1f12bb",
    ),
    Jar(
        "org.slf4j",
        "slf4j-api",
        "2.0.17",
        "7b751d952061954d5abfed7181c1f645d336091b679891591d63329c622eb832",
    ),
    Jar(
        "org.apache-extras.beanshell",
        "bsh",
        "2.0b6",
        "a17955976070c0573235ee662f2794a78082758b61accffce8d3f8aedcd91047",
    ),
    Jar(
        "io.netty",
        "netty-transport",
        _NETTY,
        "116d766a1af4722fe76a4cdaed969644985d44e08ec1337d2dbab697dd109603",
    ),
    Jar(
        "io.netty",
        "netty-handler",
        _NETTY,
        "d4ef582c78125457baa0cfa52992b5fb1bb9172d1a2c03b726e8b26e17d3fe2c",
    ),
    Jar(
        "io.netty",
        "netty-common",
        _NETTY,
        "5d022f3acad74cb0f195f60213500a4000d1340e5e941edaf1a0e756686b9bae",
    ),
    Jar(
        "io.netty",
        "netty-buffer",
        _NETTY,
        "4820eeb2d3db269b20b30711e3d7d21979664249aaf10fc67f90dee935810747",
    ),
    Jar(
        "io.netty",
        "netty-resolver",
        _NETTY,
        "fa7841ffe2e39d52251814fb8560d6936b10ae7c67453ee50426b83fd5170ba0",
    ),
    Jar(
        "io.netty",
        "netty-codec-base",
        _NETTY,
        "76987614ccb2fda7d3292b69ba5b61351f30e91bf5c7d8fa4b51bc32c9f67456",
    ),
    Jar(
        "io.netty",
        "netty-transport-native-unix-common",
        _NETTY,
        "aa8821a7ea2ca47f62740bd1f37d67deb97824cc77e76dde6ae2c439a923fc9d",
    ),
)


def cache_folder() -> Path:
    """Where downloads are kept between runs, under the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "jobimport"


def class_path() -> list[Path]:
    """The archives on disk, each checked against its hash; fetched where they are missing."""
    folder = cache_folder() / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    return [_kept(jar, folder) for jar in JARS]


def _kept(jar: Jar, folder: Path) -> Path:
    path = folder / f"{jar.artifact}-{jar.version}-{jar.sha256[:12]}.jar"
    if path.exists() and _digest(path) == jar.sha256:
        return path
    fetched = _fetch(jar)
    if _digest(fetched) != jar.sha256:
        fetched.unlink()
        raise ServerDidNotStart(
            f"{jar.group}:{jar.artifact}:{jar.version} is not what it was when its hash was pinned;"
            " it was not used. Set MONGODB_URL to a MongoDB of yours instead."
        )
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy, fetched.open("rb") as whole:
        shutil.copyfileobj(whole, copy)
    kept = Path(copy.name)
    kept.chmod(0o644)  # an image's archives are read by another user than the one who fetched them
    kept.replace(path)
    return path


def _fetch(jar: Jar) -> Path:
    try:
        component = MavenContext().project(jar.group, jar.artifact).at_version(jar.version)
        return Path(component.artifact().resolve())
    except Exception as error:
        raise ServerDidNotStart(
            f"{jar.group}:{jar.artifact}:{jar.version} could not be fetched from Maven Central"
            f" ({error}). Set MONGODB_URL to a MongoDB of yours instead."
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()
