"""What a node of ours may leave on this machine: before and after, nothing may differ."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cluster.building import cache_folder
from cluster.network import ADDRESS, settings

State = dict[str, frozenset[str]]
_NODES_OWN = {
    "dockerd",
    "containerd",
    "containerd-shim-runc-v2",
    "kubelet",
    "kube-proxy",
    "coredns",
}
_FOLDERS = ("jobimport-cluster-*/node", "jobimport-docker-*", "jobimport-images-*")
_OURS = ("jobimport-", "/netns/cni-", "kubelet", "kubepods")


def host_state() -> State:
    """Processes, mounts, network links, packet rules, settings, groups and folders of nodes.

    A control plane without a node is another test's.
    """
    temporary = Path(tempfile.gettempdir())
    return {
        "processes": frozenset(_processes()),
        "mounts": frozenset(_mounts()),
        "network links": frozenset(each.name for each in Path("/sys/class/net").iterdir()),
        "packet rules": frozenset(_rules()),
        "settings": frozenset(f"{name}={value}" for name, value in settings().items()),
        "control groups": frozenset(map(str, Path("/sys/fs/cgroup").glob("**/kubepods*"))),
        "folders": frozenset(str(each) for name in _FOLDERS for each in temporary.glob(name)),
    }


def difference(before: State, after: State) -> list[str]:
    """Say what came and what went between two states; empty: nothing."""
    said: list[str] = []
    for kind, old in before.items():
        said += [f"{kind}: left behind: {each}" for each in sorted(after[kind] - old)]
        said += [f"{kind}: lost: {each}" for each in sorted(old - after[kind])]
    return said


def _processes() -> Iterator[str]:
    """Name the processes of a node, and those of a control plane that listens for one."""
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            command = " ".join(words)
            ours = "/jobimport-" in command or str(cache_folder()) in command
            if (ours and Path(words[0]).name in _NODES_OWN) or f"bind-address={ADDRESS}" in command:
                yield f"{process.name} {command[:150]}"


def _mounts() -> Iterator[str]:
    for line in Path("/proc/mounts").read_text().splitlines():
        where = line.split()[1]
        if any(each in where for each in _OURS):
            yield where


def _rules() -> Iterator[str]:
    done = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=False)
    yield from done.stdout.splitlines()
