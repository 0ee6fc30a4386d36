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
_SHARED = ipaddress.ip_network("100.64.0.0/10")


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
        (not address.is_global or _is_shared(address), "a private address"),
    )
    return next((why for is_so, why in kinds if is_so), None)


def _is_shared(address: Address) -> bool:
    """Addresses that ipaddress calls global, and that are not: carrier NAT, old site-local ones."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.is_site_local
    return address in _SHARED


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, NAT64, 6to4 or Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    is_compatible = int(address) >> 32 == 0 and int(address) > 1  # the deprecated ::a.b.c.d
    if is_compatible or any(address in network for network in _NAT64):
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
