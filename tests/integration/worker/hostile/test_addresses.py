"""No source leads a worker to an address inside: seen at the sockets that are really opened."""

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobimport.resource.fetching import Request
from jobimport_worker.errors import SourceError
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.request import Prepared
from jobimport_worker.fetch.turns import Manners

from .server import answer, gives, hostile_server

INSIDE = (
    "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "10.96.0.1", "10.244.3.7", "198.18.0.1", "192.0.2.1", "168.63.129.16",
)  # fmt: skip
"""Loopback, private networks, metadata services of clouds, usual ranges of services and pods."""


def forms(address: str) -> dict[str, str]:
    """Every way in which a URL can write an IPv4 address, and IPv6 ones that stand for it."""
    a, b, c, d = map(int, address.split("."))
    number = int(ipaddress.IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    inverted = number ^ 0xFFFFFFFF
    fullwidth = address.translate({ord(n): 0xFF10 + int(n) for n in "0123456789"})
    return {
        "dotted": address,
        "decimal": str(number),
        "hexadecimal": hex(number),
        "octal": f"0{number:o}",
        "dotted hexadecimal": f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        "dotted octal": f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        "two parts": f"{a}.{number & 0xFFFFFF}",
        "three parts": f"{a}.{b}.{low}",
        "leading zeros": f"{a:#x}.{b}.0{c:o}.{d}",
        "final dot": f"{address}.",
        "full-width digits": fullwidth,
        "full-width dots": address.replace(".", "\u3002"),
        "mapped": f"[::ffff:{address}]",
        "mapped hexadecimal": f"[::ffff:{high:x}:{low:x}]",
        "mapped, long": f"[0:0:0:0:0:ffff:{high:x}:{low:x}]",
        "compatible": f"[::{address}]",
        "translated": f"[::ffff:0:{high:x}:{low:x}]",
        "NAT64": f"[64:ff9b::{address}]",
        "local NAT64": f"[64:ff9b:1::{high:x}:{low:x}]",
        "6to4": f"[2002:{high:x}:{low:x}::1]",
        "Teredo": f"[2001:0:4136:e378:0:63bf:{inverted >> 16:x}:{inverted & 0xFFFF:x}]",
        "ISATAP": f"[2001:4860:4860::5efe:{high:x}:{low:x}]",
        "user": f"jobs.example@{address}",
        "user and password": f"jobs.example:443@{address}",
        "encoded user": f"jobs.example%40@{address}",
        "encoded": "".join(f"%{ord(letter):02x}" for letter in address),
    }


OTHERS = (
    "localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "255.255.255.255", "224.0.0.1",
    "240.0.0.1", "192.0.0.8", "127.1", "127.255.255.254", "0x7f.1", "192.88.99.1", "[::]", "[::1]",
    "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]",
    "[ff02::1]", "[2001:db8::1]", "[100::1]", "[5f00::1]", "[3fff::1]", "[::ffff:0]",
    "[4000::1]", "[8000::1]", "[e000::1]", "[1::1]",
)  # fmt: skip
VECTORS = [form for address in INSIDE for form in forms(address).values()] + list(OTHERS)
PATHS = ("http://{}/", "http://{}:8080/x")


class Sockets:
    """What was connected to, by the interpreter's audit events."""

    def __init__(self) -> None:
        self.watching = False
        self.found: list[str] = []

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.watching and event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            if isinstance(address, tuple):
                self.found.append(str(address[0]))
                if ipaddress.ip_address(address[0].partition("%")[0]).is_global:
                    raise OSError("no test goes out into the world")


SOCKETS = Sockets()
sys.addaudithook(SOCKETS.audit)  # it cannot be taken away again; it looks only while it watches


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    SOCKETS.found.clear()
    SOCKETS.watching = True
    yield SOCKETS
    SOCKETS.watching = False


async def refused(fetcher: Fetcher, url: str) -> str:
    """The error that fetching a URL ends in; AssertionError where it was answered."""
    request = Request(url=url, timeout_seconds=1)
    prepared = Prepared("GET", url, {}, None)
    try:
        async with fetcher.open(request, prepared, None, [], Manners("ns/imp")) as found:
            raise AssertionError(f"{url} was answered with {found.status}")
    except SourceError as error:
        return str(error)


async def all_refused(fetcher: Fetcher, urls: list[str]) -> dict[str, str]:
    """The errors of many URLs, fetched side by side."""
    places = asyncio.Semaphore(40)

    async def one(url: str) -> str:
        async with places:
            return await refused(fetcher, url)

    return dict(zip(urls, await asyncio.gather(*map(one, urls)), strict=True))


async def test_no_written_form_of_an_inner_address_is_connected_to(
    sockets: Sockets, tmp_path: Path
) -> None:
    assert len(VECTORS) >= 150
    fetcher = Fetcher([], tmp_path, "test")
    urls = [path.format(vector) for vector in VECTORS for path in PATHS]
    said = await all_refused(fetcher, urls)
    await fetcher.close()
    assert sockets.found == []
    reasons = ("sources are fetched from public addresses", "no http or https address",
               "could not be", "the URL cannot be used",
               "did not answer in time")  # fmt: skip
    odd = {url: text for url, text in said.items() if not any(each in text for each in reasons)}
    assert not odd
    assert sum("public addresses" in text for text in said.values()) > 300


async def test_no_redirect_leads_inside(sockets: Sockets, tmp_path: Path) -> None:
    async with hostile_server() as server:
        front = [server.add(gives(answer("", "302 Found", Location=f"http://{each}/")))
                 for each in VECTORS if each.isascii()]  # fmt: skip
        fetcher = Fetcher(parse_networks("127.1.0.0/16"), tmp_path, "test")
        await all_refused(fetcher, [address for _, address in front])
        await fetcher.close()
    assert len(front) >= 150
    assert {each for each in sockets.found if not each.startswith("127.1.")} == set()
    assert len(sockets.found) >= len(front)


class Resolver:
    """A DNS of the test's own: each name answers as it was told, one answer a look-up."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        self.asked.append(name)
        left = self.answers[name]
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "",
                (each, port, 0, 0) if ":" in each else (each, port),
            )
            for each in found
        ]  # fmt: skip


REBINDING = [
    (public, inside)
    for public in ("93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1")
    for inside in ("127.0.0.1", "10.96.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "fe80::1")
]


@pytest.mark.parametrize(("public", "inside"), REBINDING)
async def test_a_name_that_changes_after_the_look_up_gains_nothing(
    sockets: Sockets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: str, inside: str
) -> None:
    resolver = Resolver({"rebind.example": [[public], [inside]]})
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolver.getaddrinfo)
    fetcher = Fetcher([], tmp_path, "test")
    await refused(fetcher, "http://rebind.example/")
    assert set(sockets.found) <= {public}
    assert public in sockets.found
    await fetcher.close()


@pytest.mark.parametrize(
    "found",
    [
        ["93.184.215.14", "127.0.0.1"],
        ["127.0.0.1", "93.184.215.14"],
        ["2606:2800:21f:cb07::1", "::1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a9fe:a9fe", "93.184.215.14"],
        ["fe80::1%eth0"],
    ],
)
@pytest.mark.parametrize(
    "name", ["mixed.example", "metadata.google.internal", "kubernetes.default.svc", "redis"]
)
async def test_one_inner_address_among_others_refuses_the_name(
    sockets: Sockets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: list[str]
) -> None:
    resolver = Resolver({name: [found]})
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolver.getaddrinfo)
    fetcher = Fetcher([], tmp_path, "test")
    said = await refused(fetcher, f"http://{name}/")
    assert "sources are fetched from public addresses" in said
    assert sockets.found == []
    await fetcher.close()
