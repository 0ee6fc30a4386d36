"""Writing a page's records in batches: hash, compare, map what is new, write, note what was seen.

While one batch is being written, the next is read and decoded.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from jobimport.ids import PartitionKey, TaskId
from jobimport.mapping import CompiledExpression, RecordError
from jobimport.queue.tasks import Counts
from jobimport.shapes import is_object
from jobimport.store.collections import Collection, Database, Document
from jobimport.store.postings import (
    CONTENT_FIELDS,
    Change,
    fetch_contents,
    fetch_known,
    write_changes,
    write_token,
)
from jobimport.store.rejects import Reject, raw_text, release_rejects, save_rejects
from jobimport.store.walks import save_sighting
from jobimport_worker.context import RunContext
from jobimport_worker.errors import Transient

_HASH_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_MOST_ROUNDS = 8
_ID_IS_MISSING = "externalId is missing"


def content_hash(value: Any) -> str:
    """A hash of a JSON-like value, whatever the order of its keys."""
    text = orjson.dumps(value, default=str, option=_HASH_OPTIONS)
    return hashlib.blake2b(text, digest_size=12).hexdigest()


@dataclass(slots=True)
class Tally:
    """What a page has come to so far."""

    records: int = 0
    filtered: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    reopened: int = 0
    rejected: int = 0
    nameless: int = 0
    collisions: int = 0
    mapped: int = 0
    filled: dict[str, int] = field(default_factory=dict[str, int])
    errors: dict[str, int] = field(default_factory=dict[str, int])

    def counts(self) -> Counts:
        """As the queue keeps it."""
        return Counts(
            self.records,
            self.filtered,
            self.inserted,
            self.updated,
            self.unchanged,
            self.reopened,
            self.rejected,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record with an id, and the hash of all in it that has a meaning."""

    external_id: str
    record: Any
    raw_hash: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found of a posting, and what is to be done; `change` None: nothing."""

    external_id: str
    stored: Document | None
    change: Change | None


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
    ) -> None:
        self.tally = Tally()
        self._context = context
        self._database = database
        self._postings: Collection = database[context.spec.destination.collection]
        self._partition = partition
        self._task = task
        self._token = token
        self._write_token = write_token(context.snapshot.sequence, token)
        self._size = batch_size
        self._waiting: list[Any] = []
        self._writing: asyncio.Task[None] | None = None
        self._batches = 0
        self._fingerprint = hashlib.blake2b(digest_size=12)
        self._ids = 0

    @property
    def fingerprint(self) -> str | None:
        """A hash of the ids of the page in their order; None where it had none."""
        return self._fingerprint.hexdigest() if self._ids else None

    async def add(self, records: Sequence[Any]) -> None:
        """Take records; returns when at most one batch is still being written."""
        self._waiting += records
        while len(self._waiting) >= self._size:
            batch, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            await self._start(batch)

    async def close(self) -> None:
        """Write what is left, and wait for it."""
        if self._waiting:
            batch, self._waiting = self._waiting, []
            await self._start(batch)
        await self._settle()

    async def abandon(self) -> None:
        """Stop writing; what was written stays."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _start(self, batch: list[Any]) -> None:
        await self._settle()
        self._batches += 1
        self._writing = asyncio.create_task(self._write(batch, self._batches))

    async def _settle(self) -> None:
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def _write(self, records: list[Any], number: int) -> None:
        """Write one batch: postings first, then rejects, then what was seen (P1)."""
        now = datetime.now(UTC)
        candidates, rejects = self._identify(records)
        written, refused = await self._write_postings(candidates, now)
        context = self._context
        source = context.snapshot.source_name
        await save_rejects(
            self._database,
            rejects + refused,
            run=context.run,
            import_key=str(context.key),
            source=source,
            partition=self._partition,
            task=self._task,
            at=now,
            keep_days=context.spec.destination.retention.reject_days,
        )
        await release_rejects(self._database, source, written)
        await save_sighting(
            self._database,
            run=context.run,
            source=source,
            partition=self._partition,
            task=self._task,
            token=self._token,
            batch=number,
            ids=list(candidates),
            at=now,
        )

    async def _write_postings(
        self, candidates: dict[str, Candidate], now: datetime
    ) -> tuple[list[str], list[Reject]]:
        """Bring the stored postings up to date; ids with new content, and records refused.

        What something else wrote between the look and the write is decided on anew.
        """
        context, rejects, written = self._context, list[Reject](), list[str]()
        pending = candidates
        for _ in range(_MOST_ROUNDS):
            decisions, refused = await self._compare(pending)
            rejects += refused
            changes = [each.change for each in decisions if each.change is not None]
            conflicts = await write_changes(
                self._postings,
                changes,
                source=context.snapshot.source_name,
                partition=self._partition,
                run=context.run,
                token=self._write_token,
                now=now,
            )
            for decision in decisions:
                if decision.external_id not in conflicts:
                    self._account(decision)
            written += [
                each.external_id
                for each in changes
                if each.fields is not None and each.external_id not in conflicts
            ]
            pending = {each: candidates[each] for each in candidates if each in conflicts}
            if not pending:
                return written, rejects
        raise Transient(
            f"{len(pending)} postings were written by something else again and again; is another"
            " import or program writing to the same collection?"
        )

    def _identify(self, records: list[Any]) -> tuple[dict[str, Candidate], list[Reject]]:
        """Records by id. A record counts as seen from here on, whatever mapping makes of it."""
        where, mapping, tally = self._context.where, self._context.mapping, self.tally
        volatile = self._context.spec.source.format.volatile
        found: dict[str, Candidate] = {}
        rejects: list[Reject] = []
        for record in records:
            if where is not None and not matches(where, record):
                tally.filtered += 1
                continue
            tally.records += 1
            external_id = mapping.external_id(record)
            if external_id is None:
                tally.rejected += 1
                tally.nameless += 1
                message = "externalId is required: the record has none"
                rejects.append(Reject(None, _ID_IS_MISSING, message, raw_text(record)))
                continue
            self._fingerprint.update(external_id.encode())
            self._ids += 1
            candidate = Candidate(external_id, record, content_hash(without(record, volatile)))
            known = found.get(external_id)
            if known is not None and known.raw_hash != candidate.raw_hash:
                tally.collisions += 1
            if known is not None:
                tally.unchanged += 1
            found[external_id] = candidate
        return found, rejects

    async def _compare(self, pending: dict[str, Candidate]) -> tuple[list[Decision], list[Reject]]:
        """What has to be written of the candidates, and those that cannot become postings."""
        source = self._context.snapshot.source_name
        guarded = tuple(self._context.spec.mapping.min_coverage)
        known = await fetch_known(self._postings, source, list(pending), guarded)
        decisions: list[Decision] = []
        rejects: list[Reject] = []
        for external_id, candidate in pending.items():
            stored = known.get(external_id)
            try:
                change = self._decide(candidate, stored, guarded)
            except RecordError as error:
                self.tally.rejected += 1
                raw = raw_text(candidate.record)
                rejects.append(Reject(external_id, error.reason, str(error), raw))
                continue
            decisions.append(Decision(external_id, stored, change))
        return await self._with_changed_fields(decisions), rejects

    def _decide(
        self, candidate: Candidate, stored: Document | None, guarded: tuple[str, ...]
    ) -> Change | None:
        """The change that a record asks for; None where the stored posting is as it should be."""
        mapping = self._context.mapping
        if stored is not None:
            if stored["writeToken"] > self._write_token:
                return None  # P1: a newer run, or a later attempt, has written it
            if is_unchanged(stored, candidate.raw_hash, mapping.hash):
                self._cover(stored, guarded)
                return self._touch(candidate, stored)
        posting = mapping.map(candidate.record)
        self.tally.mapped += 1
        for name in posting.fields:
            self.tally.filled[name] = self.tally.filled.get(name, 0) + 1
        for name in posting.errors:
            self.tally.errors[name] = self.tally.errors.get(name, 0) + 1
        hashed = content_hash(posting.fields)
        if stored is not None and stored.get("contentHash") == hashed:
            return self._touch(candidate, stored)
        return Change(
            candidate.external_id,
            stored["writeToken"] if stored is not None else None,
            candidate.raw_hash,
            mapping.hash,
            hashed,
            posting.fields,
            reopen=stored is not None and stored.get("closedAt") is not None,
            keep_when_null=tuple(name for name in guarded if name not in posting.fields),
        )

    def _touch(self, candidate: Candidate, stored: Document) -> Change | None:
        """A change of a posting whose content is as it was: reopened, or seen elsewhere."""
        is_closed = stored.get("closedAt") is not None
        is_here = self._partition in stored.get("partitions", [])
        if not is_closed and is_here and not stored.get("misses"):
            return None
        return Change(
            candidate.external_id,
            stored["writeToken"],
            candidate.raw_hash,
            self._context.mapping.hash,
            reopen=is_closed,
        )

    def _cover(self, stored: Document, guarded: tuple[str, ...]) -> None:
        if guarded:
            self.tally.mapped += 1
            for name in guarded:
                if stored.get(name) is not None:
                    self.tally.filled[name] = self.tally.filled.get(name, 0) + 1

    def _account(self, decision: Decision) -> None:
        """Count by what this run did to the posting, whichever attempt did it."""
        run, tally = self._context.run, self.tally
        stored, change = decision.stored, decision.change
        if stored is None or stored.get("firstSeenRun") == run:
            tally.inserted += 1
        elif (change is not None and change.reopen) or stored.get("reopenedRun") == run:
            tally.reopened += 1
        elif (change is not None and change.fields is not None) or (
            stored.get("lastChangedRun") == run
        ):
            tally.updated += 1
        else:
            tally.unchanged += 1

    async def _with_changed_fields(self, decisions: list[Decision]) -> list[Decision]:
        """The decisions with the names of the fields that differ from what is stored."""
        source = self._context.snapshot.source_name
        updated = [
            each.external_id
            for each in decisions
            if each.change is not None and each.change.fields is not None and each.stored
        ]
        before = await fetch_contents(self._postings, source, updated)
        return [
            replace(each, change=_compared(each.change, before[each.external_id]))
            if each.change is not None and each.external_id in before
            else each
            for each in decisions
        ]


def _compared(change: Change, before: Document) -> Change:
    fields = change.fields or {}
    names = [
        name
        for name in CONTENT_FIELDS
        if before.get(name) != fields.get(name)
        and not (name in change.keep_when_null and name not in fields)
    ]
    return replace(change, changed_fields=tuple(names))


def is_unchanged(stored: Document, raw_hash: str, mapping_hash: str) -> bool:
    """Whether mapping a record again could only give what is stored."""
    return stored.get("rawHash") == raw_hash and stored.get("mappingHash") == mapping_hash


def without(record: Any, volatile: Sequence[str]) -> Any:
    """A record without its volatile fields, which are paths of names."""
    for path in volatile:
        record = _dropped(record, path.split("."))
    return record


def _dropped(value: Any, names: list[str]) -> Any:
    if not is_object(value) or names[0] not in value:
        return value
    copy = dict(value)
    if len(names) == 1:
        del copy[names[0]]
    else:
        copy[names[0]] = _dropped(copy[names[0]], names[1:])
    return copy


def matches(where: CompiledExpression, record: Any) -> bool:
    """Whether a record is wanted; one that the filter cannot be applied to is, to be seen."""
    try:
        return _truthy(where.search(record))
    except ValueError:
        return True


def _truthy(value: Any) -> bool:
    return not (value is None or value is False or value in ("", [], {}))
