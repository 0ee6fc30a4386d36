"""Addresses that came from a source or a template: usable, or refused in words."""

from urllib.parse import urljoin, urlsplit

import httpx

from jobimport_worker.errors import Terminal


def check_url(url: str) -> None:
    """Terminal for what is no address that a request can be sent to.

    Every later step may take it apart without an error of its own.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
        if parts.scheme in ("http", "https") and host and port != 0:
            httpx.URL(url)
            return
    except (ValueError, httpx.InvalidURL) as error:
        raise Terminal(f"the URL cannot be used: {error}") from error
    raise Terminal(f"{parts.scheme[:20]}://{(host or '')[:200]} is no http or https address")


def joined(base: str, target: str) -> str:
    """A link as it stands in an answer, made whole; Terminal where it cannot be."""
    try:
        return urljoin(base, target)
    except ValueError as error:
        raise Terminal(f"the URL cannot be used: {error}") from error
