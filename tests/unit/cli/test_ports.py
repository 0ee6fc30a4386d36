"""A port for a server that listens a little later is not one that the system gives away."""

import socket
from pathlib import Path

import pytest

from jobimport_cli.standins.ports import free_port

GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_free_and_outside_of_what_the_system_gives_to_anybody() -> None:
    lowest = int(GIVEN.read_text().split()[0])
    ports = {free_port() for _ in range(50)}
    assert len(ports) > 40, "callers side by side get different ones"
    assert all(1024 <= port < lowest for port in ports)


def test_a_port_that_is_taken_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        port, other = free_port(), free_port()
        taken.bind(("127.0.0.1", port))
        drawn = iter((port, port, other))
        monkeypatch.setattr("random.randrange", lambda *_: next(drawn))
        assert free_port() == other
