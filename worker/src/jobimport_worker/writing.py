"""Bringing stored postings up to date with records: look, decide, write; on conflict once more."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from jobimport.ids import PartitionKey
from jobimport.mapping import RecordError
from jobimport.store.collections import Collection
from jobimport.store.patience import outlasting
from jobimport.store.postings import (
    contents,
    fetch_known,
    fetch_settled,
    write_changes,
    write_token,
)
from jobimport.store.rejects import Reject, raw_text
from jobimport_worker.comparing import (
    Candidate,
    Comparer,
    Decision,
    account,
    leaves_open,
    with_differences,
)
from jobimport_worker.context import RunContext
from jobimport_worker.errors import Transient
from jobimport_worker.tally import Tally

_MOST_ROUNDS = 8
_NOT_TAKEN = "MongoDB does not take the posting"


class PostingWriter:
    """Brings the stored postings of a partition up to date with records."""

    def __init__(
        self,
        context: RunContext,
        postings: Collection,
        partition: PartitionKey,
        token: str,
        tally: Tally,
    ) -> None:
        self._context = context
        self._postings = postings
        self._partition = partition
        self._token = token
        self._tally = tally
        guarded = tuple(context.spec.mapping.min_coverage)
        self._comparer = Comparer(context.mapping, guarded, partition, token)

    async def write(
        self, candidates: dict[str, Candidate], now: datetime
    ) -> tuple[list[str], list[Reject]]:
        """Write what is new or changed; the ids with new content, and records refused.

        What something else wrote between the look and the write is decided on anew.
        """
        context, rejects, written = self._context, list[Reject](), list[str]()
        pending = candidates
        for _ in range(_MOST_ROUNDS):
            decisions, refused = await self._compare(pending, now)
            rejects += refused
            changes = [each.change for each in decisions if each.change is not None]
            unwritten = await write_changes(
                self._postings,
                changes,
                source=context.snapshot.source_name,
                partition=self._partition,
                run=context.run,
                token=self._token,
                now=now,
            )
            conflicts, unusable = unwritten.conflicts, unwritten.refused
            left = conflicts | unusable.keys()
            for decision in decisions:
                if decision.external_id not in left:
                    account(self._tally, context.run, decision)
                    self._tally.closed += not leaves_open(decision, self._token)
            written += [
                each.external_id
                for each in changes
                if each.fields is not None and each.external_id not in left
            ]
            rejects += [
                self._rejected(candidates[each], RecordError(_NOT_TAKEN, f"{_NOT_TAKEN}: {why}"))
                for each, why in unusable.items()
            ]
            pending = {each: candidates[each] for each in candidates if each in conflicts}
            if not pending:
                return written, rejects
        raise Transient(
            f"{len(pending)} postings were written by something else again and again; is another"
            " import or program writing to the same collection?"
        )

    async def confirm(self, hashes: Mapping[str, str]) -> Counter[int | None] | None:
        """How many of the records, of which only ids and raw hashes are known, fill which fields
        (`filledBits`); None where one of them needs the record itself, something is to be written,
        or this run has written one: that is counted by what the run did.
        """
        context = self._context
        settled = await fetch_settled(
            self._postings,
            context.snapshot.source_name,
            list(hashes),
            partition=self._partition,
            mapping_hash=context.mapping.hash,
            before=write_token(context.snapshot.sequence, 0),
        )
        filled = Counter[int | None]()
        for external_id, raw_hash in hashes.items():
            found = settled.get(external_id)
            if found is None or found[0] != raw_hash:
                return None
            filled[found[1]] += 1
        return filled

    async def _compare(
        self, pending: dict[str, Candidate], now: datetime
    ) -> tuple[list[Decision], list[Reject]]:
        """What has to be written of the candidates, and those that cannot become postings."""
        source = self._context.snapshot.source_name
        known = await fetch_known(self._postings, source, list(pending))
        decide = self._comparer.decide
        decisions: list[Decision] = []
        rejects: list[Reject] = []
        for external_id, candidate in pending.items():
            try:
                decisions.append(decide(candidate, known.get(external_id), now))
            except RecordError as error:
                rejects.append(self._rejected(candidate, error))
        decisions, grown = await self._with_differences(decisions)
        rejects += [self._rejected(pending[each], error) for each, error in grown.items()]
        return decisions, rejects

    def _rejected(self, candidate: Candidate, error: RecordError) -> Reject:
        self._tally.counts.rejected += 1
        raw = raw_text(candidate.record)
        return Reject(candidate.external_id, error.reason, str(error), raw)

    async def _with_differences(
        self, decisions: list[Decision]
    ) -> tuple[list[Decision], dict[str, RecordError]]:
        """The decisions with what differs from the content that is stored now; and those that
        would grow too large by the values that they keep, by external id.
        """
        updated = {
            each.external_id: each
            for each in decisions
            if each.change is not None and each.change.fields is not None and each.stored
        }
        if not updated:
            return decisions, {}
        found, too_large = await self._looked_into(updated)
        kept = [each for each in decisions if each.external_id not in too_large]
        return [found.get(each.external_id, each) for each in kept], too_large

    @outlasting
    async def _looked_into(
        self, updated: Mapping[str, Decision]
    ) -> tuple[dict[str, Decision], dict[str, RecordError]]:
        found: dict[str, Decision] = {}
        too_large: dict[str, RecordError] = {}
        source = self._context.snapshot.source_name
        async for external_id, before in contents(self._postings, source, list(updated)):
            try:
                found[external_id] = with_differences(updated[external_id], before)
            except RecordError as error:
                too_large[external_id] = error
        return found, too_large
