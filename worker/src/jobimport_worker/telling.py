"""What a run says when it is over: the sentence in the status, and its partitions one by one."""

from collections.abc import Mapping, Sequence

from jobimport.resource.names import APPROVE_CLOSE_REQUESTED
from jobimport.resource.status import Verdict
from jobimport.store.closing import Settled
from jobimport.store.collections import Document
from jobimport_worker.verdict import PartitionVerdict, shares
from jobimport_worker.walk import Walk


def message_of(
    walk: Walk,
    verdicts: Sequence[PartitionVerdict],
    settled: Settled,
    totals: Mapping[str, int],
    *,
    replayed: int,
    cancelled: bool,
    again: str | None = None,
    problem: str | None = None,
) -> str:
    """What happened, in a sentence or two that a person can act on.

    `again` is the partition that alone was walked again; `problem` says why the run could not be
    planned.
    """
    if cancelled:
        return "Cancelled before its end; nothing was closed."
    if problem is not None and not walk.pages:
        return f"Nothing fetched; nothing closed: {problem}."
    parts = [f"nothing fetched: {problem}"] if problem is not None else []
    if again is not None and len(verdicts) > 1:
        parts += [f"{each.key} again: {each.message}" for each in verdicts if each.key == again]
    parts.append(_worst(verdicts))
    if walk.low:
        parts.append(f"held, nothing closed: {shares(walk.low)}, below minCoverage")
    parts += [
        f"{name} is filled in {now}% of the postings, {before}% in the run before"
        for name, (before, now) in sorted(walk.fell.items())
        if name not in walk.low
    ]
    if settled.held:
        parts.append(
            f"{settled.held.total():,} {_what_is_held(settled)} postings were not closed, because"
            " the guard (completeness.closeGuard) stops that many; if they are gone, annotate the"
            f" import with {APPROVE_CLOSE_REQUESTED}"
        )
    if totals["closed"]:
        parts.append(f"{totals['closed']:,} closed")
    if totals["rejected"]:
        parts.append(f"{totals['rejected']:,} rejected")
    if replayed:
        parts.append(f"{replayed:,} earlier rejects became postings by the changed mapping")
    mended = sum(page.get("mended") or 0 for page in walk.done)
    if mended:
        parts.append(f"{mended:,} halves of characters that the source gives became U+FFFD")
    return "; ".join(parts) + "."


def _what_is_held(settled: Settled) -> str:
    words = {"Missing": "missing", "Expired": "expired", "SourceRemoved": "removed"}
    return " and ".join(word for reason, word in words.items() if reason in settled.held)


def _worst(verdicts: Sequence[PartitionVerdict]) -> str:
    if len(verdicts) == 1:
        return verdicts[0].message
    good = (Verdict.COMPLETE, Verdict.EMPTY, Verdict.INCREMENTAL)
    bad = [each for each in verdicts if each.verdict not in good]
    if not bad:
        records = sum(each.records for each in verdicts)
        if any(each.verdict is Verdict.INCREMENTAL for each in verdicts):
            return f"all {len(verdicts)} partitions asked for changes, {records:,} records seen"
        return f"all {len(verdicts)} partitions complete, {records:,} records seen"
    first = bad[0]
    return (
        f"{len(bad)} of {len(verdicts)} partitions are not complete; {first.key} is"
        f" {first.verdict}: {first.message}"
    )


def partition_document(verdict: PartitionVerdict, settled: Settled) -> Document:
    """A partition as the run's document keeps it."""
    return {
        "key": verdict.key,
        "verdict": verdict.verdict.value,
        "message": verdict.message,
        "records": verdict.records,
        "advertised": verdict.advertised,
        "failedPages": verdict.failed_pages,
        "closed": settled.closed_in(verdict.key),
        "held": settled.held_in(verdict.key),
    }
