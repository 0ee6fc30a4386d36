"""Replay: records in quarantine are mapped again, from their raw content, without fetching (P7)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jobimport.ids import PartitionKey, RunId, TaskId
from jobimport.replay import ReplayRequest, ReplayResult
from jobimport.store.collections import Database, Document
from jobimport.store.postings import write_token
from jobimport.store.rejects import (
    Reject,
    load_rejects,
    raw_record,
    reject_id,
    remove_rejects,
    save_rejects,
)
from jobimport.store.runs import unfinished_runs
from jobimport_worker.batches import identify, matches, origin_of
from jobimport_worker.comparing import Candidate
from jobimport_worker.context import RunContext
from jobimport_worker.tally import Tally
from jobimport_worker.writing import PostingWriter

_BATCH = 200


@dataclass(slots=True)
class Replayed:
    """What a replay came to. `reasons` counts what was rejected again, by reason."""

    replayed: int = 0
    filtered: int = 0
    unusable: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def rejected_again(self) -> int:
        """Records that the present mapping refuses too."""
        return sum(self.reasons.values())

    def to_answer(self) -> ReplayResult:
        """As the one-off task answers."""
        return ReplayResult(
            replayed=self.replayed, rejected_again=self.rejected_again, message=self.message()
        )

    def message(self) -> str:
        """What happened, in a sentence."""
        if not (self.replayed or self.filtered or self.unusable or self.reasons):
            return "No reject to replay: none fits, or the source shows them no more."
        parts = [f"{self.replayed:,} rejects became postings"]
        if self.reasons:
            why = ", ".join(
                f"{reason}: {count:,}" for reason, count in sorted(self.reasons.items())
            )
            parts.append(f"{self.rejected_again:,} were rejected again ({why})")
        if self.filtered:
            parts.append(f"{self.filtered:,} are left out by format.where")
        if self.unusable:
            parts.append(
                f"{self.unusable:,} are too large to be kept whole and need a run that fetches them"
            )
        return "; ".join(parts) + "."


async def replay_stale(
    database: Database,
    context: RunContext,
    token: int,
    lineage: Sequence[RunId],
    now: datetime,
) -> int:
    """Replay what another mapping refused in earlier runs and this run did not see again.

    So a mapping that is mended in Git mends its rejects too, also where the source gives only what
    changed. They become postings of this run; how many.
    """
    query: Document = {
        "source": context.snapshot.source_name,
        "run": {"$nin": list(lineage)},
        "mappingHash": {"$ne": context.mapping.hash},
    }
    return (await _replay(database, context, token, query, now, own_run=False)).replayed


async def replay_rejects(
    database: Database, context: RunContext, token: int, asked: ReplayRequest, now: datetime
) -> Replayed:
    """Replay the rejects that are asked for with the mapping of `context`.

    Each is written as a page of the run that refused it would have written it, so that what a newer
    run wrote meanwhile stays. Records without an id wait for the end of their run, which has not
    seen them under the id that they get.
    """
    unfinished = await unfinished_runs(database, str(context.key))
    query: Document = {
        "import": str(context.key),
        "source": asked.source_name,
        "$or": [{"externalId": {"$ne": None}}, {"run": {"$nin": unfinished}}],
    }
    chosen = {"reason": asked.reason, "run": asked.run, "partition": asked.partition}
    query |= {name: value for name, value in chosen.items() if value is not None}
    snapshot = context.snapshot.model_copy(update={"source_name": asked.source_name})
    context = replace(context, snapshot=snapshot)
    return await _replay(database, context, token, query, now, own_run=True)


async def _replay(
    database: Database,
    context: RunContext,
    token: int,
    query: Document,
    now: datetime,
    *,
    own_run: bool,
) -> Replayed:
    result = Replayed()
    usable = {"goneRun": {"$exists": False}, "needsFetch": {"$ne": True}}
    async for batch in _batches(database, {**query, **usable}):
        groups: dict[tuple[str, int, str], list[Document]] = {}
        for found in batch:
            key = (found["run"], found.get("sequence", 0), found["partition"])
            groups.setdefault(key, []).append(found)
        for (run, sequence, partition), rejects in groups.items():
            of_run = _as_of(context, run, sequence) if own_run else context
            await _replay_group(
                database, of_run, token, PartitionKey(partition), rejects, result, now
            )
    return result


async def _batches(database: Database, query: Mapping[str, Any]) -> AsyncIterator[list[Document]]:
    """Rejects in the order of their ids, so that what is rejected again does not come again."""
    last = ""
    while True:
        batch = await load_rejects(database, query, after=last, most=_BATCH)
        if not batch:
            return
        last = batch[-1]["_id"]
        yield batch


def _as_of(context: RunContext, run: str, sequence: int) -> RunContext:
    update = {"run": run, "sequence": sequence}
    return replace(context, snapshot=context.snapshot.model_copy(update=update))


async def _replay_group(
    database: Database,
    context: RunContext,
    token: int,
    partition: PartitionKey,
    rejects: Sequence[Document],
    result: Replayed,
    now: datetime,
) -> None:
    """Replay the rejects of one partition of one run."""
    candidates: dict[str, Candidate] = {}
    refused: list[Reject] = []
    replayed: list[str] = []
    for found in rejects:
        try:
            record = raw_record(found["raw"])
        except ValueError:
            result.unusable += 1
            continue
        replayed.append(found["_id"])
        if context.where is not None and not matches(context.where, record):
            result.filtered += 1
            continue
        candidate = identify(context, record)
        if isinstance(candidate, Reject):
            refused.append(candidate)
        else:
            candidates[candidate.external_id] = candidate
    writer = PostingWriter(
        context,
        database[context.spec.destination.collection],
        partition,
        write_token(context.snapshot.sequence, token),
        Tally(),
    )
    _, again = await writer.write(candidates, now)
    refused += again
    source = context.snapshot.source_name
    task = TaskId(f"{context.run}/replay/{partition}")
    await save_rejects(database, refused, origin_of(context, partition, task), now)
    kept = {reject_id(source, each.external_id or each.raw) for each in refused}
    await remove_rejects(database, [each for each in replayed if each not in kept])
    result.replayed += len(candidates) - len(again)
    for each in refused:
        result.reasons[each.reason] = result.reasons.get(each.reason, 0) + 1
