"""The bridge that a node's pods are on, and what of the host is changed for it and put back."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cluster.building import cache_folder

BRIDGE: Final = "jobimport0"
ADDRESS: Final = "10.88.0.1"
PODS: Final = "10.88.0.0/16"
SERVICES: Final = "10.96.0.0/16"

# What kubelet and kube-proxy set, besides forwarding between pods and Services.
_CHANGED = (
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/route_localnet",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


@contextmanager
def bridged() -> Generator[None]:
    """Keep a bridge for pods; afterwards the host is as it was: no bridge, rule or setting."""
    clean_up()
    _kept().parent.mkdir(parents=True, exist_ok=True)
    _kept().write_text(json.dumps(settings()))
    _ip("link", "add", BRIDGE, "type", "bridge")
    try:
        _ip("address", "add", f"{ADDRESS}/16", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        _setting("net/ipv4/ip_forward").write_text("1")
        yield
    finally:
        clean_up()


def settings() -> dict[str, str]:
    """Read the settings of the kernel that a node changes."""
    return {name: _setting(name).read_text() for name in _CHANGED if _setting(name).exists()}


def clean_up() -> None:
    """Remove the bridge and kube-proxy's tables, and put the kernel's settings back.

    Also those that a killed run left behind: what it found is kept in a file until then.
    """
    # Without `check`: it may be gone by now, or just going.
    subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True, check=False)
    for family in ("ip", "ip6"):
        command = ["nft", "delete", "table", family, "kube-proxy"]
        subprocess.run(command, capture_output=True, check=False)
    if _kept().exists():
        for name, value in json.loads(_kept().read_text()).items():
            with suppress(OSError):
                _setting(name).write_text(value)
        _kept().unlink()


def _kept() -> Path:
    return cache_folder() / "settings-before.json"


def _setting(name: str) -> Path:
    return Path("/proc/sys") / name


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
