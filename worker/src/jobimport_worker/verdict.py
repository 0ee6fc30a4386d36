"""What a run can claim about completeness: pure functions over the pages that were walked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobimport.ids import PartitionKey
from jobimport.resource.spec import Completeness
from jobimport.resource.status import Verdict
from jobimport_worker.tally import quoted

Page = Mapping[str, Any]

_TOLERATED_PERCENT = 2
_TOLERATED_COUNT = 5


@dataclass(frozen=True, slots=True)
class PartitionVerdict:
    """What can be claimed about one partition, and why, in a sentence."""

    key: PartitionKey
    verdict: Verdict
    message: str
    records: int = 0
    advertised: int | None = None
    failed_pages: int = 0
    confirmed_empty: bool = False
    empty_runs: int = 0

    @property
    def may_close(self) -> bool:
        """Whether what it did not show is gone (P6)."""
        return self.verdict is Verdict.COMPLETE or self.confirmed_empty


def judge_partition(
    key: PartitionKey,
    pages: Sequence[Page],
    missing: int,
    distinct: int,
    earlier_empty_runs: int,
    rules: Completeness,
    low: Mapping[str, int] | None = None,
) -> PartitionVerdict:
    """The verdict on one partition.

    `pages` are those that were done or failed, `missing` those that are known of and neither,
    `distinct` the different ids that were seen, `low` fields whose coverage fell below its least.
    """
    done = [page for page in pages if page["state"] == "done"]
    failed = [page for page in pages if page["state"] != "done"]
    advertised = next(
        (page["advertisedTotal"] for page in done if page.get("advertisedTotal") is not None), None
    )
    lost = len(failed) + missing

    def judged(verdict: Verdict, message: str) -> PartitionVerdict:
        return PartitionVerdict(key, verdict, message, distinct, advertised, lost)

    if not done:
        why = failed[0].get("error") if failed else "no page of it was fetched"
        return judged(Verdict.FAILED, f"nothing fetched; nothing closed: {why}")
    if lost:
        why = failed[0].get("error") if failed else "a page was given up; see the worker's log"
        return judged(Verdict.PARTIAL, f"{_pages(lost)} failed; nothing closed: {why}")
    problem = _problem(done, distinct)
    if problem:
        return judged(Verdict.PARTIAL, f"nothing closed: {problem}")
    if any(page.get("truncated") for page in done):
        return judged(
            Verdict.TRUNCATED,
            f"the source gives no more than {distinct:,}{_of(advertised)}; nothing closed",
        )
    if not any(page.get("proof") for page in done):
        return judged(Verdict.PARTIAL, "the walk did not come to an end; nothing closed")
    judgement = _judge_full(key, done, distinct, advertised, earlier_empty_runs, rules)
    if any(page.get("since") for page in done):
        judgement = judged(Verdict.INCREMENTAL, _changes(done, distinct))
    if low and judgement.verdict in (Verdict.COMPLETE, Verdict.INCREMENTAL):
        return judged(Verdict.HELD, f"held, nothing closed: {shares(low)}, below minCoverage")
    return judgement


def _changes(done: Sequence[Page], distinct: int) -> str:
    since = next(page["since"] for page in done if page.get("since"))
    return f"{distinct:,} records changed since {since}; a full walk closes what is gone"


def _judge_full(
    key: PartitionKey,
    done: Sequence[Page],
    distinct: int,
    advertised: int | None,
    earlier_empty_runs: int,
    rules: Completeness,
) -> PartitionVerdict:
    """The verdict on a walk that came to its end, by what it saw of what was advertised."""
    records = sum(page["counts"]["records"] + page["counts"]["filtered"] for page in done)
    if records == 0:
        return _judge_empty(key, advertised, earlier_empty_runs, rules)
    filtered = sum(page["counts"]["filtered"] for page in done)
    short = 0 if advertised is None else advertised - distinct - filtered
    verdict, message = Verdict.COMPLETE, f"{distinct:,}{_of(advertised)} records seen"
    if advertised and short > _tolerated(advertised):
        verdict = Verdict.PARTIAL
        message = f"{distinct:,} different ids of {advertised:,} advertised; nothing closed"
    return PartitionVerdict(key, verdict, message, distinct, advertised)


def _problem(done: Sequence[Page], distinct: int) -> str | None:
    """What shows that the ids or the pages of a walk cannot be trusted."""
    problem = next((page["problem"] for page in done if page.get("problem")), None)
    if problem:
        return str(problem)
    nameless = sum(page.get("nameless", 0) for page in done)
    if nameless and (nameless > _tolerated(distinct) or nameless >= distinct):
        return (
            f"{nameless:,} records have no id, so it is not known which they are: does"
            " mapping.externalId still fit the source?"
        )
    overwritten = sum(page.get("overwritten", 0) for page in done)
    if overwritten <= _tolerated(distinct):
        return None
    ids = [name for page in done for name in page.get("overwrittenIds", ())]
    return (
        f"{overwritten:,} ids came on two pages with different content ({quoted(ids[:3])}):"
        " mapping.externalId names no single record, or the source changed very much meanwhile"
    )


def _tolerated(count: int) -> float:
    """How many records a source may gain, lose or change while it is walked."""
    return max(_TOLERATED_COUNT, count * _TOLERATED_PERCENT / 100)


def shares(low: Mapping[str, int]) -> str:
    """Fields and the share of the postings that has them."""
    return ", ".join(f"{name} in {share}% of the postings" for name, share in sorted(low.items()))


def _judge_empty(
    key: PartitionKey, advertised: int | None, earlier: int, rules: Completeness
) -> PartitionVerdict:
    if advertised:
        message = f"no record, but {advertised:,} advertised; nothing closed"
        return PartitionVerdict(key, Verdict.PARTIAL, message, 0, advertised)
    runs = earlier + 1
    needed = rules.confirm_empty_runs
    confirmed = runs >= needed
    message = (
        f"the source is empty, confirmed by {runs} runs"
        if confirmed
        else f"the source is empty; nothing closed until {needed} runs in a row find it so"
        f" ({runs} did)"
    )
    return PartitionVerdict(
        key, Verdict.EMPTY, message, 0, advertised, confirmed_empty=confirmed, empty_runs=runs
    )


def judge_run(partitions: Sequence[PartitionVerdict], *, changed: bool) -> Verdict:
    """The verdict on the whole: as good as its worst partition."""
    verdicts = {each.verdict for each in partitions}
    if not verdicts or verdicts == {Verdict.FAILED}:
        return Verdict.FAILED
    for verdict in (Verdict.FAILED, Verdict.PARTIAL):
        if verdict in verdicts:
            return Verdict.PARTIAL
    for verdict in (Verdict.HELD, Verdict.TRUNCATED, Verdict.INCREMENTAL):
        if verdict in verdicts:
            return verdict
    if verdicts == {Verdict.EMPTY}:
        return Verdict.EMPTY
    return Verdict.COMPLETE if changed else Verdict.UNCHANGED


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count:,} pages"


def _of(advertised: int | None) -> str:
    return "" if advertised is None else f" of {advertised:,} advertised"
