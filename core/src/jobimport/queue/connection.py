"""A connection to Redis that outlives Redis' outages."""

from typing import Any, cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff

from jobimport.cancelling import mend_wait_for

BLOCK_MS_MAX = 5_000
"""The longest that a call blocks in Redis; sockets time out well after it."""

_SOCKET_SECONDS = BLOCK_MS_MAX / 1000 + 5


def connect(url: str) -> Redis:
    """Make a client for redis:// or rediss://; it connects at the first call.

    A call is tried again for about two seconds, with pauses of at most 0.5 s, so that work goes on
    within a second after Redis is back; then it raises redis.exceptions.ConnectionError. All steps
    of the queue may be said twice. One client serves many calls at a time: a blocking one has a
    connection of its own.
    """
    mend_wait_for()
    return cast("Any", Redis).from_url(
        url,
        socket_timeout=_SOCKET_SECONDS,
        socket_connect_timeout=3,
        socket_keepalive=True,
        health_check_interval=15,
        retry=Retry(EqualJitterBackoff(cap=0.5, base=0.02), retries=6),
        retry_on_error=[
            exceptions.BusyLoadingError,
            exceptions.ConnectionError,
            exceptions.TimeoutError,
        ],
        max_connections=256,
    )
