"""The finalize task: verdicts, closing, totals. It reads only what is stored, and may run twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobimport.ids import PartitionKey
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease, RunState, RunView
from jobimport.resource.status import LastRun, PartitionOutcome, Verdict
from jobimport.store.closing import ClosingPlan, carry_out, load_open, plan_closing
from jobimport.store.collections import Database, Document
from jobimport.store.postings import write_token
from jobimport.store.runs import (
    end_run,
    lineage_of,
    load_partitions,
    load_run,
    prune_history,
    save_partitions,
    totals_of,
)
from jobimport.store.walks import load_pages, seen_ids
from jobimport_worker.context import RunContext
from jobimport_worker.plan import open_pages
from jobimport_worker.verdict import PartitionVerdict, judge_partition, judge_run, low_coverage

_MAX_PARTITIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Walk:
    """All that is stored of a run's walk."""

    pages: list[Document]
    seen: dict[PartitionKey, set[int]]
    verdicts: list[PartitionVerdict]
    coverage: dict[str, Any]
    low: dict[str, int]


async def work_on_finalize(
    queue: Queue, database: Database, context: RunContext, lease: Lease
) -> bool:
    """Finalize a run; False where the lease was lost meanwhile."""
    stored = await load_run(database, context.run)
    view = await queue.run_view(context.run)
    if stored is not None and stored["outcome"] is not None:
        return await queue.finish(lease, Counts(), outcome=stored["outcome"])
    now = datetime.now(UTC)
    outcome, partitions, coverage = await _conclude(database, context, lease, stored, view, now)
    await end_run(
        database,
        context.run,
        outcome=outcome,
        partitions=partitions,
        coverage=coverage,
        now=now,
    )
    await prune_history(database, str(context.key), context.spec.history_limit)
    return await queue.finish(lease, Counts(), outcome=outcome)


async def _conclude(
    database: Database,
    context: RunContext,
    lease: Lease,
    stored: Document | None,
    view: RunView | None,
    now: datetime,
) -> tuple[dict[str, Any], list[Document], dict[str, Any]]:
    snapshot, source = context.snapshot, context.snapshot.source_name
    postings = database[context.spec.destination.collection]
    remembered = await load_partitions(database, source)
    walk = await _load_walk(database, context, remembered)
    cancelled = view is not None and view.state is RunState.CANCELLED
    verdicts = walk.verdicts if not cancelled else [_cut_short(each) for each in walk.verdicts]
    plan = await _close(database, context, lease, walk, verdicts, now, cancelled=cancelled)
    totals = await totals_of(database, postings, source, context.run)
    await save_partitions(
        database, source, context.run, {each.key: _memory(each) for each in verdicts}
    )
    changed = any(totals[name] for name in ("inserted", "updated", "closed", "reopened"))
    verdict = judge_run(verdicts, changed=changed)
    if walk.low and verdict.successful:
        verdict = Verdict.HELD
    records = _distinct(walk.seen) + _nameless(walk.pages)
    known = totals["inserted"] + totals["updated"] + totals["reopened"] + totals["rejected"]
    last = LastRun(
        id=context.run,
        sequence=snapshot.sequence,
        generation=snapshot.generation,
        reason=snapshot.reason,
        started_at=stored["startedAt"] if stored else now,
        finished_at=now,
        verdict=verdict,
        pages=sum(page["state"] == "done" for page in walk.pages),
        records=records,
        unchanged=max(records - known, 0),
        failed_pages=sum(each.failed_pages for each in verdicts),
        retries=view.retries if view else 0,
        message=_message(verdicts, plan, walk.low, totals, cancelled=cancelled),
        partitions=[
            PartitionOutcome(key=each.key, verdict=each.verdict, message=each.message)
            for each in verdicts[:_MAX_PARTITIONS_SHOWN]
        ],
        inserted=totals["inserted"],
        updated=totals["updated"],
        closed=totals["closed"],
        reopened=totals["reopened"],
        rejected=totals["rejected"],
        open=totals["open"],
    )
    documents = [_partition_document(each, plan) for each in verdicts]
    return last.to_manifest(), documents, walk.coverage


async def _load_walk(
    database: Database, context: RunContext, remembered: dict[PartitionKey, Document]
) -> _Walk:
    lineage = await lineage_of(database, context.run, context.snapshot.retry_of)
    pages = await load_pages(database, lineage)
    seen = await seen_ids(database, pages)
    done = [page for page in pages if page["state"] == "done"]
    failed = {(page["partition"], page["number"]) for page in pages if page["state"] != "done"}
    missing: dict[PartitionKey, int] = {}
    for partition, page in open_pages(context, done):
        if (partition, page.number) not in failed:
            missing[partition] = missing.get(partition, 0) + 1
    verdicts: list[PartitionVerdict] = []
    for partition in context.partitions:
        memory = remembered.get(partition, {})
        again = memory.get("lastRun") == context.run
        earlier = memory.get("emptyRuns", 0) - (1 if again else 0)
        verdicts.append(
            judge_partition(
                partition,
                [page for page in pages if page["partition"] == partition],
                missing.get(partition, 0),
                len(seen.get(partition, ())),
                max(earlier, 0),
                context.spec.completeness,
            )
        )
    coverage = _coverage(done)
    low = low_coverage(coverage["mapped"], coverage["filled"], context.spec.mapping.min_coverage)
    return _Walk(pages, seen, verdicts, coverage, low)


async def _close(
    database: Database,
    context: RunContext,
    lease: Lease,
    walk: _Walk,
    verdicts: Sequence[PartitionVerdict],
    now: datetime,
    *,
    cancelled: bool,
) -> ClosingPlan:
    """Close what the verdicts allow (P6)."""
    rules = context.spec.completeness
    complete = {each.key for each in verdicts if each.may_close}
    if not rules.authoritative or cancelled or walk.low or not complete:
        return ClosingPlan()
    postings = database[context.spec.destination.collection]
    token = write_token(context.snapshot.sequence, lease.token)
    plan = plan_closing(
        await load_open(postings, context.snapshot.source_name, context.run, token),
        walk.seen,
        complete,
        {each.key for each in verdicts if each.confirmed_empty},
        rules,
        approved=context.snapshot.approve_close,
    )
    await carry_out(
        postings,
        plan,
        run=context.run,
        token=token,
        now=now,
        keep_closed=timedelta(days=context.spec.destination.retention.closed_days),
    )
    return plan


def _cut_short(verdict: PartitionVerdict) -> PartitionVerdict:
    """A partition of a run that was cancelled: whatever it looks like, it proves nothing."""
    if verdict.verdict is Verdict.FAILED:
        return replace(verdict, message="cancelled before a page was fetched; nothing closed")
    return replace(
        verdict,
        verdict=Verdict.PARTIAL,
        message="cancelled; nothing closed",
        confirmed_empty=False,
        empty_runs=0,
    )


def _memory(verdict: PartitionVerdict) -> Document:
    return {"emptyRuns": verdict.empty_runs, "lastVerdict": verdict.verdict.value}


def _coverage(done: Sequence[Document]) -> dict[str, Any]:
    mapped, filled, errors = 0, dict[str, int](), dict[str, int]()
    for page in done:
        coverage: dict[str, Any] = page.get("coverage") or {}
        mapped += coverage.get("mapped", 0)
        for name, count in coverage.get("filled", {}).items():
            filled[name] = filled.get(name, 0) + count
        for name, count in coverage.get("errors", {}).items():
            errors[name] = errors.get(name, 0) + count
    return {"mapped": mapped, "filled": filled, "errors": errors}


def _distinct(seen: dict[PartitionKey, set[int]]) -> int:
    if len(seen) == 1:
        return len(next(iter(seen.values())))
    return len(set[int]().union(*seen.values())) if seen else 0


def _nameless(pages: Sequence[Document]) -> int:
    """Records without an id, which no sighting can name."""
    return sum(page.get("nameless", 0) for page in pages if page["state"] == "done")


def _message(
    verdicts: Sequence[PartitionVerdict],
    plan: ClosingPlan,
    low: dict[str, int],
    totals: dict[str, int],
    *,
    cancelled: bool,
) -> str:
    """What happened, in a sentence or two that a person can act on."""
    if cancelled:
        return "Cancelled before its end; nothing was closed."
    parts = [_worst(verdicts)]
    if low:
        shares = ", ".join(f"{name} in {share}%" for name, share in sorted(low.items()))
        parts.append(f"held, nothing closed: {shares} of the postings, below minCoverage")
    if plan.held:
        count = sum(plan.held.values())
        parts.append(
            f"{count:,} missing postings were not closed, because the guard"
            " (completeness.closeGuard) stops that many; if they are gone, annotate the import with"
            " jobimport.dev/approve-close-requested"
        )
    if totals["closed"]:
        parts.append(f"{totals['closed']:,} closed")
    if totals["rejected"]:
        parts.append(f"{totals['rejected']:,} rejected")
    return "; ".join(parts) + "."


def _worst(verdicts: Sequence[PartitionVerdict]) -> str:
    if len(verdicts) == 1:
        return verdicts[0].message
    bad = [each for each in verdicts if each.verdict not in (Verdict.COMPLETE, Verdict.EMPTY)]
    if not bad:
        records = sum(each.records for each in verdicts)
        return f"all {len(verdicts)} partitions complete, {records:,} records seen"
    first = bad[0]
    return (
        f"{len(bad)} of {len(verdicts)} partitions are not complete; {first.key} is"
        f" {first.verdict}: {first.message}"
    )


def _partition_document(verdict: PartitionVerdict, plan: ClosingPlan) -> Document:
    key = verdict.key
    return {
        "key": key,
        "verdict": verdict.verdict.value,
        "message": verdict.message,
        "records": verdict.records,
        "advertised": verdict.advertised,
        "failedPages": verdict.failed_pages,
        "closed": sum(key in posting.partitions for posting in plan.close),
        "held": plan.held.get(key, 0),
    }
