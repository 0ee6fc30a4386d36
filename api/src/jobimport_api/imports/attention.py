"""Why an import needs somebody, in a sentence, and how much."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jobimport.resource.object import ImportObject
from jobimport.resource.status import LastRun, Verdict

_LATE: Final = timedelta(minutes=5)
_MANY_REJECTS_PERCENT: Final = 5


@dataclass(frozen=True, slots=True)
class Attention:
    """`rank` 0: nothing; the higher, the more urgent."""

    rank: int
    sentence: str | None


NOTHING: Final = Attention(0, None)


def attention_of(imp: ImportObject, now: datetime) -> Attention:
    """The most urgent reason why somebody should look at an import."""
    conditions = {each.type: each for each in imp.status.conditions}
    if imp.spec is None:
        return Attention(70, f"The spec cannot be read: {imp.spec_problem or 'see its conditions'}")
    if stalled := conditions.get("Stalled"):
        return Attention(70, f"Stalled ({stalled.reason}): {stalled.message}")
    last = imp.status.last_run
    if last is not None and (found := _of_run(last)):
        return found
    due = imp.status.next_run_time
    if due and now - due > _LATE and imp.status.current_run is None and not imp.spec.suspend:
        late = int((now - due).total_seconds() // 60)
        return Attention(
            40, f"It was due {late} minutes ago and has not begun: is the operator running?"
        )
    workers = imp.status.workers
    if imp.status.current_run and workers and workers.desired and not workers.ready:
        return Attention(30, f"It waits for a worker to get ready. {workers.reason}".strip())
    if last is not None and last.rejected * 100 >= max(last.records, 1) * _MANY_REJECTS_PERCENT:
        return Attention(20, f"{last.rejected:,} of {last.records:,} records were rejected.")
    return NOTHING


def _of_run(last: LastRun) -> Attention | None:
    ranks = {Verdict.FAILED: 60, Verdict.HELD: 55, Verdict.PARTIAL: 50, Verdict.TRUNCATED: 25}
    rank = ranks.get(last.verdict)
    if rank is not None:
        return Attention(rank, f"The last run is {last.verdict}: {last.message}")
    if "approve-close-requested" in last.message:
        return Attention(45, f"Closing waits for approval: {last.message}")
    return None
