"""An answer whose head is in, and the turn that its request was sent in."""

from datetime import timedelta
from typing import Self

import httpx

from jobimport.budgets import Manner
from jobimport.telemetry.metrics.worker import count_received
from jobimport_worker.errors import NoTurn, Throttled
from jobimport_worker.fetch.turns import Turn


class Exchange:
    """As a context it ends the response and the turn, whatever happens.

    How the source took the request is read from its status, and from the error that leaves the
    context.
    """

    def __init__(self, response: httpx.Response, turn: Turn | None) -> None:
        self.response = response
        self._turn = turn
        if turn is not None:
            turn.answered()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            await self.response.aclose()
        finally:
            received = self.response.num_bytes_downloaded
            count_received(self.response.url.host, received)
            if self._turn is not None:
                await self._turn.over(*_manner(self.response.status_code, error))


def _manner(status: int, error: BaseException | None) -> tuple[Manner, timedelta]:
    if isinstance(error, Throttled):
        return Manner.PAUSE, error.retry_after
    if isinstance(error, NoTurn):  # the worker had no room to read on
        return Manner.GOOD, timedelta()
    if status == 503:
        return Manner.SLOW, timedelta()
    return Manner.GOOD if status < 500 and error is None else Manner.FAILED, timedelta()
