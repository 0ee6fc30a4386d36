"""Incremental walks: since when a partition is asked for changes, and what is remembered of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from jobimport.mapping.expressions import CompiledExpression
from jobimport.mapping.times import to_datetime
from jobimport.resource.status import Verdict
from jobimport.resource.walking import Incremental, TimeFormat

Memory = Mapping[str, Any]
"""What is remembered of a partition: watermark, fullAt and walkHash among others."""

_PROVEN = frozenset({Verdict.COMPLETE, Verdict.EMPTY, Verdict.INCREMENTAL})


def since_of(
    incremental: Incremental | None, memory: Memory, walk_hash: str, now: datetime, *, full: bool
) -> str | None:
    """Since when to ask for changes, as it is sent; None: the walk is full.

    It is full where nothing is remembered, where the partition was read or mapped in another way,
    when the last full walk is too long ago, and where `full` asks for it.
    """
    if incremental is None or full or memory.get("walkHash") != walk_hash:
        return None
    watermark, full_at = memory.get("watermark"), memory.get("fullAt")
    if watermark is None or full_at is None:
        return None
    if now - full_at >= timedelta(seconds=incremental.full_every_seconds):
        return None
    return written(
        watermark - timedelta(seconds=incremental.overlap_seconds), incremental.time_format
    )


def written(moment: datetime, form: TimeFormat) -> str:
    """A moment as a request carries it."""
    moment = moment.astimezone(UTC)
    match form:
        case TimeFormat.DATE:
            return f"{moment:%Y-%m-%d}"
        case TimeFormat.EPOCH_SECONDS:
            return str(int(moment.timestamp()))
        case TimeFormat.EPOCH_MILLISECONDS:
            return str(int(moment.timestamp() * 1000))
        case TimeFormat.ISO8601:
            return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Newest:
    """The newest time of change among the records of a page."""

    def __init__(self, expression: CompiledExpression | None) -> None:
        self.at: datetime | None = None
        self._expression = expression

    def look_at(self, records: Sequence[Any]) -> None:
        """Take records into account; one without a time that can be read has none."""
        if self._expression is None:
            return
        for record in records:
            try:
                at = to_datetime(self._expression.search(record))
            except ValueError:
                continue
            if at is not None and (self.at is None or at > self.at):
                self.at = at


def remembered_walk(
    incremental: Incremental | None,
    verdict: Verdict,
    pages: Sequence[Mapping[str, Any]],
    before: Memory,
    walk_hash: str,
    started_at: datetime,
) -> dict[str, Any]:
    """What the next walk of a partition needs to know of this one; empty where nothing changes.

    Only a walk that came to its end moves the watermark, and never back or beyond its own start:
    one record with a time to come would hide all changes until then.
    """
    if incremental is None or verdict not in _PROVEN:
        return {}
    is_full = not any(page.get("since") for page in pages)
    newest = started_at
    if incremental.field:
        times = [page["newest"] for page in pages if page.get("newest")]
        newest = min(max(times), started_at) if times else None
    known = before.get("watermark") if before.get("walkHash") == walk_hash else None
    marks = [each for each in (newest, known) if each is not None]
    memory: dict[str, Any] = {"walkHash": walk_hash, "watermark": max(marks) if marks else None}
    return memory | ({"fullAt": started_at} if is_full else {})
