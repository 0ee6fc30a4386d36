"""An HTTP transport that connects only to addresses that sources may be at."""

from collections.abc import Iterable

import httpcore
import httpx

from jobimport_worker.fetch.addresses import GuardedBackend, Network

_KEEP_ALIVE_SECONDS = 20


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool whose connections go through GuardedBackend.

    HTTP/2 where it is offered; proxies of the environment are not used.
    """

    def __init__(self, allowed: Iterable[Network]) -> None:
        super().__init__(http2=True, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=200,
            max_keepalive_connections=50,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            http1=True,
            http2=True,
            network_backend=GuardedBackend(allowed),
        )
