"""Whether the operator's loops go on: a loop that stands still must end the process."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from jobimport.cancelling import end_if_cancelled

STANDSTILL_SECONDS: Final = 90.0
READING_SECONDS: Final = 5.0
"""How long a reading of the queue may take: a Redis that is silent for longer is away."""

log = logging.getLogger(__name__)


class Health:
    """Keeps the time at which each loop last got round."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beats: dict[str, float] = {}

    def beat(self, loop: str) -> None:
        """Note that a loop has got round."""
        self._beats[loop] = self._clock()

    def idle(self, loop: str) -> None:
        """Note that a loop waits for something to do, however long that takes."""
        self._beats.pop(loop, None)

    def problem(self) -> str | None:
        """Say which loop has stood still for too long; None when all go on."""
        now = self._clock()
        late = {name: now - at for name, at in self._beats.items() if now - at > STANDSTILL_SECONDS}
        if not late:
            return None
        return "; ".join(f"{name} has stood still for {age:.0f} s" for name, age in late.items())


async def keep_going(
    name: str,
    step: Callable[[], Awaitable[None]],
    health: Health,
    *,
    pause_seconds: float = 0.0,
    woken: asyncio.Event | None = None,
    failed: Callable[[], None] = lambda: None,
) -> None:
    """Repeat a step for ever, with a pause between that `woken` cuts short.

    A step that fails is logged and repeated, after a delay that grows up to five seconds.
    """
    failures = 0
    while True:
        pause = pause_seconds
        try:
            await step()
            failures = 0
        except Exception as error:
            failures += 1
            pause = max(pause, min(0.25 * 2.0 ** min(failures, 10), 5.0))
            log.warning("%s failed, again in %.1f s: %s", name, pause, describe_error(error))
            log.debug("%s failed", name, exc_info=True)
            failed()
        end_if_cancelled()
        health.beat(name)
        await _pause(pause, None if failures else woken)


T = TypeVar("T")


async def first_answer(name: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer: whoever is away for a while at the start is waited for.

    A refusal that waiting does not mend, such as a missing right, is raised.
    """
    pause = 0.5
    while True:
        try:
            return await ask()
        except Exception as error:
            if not passes(error):
                raise
            log.warning("%s failed, again in %.1f s: %s", name, pause, describe_error(error))
        end_if_cancelled()
        await asyncio.sleep(pause)
        pause = min(2 * pause, 5.0)


def passes(error: Exception) -> bool:
    """Whether an error of the Kubernetes API or the network may be gone at the next call."""
    status = getattr(error, "status", None)
    return isinstance(error, OSError) or status in (408, 410, 429) or (status or 0) >= 500


async def _pause(seconds: float, woken: asyncio.Event | None) -> None:
    if woken is None:
        if seconds:
            await asyncio.sleep(seconds)
        return
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
    woken.clear()


def describe_error(error: BaseException) -> str:
    """Name an error's type and text."""
    return f"{type(error).__name__}: {error}"
