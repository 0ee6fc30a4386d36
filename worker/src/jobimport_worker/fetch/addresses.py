"""Which addresses may be fetched from: public ones, and those that the installation allows."""

import ipaddress
import socket
from collections.abc import Iterable

import anyio
import httpcore
from httpcore._backends.auto import AutoBackend

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that is given out to hosts (IANA)
_TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")  # RFC 7915
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214: the two words before an IPv4 address
_NOT_GLOBAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "100.64.0.0/10",  # carrier NAT
            "192.0.0.0/24",  # protocols of the IETF
            "192.88.99.0/24",  # 6to4 relays
            "168.63.129.16/32",  # Azure's platform, reached from its virtual machines alone
            "3fff::/20",  # documentation
        ),
    )
)
"""Addresses that ipaddress calls global, and where a source cannot be."""


class AddressRefused(httpcore.ConnectError):
    """The host is at an address that sources may not be at."""


def parse_networks(text: str) -> list[Network]:
    """Networks from a comma-separated text; ValueError names the one that is none."""
    return [
        ipaddress.ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()
    ]


def refusal(address: Address, allowed: Iterable[Network]) -> str | None:
    """Why an address may not be fetched from; None where it may."""
    if any(address.version == network.version and address in network for network in allowed):
        return None
    inner = _embedded(address)
    if inner is not None:
        return refusal(inner, allowed)
    kinds = (
        (address.is_loopback, "a loopback address"),
        (address.is_link_local, "a link-local address"),
        (address.is_multicast, "a multicast address"),
        (address.is_unspecified or address.is_reserved, "not an address of a host"),
        (not _is_global(address), "a private address"),
    )
    return next((why for is_so, why in kinds if is_so), None)


def _is_global(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not any(address in network for network in _NOT_GLOBAL)


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, translated, NAT64, 6to4 and so on."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    is_compatible = int(address) >> 32 == 0 and int(address) > 1  # the deprecated ::a.b.c.d
    is_isatap = int(address) >> 32 & 0xFFFFFFFF in _ISATAP
    if is_compatible or is_isatap or any(address in each for each in (*_NAT64, _TRANSLATED)):
        return low
    return address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks what it found, and connects to that and nothing else.

    So a name that resolves otherwise a moment later (DNS rebinding) gains nothing.
    """

    def __init__(self, allowed: Iterable[Network]) -> None:
        self._allowed = list(allowed)
        self._inner = AutoBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that may be fetched from."""
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} could not be resolved") from error
        addresses = [ipaddress.ip_address(each[4][0].partition("%")[0]) for each in found]
        for address in addresses:
            why = refusal(address, self._allowed)
            if why is not None:
                raise AddressRefused(
                    f"{host} is at {address}, {why}; sources are fetched from public addresses"
                    " only. If this one is meant, have its network added to ALLOWED_NETWORKS."
                )
        return addresses

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)
