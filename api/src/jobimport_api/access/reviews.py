"""What the API server said of a token or a right, kept for a while and asked for once at a time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
_MOST_KEPT = 100_000


class Reviews(Generic[Answer]):
    """Answers by key, each at most `seconds` old. An answer that is used is not young by that."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._kept: OrderedDict[tuple[str, ...], tuple[float, Answer]] = OrderedDict()
        self._asked: dict[tuple[str, ...], asyncio.Future[Answer]] = {}

    def known(self, key: tuple[str, ...], at_most: float | None = None) -> Answer | None:
        """The answer that is kept, if it is no older than `at_most` seconds; None without one."""
        found = self._kept.get(key)
        limit = self.seconds if at_most is None else min(at_most, self.seconds)
        if found is None or time.monotonic() - found[0] > limit:
            return None
        return found[1]

    def note(self, key: tuple[str, ...], answer: Answer) -> None:
        """Keep an answer from now on."""
        self._keep(key, time.monotonic(), answer)

    async def get(
        self,
        key: tuple[str, ...],
        ask: Callable[[], Awaitable[Answer]],
        at_most: float | None = None,
    ) -> Answer:
        """The answer, kept or asked for; all who ask at the same time wait for one question."""
        kept = self.known(key, at_most)
        if kept is not None:
            return kept
        running = self._asked.get(key)
        if running is None:
            running = asyncio.ensure_future(self._ask(key, ask))
            self._asked[key] = running
            running.add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(running)

    async def _ask(self, key: tuple[str, ...], ask: Callable[[], Awaitable[Answer]]) -> Answer:
        asked_at = time.monotonic()
        answer = await ask()
        self._keep(key, asked_at, answer)
        return answer

    def _keep(self, key: tuple[str, ...], at: float, answer: Answer) -> None:
        self._kept[key] = (at, answer)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
