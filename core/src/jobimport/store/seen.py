"""The ids that a walk showed, millions of them in little memory."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

_SORTED_AT_ONCE = 1 << 16
"""Hashes that are held as Python's numbers at a time: five times the memory of an array's."""

_ALL = 1 << 64


def id_hash(external_id: str) -> int:
    """64 bits of an id."""
    return int.from_bytes(hashlib.blake2b(external_id.encode(), digest_size=8).digest())


class SeenIds:
    """A set of ids, kept as their hashes in order: 8 bytes each."""

    __slots__ = ("_hashes",)

    def __init__(self, hashes: Iterable[int] = ()) -> None:
        self._hashes = _ordered(hashes if isinstance(hashes, array) else array("Q", hashes))

    def __contains__(self, hashed: object) -> bool:
        if not isinstance(hashed, int):
            return False
        at = bisect_left(self._hashes, hashed)
        return at < len(self._hashes) and self._hashes[at] == hashed

    def __len__(self) -> int:
        return len(self._hashes)

    def between(self, start: int, bound: int) -> "array[int]":
        """The hashes from `start` to below `bound`."""
        return self._hashes[bisect_left(self._hashes, start) : bisect_left(self._hashes, bound)]


def count_distinct(sets: Iterable[SeenIds]) -> int:
    """How many different ids there are in all the sets, looked at one range of hashes at a time."""
    filled = [each for each in sets if len(each)]
    if len(filled) < 2:
        return sum(map(len, filled))
    ranges = sum(map(len, filled)) // _SORTED_AT_ONCE + 1
    bounds = [number * _ALL // ranges for number in range(ranges + 1)]
    return sum(
        len(set[int]().union(*(each.between(start, bound) for each in filled)))
        for start, bound in pairwise(bounds)
    )


def _ordered(hashes: "array[int]") -> "array[int]":
    """Sorted, each once. Hashes are spread evenly, so that parts of the range are of one size."""
    count = len(hashes) // _SORTED_AT_ONCE + 1
    parts = [array("Q") for _ in range(count)]
    for each in hashes:
        parts[each * count // _ALL].append(each)
    ordered = array("Q")
    for index in range(count):
        ordered.extend(sorted(set(parts[index])))
        parts[index] = array("Q")
    return ordered
