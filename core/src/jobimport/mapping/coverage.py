"""How well the fields of postings are filled: counted per page, merged per run, compared by run.

A posting keeps in one number which of its fields its record filled, so that an unchanged record
counts too, and two runs compare the same postings.
"""

import heapq
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from jobimport.mapping.canonical import FIELDS

FIELD_BITS: dict[str, int] = {name: 1 << index for index, name in enumerate(FIELDS)}
"""The bit of each canonical field in a posting's `filledBits`."""

_SKETCH = 64
"""Smallest hashes kept of a field's values: so many different ones are counted exactly."""
_HASHES = 2**32
_FELL_BY = 20
_FEWEST = 20


def filled_bits(names: Iterable[str]) -> int:
    """The canonical fields among `names` as one number."""
    bits = 0
    for name in names:
        bits |= FIELD_BITS.get(name, 0)
    return bits


@dataclass(slots=True)
class Coverage:
    """What one page came to: postings by what fills them, errors by field, values by field."""

    by_bits: dict[int, int] = field(default_factory=dict[int, int])
    errors: dict[str, int] = field(default_factory=dict[str, int])
    values: dict[str, set[int]] = field(default_factory=dict[str, set[int]])

    def add(self, bits: int, count: int = 1) -> None:
        """Count postings by the fields that their records fill."""
        self.by_bits[bits] = self.by_bits.get(bits, 0) + count

    def look_at(self, fields: Mapping[str, Any], errors: Iterable[str]) -> None:
        """Note the values and errors of a posting that was mapped."""
        for name, value in fields.items():
            hashes = self.values.get(name)
            if hashes is None:
                hashes = self.values[name] = set()
            hashes.add(_hash(value))
            if len(hashes) > 8 * _SKETCH:
                self.values[name] = set(heapq.nsmallest(_SKETCH, hashes))
        for name in errors:
            self.errors[name] = self.errors.get(name, 0) + 1

    def filled(self) -> dict[str, int]:
        """How many postings have each field."""
        return {
            name: count
            for name, bit in FIELD_BITS.items()
            if (count := sum(each for bits, each in self.by_bits.items() if bits & bit))
        }

    def to_document(self) -> dict[str, Any]:
        """As a page keeps it."""
        return {
            "mapped": sum(self.by_bits.values()),
            "filled": self.filled(),
            "errors": dict(self.errors),
            "values": {
                name: heapq.nsmallest(_SKETCH, hashes) for name, hashes in self.values.items()
            },
        }


def merge_coverage(pages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The coverage of a run: `{mapped, filled, errors, distinct}`, the last three by field.

    `distinct` counts different values of the postings that this run mapped: up to 64 exactly, more
    as an estimate that is mostly within an eighth.
    """
    mapped = 0
    filled: dict[str, int] = {}
    errors: dict[str, int] = {}
    values: dict[str, set[int]] = {}
    for page in pages:
        mapped += page.get("mapped", 0)
        for name, count in page.get("filled", {}).items():
            filled[name] = filled.get(name, 0) + count
        for name, count in page.get("errors", {}).items():
            errors[name] = errors.get(name, 0) + count
        for name, hashes in page.get("values", {}).items():
            values.setdefault(name, set()).update(hashes)
    distinct = {name: _estimate(hashes) for name, hashes in values.items()}
    return {"mapped": mapped, "filled": filled, "errors": errors, "distinct": distinct}


def low_coverage(coverage: Mapping[str, Any], least: Mapping[str, int]) -> dict[str, int]:
    """Fields below their least share in percent, with the share that they have."""
    mapped = coverage.get("mapped", 0)
    if not mapped:
        return {}
    shares = {name: 100 * coverage["filled"].get(name, 0) // mapped for name in least}
    return {name: share for name, share in shares.items() if share < least[name]}


def fallen_coverage(
    now: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, tuple[int, int]]:
    """Fields that far fewer postings have than in an earlier run: share before and now, percent.

    Runs of fewer than twenty postings say nothing.
    """
    counts = now.get("mapped", 0), before.get("mapped", 0)
    if min(counts) < _FEWEST:
        return {}
    found: dict[str, tuple[int, int]] = {}
    for name in FIELD_BITS:
        was = 100 * before["filled"].get(name, 0) // counts[1]
        share = 100 * now["filled"].get(name, 0) // counts[0]
        if was - share >= _FELL_BY:
            found[name] = (was, share)
    return found


def _hash(value: Any) -> int:
    if isinstance(value, str):
        return zlib.crc32(value.encode("utf-8", "surrogatepass"))
    return zlib.crc32(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS))


def _estimate(hashes: set[int]) -> int:
    if len(hashes) < _SKETCH:
        return len(hashes)
    largest = heapq.nsmallest(_SKETCH, hashes)[-1]
    return max(round((_SKETCH - 1) * _HASHES / (largest + 1)), _SKETCH)
