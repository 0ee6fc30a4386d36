"""Writing a page's records in batches: hash, compare, map what is new, write, note what was seen.

While one batch is being written, the next is read and decoded.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from jobimport.ids import PartitionKey, TaskId
from jobimport.mapping import CompiledExpression, RecordError
from jobimport.mapping.hashes import hash_of, json_bytes, without
from jobimport.store.bodies import BodyMemory
from jobimport.store.collections import Database
from jobimport.store.postings import write_token
from jobimport.store.rejects import Origin, Reject, raw_text, release_rejects, save_rejects
from jobimport.store.walks import save_sighting
from jobimport_worker.comparing import (
    MOST_RECORD_BYTES,
    Candidate,
    oversize,
)
from jobimport_worker.context import RunContext
from jobimport_worker.details import Batch, Details
from jobimport_worker.memory import Share
from jobimport_worker.tally import Tally
from jobimport_worker.writing import PostingWriter

_MOST_WEIGHT = 8 * 1024 * 1024
"""Of a batch: large records are written in smaller batches."""
_ID_IS_MISSING = "externalId is missing"
_UNREADABLE = "the record cannot be read"


class BatchWriter:
    """Takes the records of one attempt at one page. `add` them, then `close`."""

    def __init__(
        self,
        context: RunContext,
        database: Database,
        *,
        partition: PartitionKey,
        task: TaskId,
        token: int,
        batch_size: int,
        share: Share,
        details: Details | None = None,
    ) -> None:
        self.tally = Tally()
        self.gone = 0
        """Records that the list shows and whose details are gone."""
        self._details = details
        self._context = context
        self._database = database
        self._partition = partition
        self._task = task
        self._token = token
        self._origin = origin_of(context, partition, task)
        self._write_token = write_token(context.snapshot.sequence, token)
        self._writer = PostingWriter(
            context,
            database[context.spec.destination.collection],
            partition,
            self._write_token,
            self.tally,
        )
        self._size = batch_size
        self._share = share
        self._waiting: list[Any] = []
        self._weight = 0
        self._writing: asyncio.Task[None] | None = None
        self._batches = 0
        self._fingerprint = hashlib.blake2b(digest_size=12)
        self._ids = 0
        self._hashes: dict[str, str] | None = None

    @property
    def fingerprint(self) -> str | None:
        """A hash of the ids of the page in their order; None where it had none."""
        return self._fingerprint.hexdigest() if self._ids else None

    @property
    def batches(self) -> int:
        """How many batches there were; each has left one sighting."""
        return self._batches

    def collect(self) -> None:
        """Keep the ids and hashes of the records to come; they are the whole page, and few."""
        self._hashes = {}

    def memory(
        self, digest: bytes, raw_records: int, values: Mapping[str, Any]
    ) -> BodyMemory | None:
        """What the page came to, to recognise it by; None where more than that is to be done each
        time that it is read: rejects are told again, ids that come twice are looked into.
        """
        counts, hashes = self.tally.counts, self._hashes
        if hashes is None or counts.rejected or len(hashes) != counts.records:
            return None
        return BodyMemory(digest, hashes, raw_records, counts.filtered, values)

    async def recall(self, memory: BodyMemory) -> bool:
        """Note the records of a page whose body is as it was, if that is all there is to be done.

        Each posting is looked at as if its record had been read (P1). Where one is not stored as
        the body has it, or is closed, or was missed, nothing is noted: the body has to be read.
        """
        ids = list(memory.hashes)
        filled = Counter[int | None]()
        batches = [ids[start : start + self._size] for start in range(0, len(ids), self._size)]
        for batch in batches:
            found = await self._writer.confirm({each: memory.hashes[each] for each in batch})
            if found is None:
                return False
            filled += found
        counts, now = self.tally.counts, datetime.now(UTC)
        counts.records += len(ids)
        counts.unchanged += len(ids)
        counts.filtered += memory.filtered
        for bits, count in filled.items():
            if bits is not None:
                self.tally.coverage.add(bits, count)
        self._ids += len(ids)
        self._fingerprint.update("".join(ids).encode())
        for batch in batches:
            self._batches += 1
            await self._see(batch, self._batches, now)
        return True

    async def add(self, records: Sequence[Any]) -> None:
        """Take records; returns when at most one batch is still being written."""
        self._waiting += records
        self._weight += self._share.decoded()
        while len(self._waiting) >= self._size or self._weight > _MOST_WEIGHT:
            if not self._waiting:
                return
            fit = len(self._waiting) * _MOST_WEIGHT // max(self._weight, 1)
            await self._start(max(min(self._size, fit), 1))

    async def close(self) -> None:
        """Write what is left, and wait for it."""
        if self._waiting:
            await self._start(len(self._waiting))
        await self._settle()

    async def abandon(self) -> None:
        """Stop writing; what was written stays."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _start(self, count: int) -> None:
        await self._settle()
        weight = self._weight * count // len(self._waiting)
        self._weight -= weight
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        self._batches += 1
        self._writing = asyncio.create_task(self._write(batch, self._batches))
        self._writing.add_done_callback(lambda _: self._share.give(weight))

    async def _settle(self) -> None:
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def _write(self, records: list[Any], number: int) -> None:
        """Write one batch: postings first, then rejects, then what was seen (P1)."""
        candidates, rejects = self._identify(records)
        batch = await self._completed(candidates)
        now = datetime.now(UTC)
        written, refused = await self._writer.write(batch.candidates, now)
        context = self._context
        source = context.snapshot.source_name
        await save_rejects(self._database, rejects + batch.rejects + refused, self._origin, now)
        await release_rejects(self._database, source, written)
        if self._details is not None:
            await self._details.remember(batch, refused, self._write_token, now)
        if batch.problem is not None:
            raise batch.problem
        await self._see([each for each in candidates if each not in batch.gone], number, now)

    async def _see(self, ids: Sequence[str], number: int, now: datetime) -> None:
        await save_sighting(
            self._database,
            run=self._context.run,
            source=self._context.snapshot.source_name,
            partition=self._partition,
            task=self._task,
            token=self._token,
            batch=number,
            ids=ids,
            at=now,
        )

    async def _completed(self, candidates: dict[str, Candidate]) -> Batch:
        """The candidates with their details; what is gone counts as not listed."""
        if self._details is None:
            return Batch(candidates)
        batch = await self._details.complete(candidates)
        counts = self.tally.counts
        counts.rejected += len(batch.rejects)
        self.gone += len(batch.gone)
        counts.records -= len(batch.gone)
        counts.filtered += len(batch.gone)
        return batch

    def _identify(self, records: list[Any]) -> tuple[dict[str, Candidate], list[Reject]]:
        """Records by id. A record counts as seen from here on, whatever mapping makes of it."""
        context, tally = self._context, self.tally
        counts = tally.counts
        found: dict[str, Candidate] = {}
        rejects: list[Reject] = []
        for record in records:
            if context.where is not None and not matches(context.where, record):
                counts.filtered += 1
                continue
            counts.records += 1
            candidate = identify(context, record)
            if isinstance(candidate, Reject):
                counts.rejected += 1
                tally.nameless += 1
                rejects.append(candidate)
                continue
            self._fingerprint.update(candidate.external_id.encode())
            self._ids += 1
            known = found.get(candidate.external_id)
            if known is not None:
                counts.unchanged += 1
                if known.raw_hash != candidate.raw_hash:
                    tally.collisions.add(candidate.external_id)
            found[candidate.external_id] = candidate
            if self._hashes is not None and candidate.problem is None:
                self._hashes[candidate.external_id] = candidate.raw_hash
        return found, rejects


def origin_of(context: RunContext, partition: PartitionKey, task: TaskId) -> Origin:
    """Where the rejects of a page come from."""
    return Origin(
        context.run,
        context.snapshot.sequence,
        str(context.key),
        context.snapshot.source_name,
        partition,
        task,
        context.mapping.hash,
        context.spec.destination.retention.reject_days,
    )


def identify(context: RunContext, record: Any) -> Candidate | Reject:
    """A record with its id and hash; a reject where it has no id or cannot be read."""
    external_id = context.mapping.external_id(record)
    if external_id is None:
        message = "externalId is required: the record has none"
        return Reject(None, _ID_IS_MISSING, message, raw_text(record))
    try:
        encoded = json_bytes(without(record, context.spec.source.format.volatile))
    except ValueError as error:
        problem = RecordError(_UNREADABLE, f"{external_id[:80]}: {error}")
        return Candidate(external_id, record, "", problem=problem)
    problem = None
    if len(encoded) > MOST_RECORD_BYTES:
        problem = oversize("record", len(encoded), MOST_RECORD_BYTES)
    return Candidate(external_id, record, hash_of(encoded), problem=problem)


def matches(where: CompiledExpression, record: Any) -> bool:
    """Whether a record is wanted; one that the filter cannot be applied to is, to be seen."""
    try:
        return _truthy(where.search(record))
    except ValueError:
        return True


def _truthy(value: Any) -> bool:
    return not (value is None or value is False or value in ("", [], {}))
