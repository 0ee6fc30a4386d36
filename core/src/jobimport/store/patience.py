"""Outlasting a MongoDB that is away for a while: a step is tried again within its attempt.

Otherwise a fail-over, or a pause of some tens of seconds, would begin a whole page anew, and a page
may be a file of gigabytes. A step that is `outlasting` is one that may be carried out twice: a
first try may have landed although no answer came.
"""

import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, PyMongoError
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay
from tenacity.wait import wait_random_exponential

_P = ParamSpec("_P")
_T = TypeVar("_T")

_LONGEST_WAIT_SECONDS: Final = 2.0
_PASSING: Final = frozenset(
    {
        *(6, 7, 89, 9001),  # hosts and sockets
        *(91, 189, 10107, 11600, 11602, 13435, 13436),  # the primary stops or steps down
        *(43, 175, 237),  # a cursor that went with its server
        *(64, 133, 134, 262),  # no majority, no member and no time in time
    }
)
"""Codes of errors that say nothing of what was asked, only that MongoDB cannot do it now."""
_OF_ONE_DOCUMENT: Final = frozenset({10334, 11000, 17419, 17420, 121})
"""Codes of errors of a bulk write that come again when it is repeated, and are told then."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long steps are tried again from their first error on.

    `away` is told of each error, with the step's name; `back` that the step went through after all,
    and after how many seconds.
    """

    seconds: float
    away: Callable[[str, PyMongoError], None]
    back: Callable[[str, float], None]


_patience: ContextVar[Patience | None] = ContextVar("patience with MongoDB", default=None)


@contextmanager
def patience(with_it: Patience) -> Generator[None]:
    """Let the steps of this context outlast a MongoDB that is away; elsewhere an error is one."""
    token = _patience.set(with_it)
    try:
        yield
    finally:
        _patience.reset(token)


def passes(error: BaseException) -> bool:
    """Whether an error says only that MongoDB is away now, and nothing of what was asked."""
    if isinstance(error, BulkWriteError):
        concerns = [each.get("code") for each in error.details.get("writeConcernErrors", ())]
        failures = [each.get("code") for each in error.details.get("writeErrors", ())]
        return _PASSING.issuperset(concerns) and (_PASSING | _OF_ONE_DOCUMENT).issuperset(failures)
    if isinstance(error, OperationFailure):
        return error.code in _PASSING or error.has_error_label("RetryableWriteError")
    return isinstance(error, ConnectionFailure)


def outlasting(step: Callable[_P, Awaitable[_T]]) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """A step that is tried again as long as the `patience` of its context lasts.

    Only for steps that are harmless when they are carried out twice, or once and a half.
    """

    @wraps(step)
    async def patiently(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        mine = _patience.get()
        try:
            return await step(*args, **kwargs)
        except PyMongoError as error:
            if mine is None or not passes(error):
                raise
            mine.away(step.__name__, error)
        begun = time.monotonic()
        result: _T = await _again(mine, step.__name__)(step, *args, **kwargs)
        mine.back(step.__name__, time.monotonic() - begun)
        return result

    return patiently


def _again(mine: Patience, name: str) -> AsyncRetrying:
    def told(error: BaseException) -> bool:
        if not isinstance(error, PyMongoError) or not passes(error):
            return False
        mine.away(name, error)
        return True

    return AsyncRetrying(
        retry=retry_if_exception(told),
        stop=stop_after_delay(mine.seconds),
        wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_WAIT_SECONDS),
        reraise=True,
    )
