"""How often an address may try tokens: guessing is slow, and the API server is left in peace."""

import time
from collections import OrderedDict
from typing import Final

_MOST_ADDRESSES: Final = 10_000


class TriesByAddress:
    """A bucket of tries for each address, that fills up again with time."""

    def __init__(self, tries: int, seconds: float) -> None:
        """`tries` at once, and as many again over `seconds`."""
        self._tries = tries
        self._per_second = tries / seconds
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, address: str) -> float:
        """How long the address has to wait for its next try; 0: not at all."""
        left = self._now(address)
        return 0.0 if left >= 1 else (1 - left) / self._per_second

    def take(self, address: str) -> None:
        """Use up one try."""
        self._left[address] = (self._now(address) - 1, time.monotonic())
        self._left.move_to_end(address)
        while len(self._left) > _MOST_ADDRESSES:
            self._left.popitem(last=False)

    def _now(self, address: str) -> float:
        left, at = self._left.get(address, (float(self._tries), 0.0))
        gained = (time.monotonic() - at) * self._per_second
        return min(float(self._tries), left + gained)
