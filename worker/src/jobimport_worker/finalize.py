"""The finalize task: verdicts, closing, totals. It reads only what is stored, and may run twice."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jobimport.ids import PartitionKey
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease, RunState, RunView
from jobimport.resource.status import PARTITIONS_SHOWN, LastRun, PartitionOutcome, Verdict
from jobimport.store.closing import Settled, WalkFacts
from jobimport.store.collections import Collection, Database, Document
from jobimport.store.postings import write_token
from jobimport.store.rejects import mark_gone
from jobimport.store.retention import apply_retention, keep_history
from jobimport.store.runs import (
    end_run,
    last_good_run,
    load_partitions,
    load_run,
    prune_history,
    save_partitions,
    totals_of,
)
from jobimport.store.settling import Writing, is_settled, release_kept, settle
from jobimport_worker.context import RunContext
from jobimport_worker.replay import replay_stale
from jobimport_worker.since import remembered_walk
from jobimport_worker.telling import message_of, partition_document
from jobimport_worker.verdict import PartitionVerdict, judge_run
from jobimport_worker.walk import Walk, load_walk

_SETTLED = frozenset({Verdict.COMPLETE, Verdict.EMPTY, Verdict.TRUNCATED})
"""Verdicts of partitions that showed all that the source gives of them."""


async def work_on_finalize(
    queue: Queue, database: Database, context: RunContext, lease: Lease
) -> bool:
    """Finalize a run; False where the lease was lost meanwhile."""
    stored = await load_run(database, context.run)
    view = await queue.run_view(context.run)
    if stored is not None and stored["outcome"] is not None:
        return await queue.finish(lease, Counts(), outcome=stored["outcome"])
    now = datetime.now(UTC)
    before = await last_good_run(database, str(context.key), context.snapshot.sequence)
    await _keep_to_retention(database, context, before, now)
    walk, last, partitions = await _conclude(database, context, lease, stored, view, before, now)
    outcome = last.to_manifest()
    await end_run(
        database,
        context.run,
        outcome=outcome,
        partitions=partitions,
        coverage=walk.coverage_document(),
        retention=context.spec.destination.retention.model_dump(by_alias=True),
        now=now,
    )
    await prune_history(database, str(context.key), context.spec.history_limit, walk.lineage)
    return await queue.finish(lease, Counts(), outcome=outcome)


async def _conclude(
    database: Database,
    context: RunContext,
    lease: Lease,
    stored: Document | None,
    view: RunView | None,
    before: Document | None,
    now: datetime,
) -> tuple[Walk, LastRun, list[Document]]:
    """Judge, close, replay and count; the walk, the outcome, and the partitions' documents."""
    source = context.snapshot.source_name
    postings = database[context.spec.destination.collection]
    remembered = await load_partitions(database, source)
    walk = await load_walk(database, context, remembered, before)
    cancelled = view is not None and view.state is RunState.CANCELLED
    verdicts = walk.verdicts if not cancelled else [_cut_short(each) for each in walk.verdicts]
    settled, replayed = Settled(), 0
    if not cancelled:
        settled = await _close(database, context, lease, walk, remembered, now)
        await _let_go(database, context, lease, walk, now)
        complete = {each.key for each in verdicts if each.may_close}
        await mark_gone(database, source, walk.lineage, complete)
        replayed = await replay_stale(database, context, lease.token, walk.lineage, now)
    totals = await totals_of(database, postings, source, context.run)
    started_at = stored["startedAt"] if stored else now
    # A retry's walk began with the run that it continues: what has changed since was not asked for
    first = await load_run(database, walk.lineage[0])
    began_at = first["startedAt"] if first else started_at
    await save_partitions(
        database, source, context.run, _memories(context, walk, verdicts, remembered, began_at)
    )
    changed = any(totals[name] for name in ("inserted", "updated", "closed", "reopened"))
    verdict = judge_run(verdicts, changed=changed)
    if walk.low and verdict.successful:
        verdict = Verdict.HELD
    records = walk.records()
    known = totals["inserted"] + totals["updated"] + totals["reopened"] + totals["rejected"]
    last = LastRun(
        id=context.run,
        sequence=context.snapshot.sequence,
        generation=context.snapshot.generation,
        reason=context.snapshot.reason,
        started_at=started_at,
        finished_at=now,
        verdict=verdict,
        pages=len(walk.done),
        records=records,
        unchanged=max(records - max(known - replayed, 0), 0),
        failed_pages=sum(each.failed_pages for each in verdicts),
        retries=view.retries if view else 0,
        message=message_of(
            walk,
            verdicts,
            settled,
            totals,
            replayed=replayed,
            cancelled=cancelled,
            again=context.snapshot.retry_partition,
            problem=stored.get("problem") if stored else None,
        ),
        partitions=[
            PartitionOutcome(key=each.key, verdict=each.verdict, message=each.message)
            for each in sorted(verdicts, key=_succeeded)[:PARTITIONS_SHOWN]
        ],
        inserted=totals["inserted"],
        updated=totals["updated"],
        closed=totals["closed"],
        reopened=totals["reopened"],
        rejected=totals["rejected"],
        open=totals["open"],
    )
    return walk, last, [partition_document(each, settled) for each in verdicts]


async def _close(
    database: Database,
    context: RunContext,
    lease: Lease,
    walk: Walk,
    remembered: Mapping[PartitionKey, Document],
    now: datetime,
) -> Settled:
    """Close what the verdicts allow (P6)."""
    verdicts = walk.verdicts
    if walk.low or judge_run(verdicts, changed=False) is Verdict.FAILED:
        return Settled()
    postings = database[context.spec.destination.collection]
    token = write_token(context.snapshot.sequence, lease.token)
    held = _held(verdicts)
    facts = WalkFacts(
        now,
        {key: ids for key, ids in walk.seen.items() if key not in held},
        frozenset(context.partitions),
        frozenset(each.key for each in verdicts if each.may_close),
        frozenset(
            each.key
            for each in verdicts
            if each.confirmed_empty and _has_shown(context, remembered.get(each.key, {}))
        ),
        removal_is_certain=all(each.verdict in _SETTLED for each in verdicts),
    )
    spec = context.spec
    keep_closed = timedelta(days=spec.destination.retention.closed_days)
    writing = Writing(
        context.snapshot.source_name,
        context.run,
        frozenset(walk.lineage),
        token,
        now,
        keep_closed,
    )
    if await _shows_all_that_is_open(postings, context, walk, writing):
        return Settled()
    return await settle(
        postings, facts, spec.completeness, writing, approved=context.snapshot.approve_close
    )


def _has_shown(context: RunContext, memory: Mapping[str, Any]) -> bool:
    """Whether a partition has shown records as it is asked for and read now.

    Else it may be empty because the spec is wrong, however often that is confirmed: then the guard
    holds what it would close.
    """
    return memory.get("shownBy", context.reading_hash) == context.reading_hash


async def _shows_all_that_is_open(
    postings: Collection, context: RunContext, walk: Walk, writing: Writing
) -> bool:
    """Whether that can be told without a look at each posting. Most runs close nothing."""
    if len(context.partitions) > 1 or len(walk.lineage) > 1 or not walk.all_stored:
        return False
    partition = next(iter(context.partitions))
    return await is_settled(postings, writing, partition, len(walk.seen.get(partition, ())))


async def _let_go(
    database: Database, context: RunContext, lease: Lease, walk: Walk, now: datetime
) -> None:
    """Let go of values that were kept against null, where the coverage is good."""
    if walk.low:
        return
    await release_kept(
        database[context.spec.destination.collection],
        context.snapshot.source_name,
        seen=walk.seen,
        held=_held(walk.verdicts),
        run=context.run,
        token=write_token(context.snapshot.sequence, lease.token),
        now=now,
    )


def _succeeded(verdict: PartitionVerdict) -> bool:
    return verdict.verdict.successful


def _held(verdicts: Sequence[PartitionVerdict]) -> Set[PartitionKey]:
    return {each.key for each in verdicts if each.verdict is Verdict.HELD}


async def _keep_to_retention(
    database: Database, context: RunContext, before: Document | None, now: datetime
) -> None:
    """Keep the history, and what is over for as long as the spec says now."""
    await keep_history(database, str(context.key), now)
    retention = context.spec.destination.retention
    if before is not None and before.get("retention") != retention.model_dump(by_alias=True):
        await apply_retention(
            database,
            database[context.spec.destination.collection],
            context.snapshot.source_name,
            closed_days=retention.closed_days,
            reject_days=retention.reject_days,
        )


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


def _memories(
    context: RunContext,
    walk: Walk,
    verdicts: Sequence[PartitionVerdict],
    remembered: Mapping[PartitionKey, Document],
    started_at: datetime,
) -> dict[PartitionKey, Document]:
    """What the next run is to know of each partition."""
    pages: dict[str, list[Document]] = {}
    for page in walk.done:
        pages.setdefault(page["partition"], []).append(page)
    return {
        each.key: {
            "emptyRuns": each.empty_runs,
            "lastVerdict": each.verdict.value,
            "readBy": context.reading_hash,
            **({"shownBy": context.reading_hash} if each.records else {}),
            **remembered_walk(
                context.spec.source.incremental,
                each.verdict,
                pages.get(each.key, []),
                remembered.get(each.key, {}),
                context.walk_hash,
                started_at,
            ),
        }
        for each in verdicts
    }
