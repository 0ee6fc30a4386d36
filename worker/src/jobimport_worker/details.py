"""The details of a batch of records: which are fetched, and what becomes of those that fail.

A record whose detail fails is quarantined and counts as seen; a source that gives no detail at all
is not the records' fault, so the page waits and is tried again, and what is fetched by then stays.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from jobimport.ids import PartitionKey
from jobimport.mapping.hashes import content_hash, without
from jobimport.resource.fetching import Detail
from jobimport.resource.reading import FormatType
from jobimport.shapes import is_object
from jobimport.store.collections import Database
from jobimport.store.details import DetailMemory, known_ids, load_details, save_details
from jobimport.store.rejects import Reject, raw_text, release_rejects
from jobimport_worker.comparing import Candidate
from jobimport_worker.context import RunContext
from jobimport_worker.detail import DetailFetcher, Found, with_detail
from jobimport_worker.errors import (
    EmptyAnswer,
    Gone,
    NotModified,
    NoTurn,
    SourceError,
    Throttled,
    Transient,
)
from jobimport_worker.fetch.client import Fetcher

BATCH = 50
"""Records with details that are written at a time: what a crash can cost of fetched details."""

_TRIES = 3
_LONGEST_WAIT_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
_MOST_PAUSES = 20
_FAILURES_IN_A_ROW = 5
_NOT_FETCHED = "the detail could not be fetched"
_NOT_READ = "the detail cannot be used"


@dataclass(slots=True)
class Batch:
    """What became of a batch of candidates. `problem`: why the page has to be tried again."""

    candidates: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    rejects: list[Reject] = field(default_factory=list[Reject])
    gone: set[str] = field(default_factory=set[str])
    memories: dict[str, DetailMemory] = field(default_factory=dict[str, DetailMemory])
    problem: SourceError | None = None


@dataclass(slots=True)
class _Work:
    """A candidate whose detail is to be fetched."""

    candidate: Candidate
    memory: DetailMemory | None
    """What it may be compared with at the source; None: it is fetched whatever it is."""


class Details:
    """Completes the records of one attempt at a page of a partition."""

    def __init__(
        self,
        context: RunContext,
        detail: Detail,
        database: Database,
        fetcher: Fetcher,
        partition: PartitionKey,
    ) -> None:
        self._context = context
        self._detail = detail
        self._database = database
        self._source = context.snapshot.source_name
        self._one = DetailFetcher(fetcher, context, detail, partition)
        # Without defaults: a field that a later release adds must not fetch every detail anew
        asked = detail.model_dump(
            mode="json", by_alias=True, exclude={"concurrency", "when"}, exclude_defaults=True
        )
        self._spec_hash = content_hash([asked, context.mapping.hash])
        self._failures = 0

    async def complete(self, candidates: Mapping[str, Candidate]) -> Batch:
        """Fetch what has to be fetched. Where a `problem` came up, the rest is left out."""
        batch = Batch()
        memories = await load_details(self._database, self._source, list(candidates))
        postings = self._database[self._context.spec.destination.collection]
        known = await known_ids(postings, self._source, list(memories))
        pending: deque[_Work] = deque()
        for external_id, candidate in candidates.items():
            memory = memories.get(external_id)
            if candidate.problem is not None:
                batch.candidates[external_id] = candidate
            elif memory is None or external_id not in known or not self._fits(memory, candidate):
                pending.append(_Work(candidate, None))
            elif self._is_settled(memory, candidate):
                batch.candidates[external_id] = _settled(candidate, memory)
            else:
                pending.append(_Work(candidate, memory))
        workers = min(self._detail.concurrency, len(pending))
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._drain(pending, batch))
        await release_rejects(self._database, self._source, list(batch.memories))
        order = {external_id: index for index, external_id in enumerate(candidates)}
        batch.candidates = dict(sorted(batch.candidates.items(), key=lambda each: order[each[0]]))
        return batch

    async def remember(
        self, batch: Batch, refused: Sequence[Reject], token: str, now: datetime
    ) -> None:
        """Note the details whose postings are written; those of refused records are not."""
        out = {each.external_id for each in refused}
        kept = {name: each for name, each in batch.memories.items() if name not in out}
        await save_details(self._database, self._source, kept, token=token, now=now)

    def _fits(self, memory: DetailMemory, candidate: Candidate) -> bool:
        """Whether the same record was mapped in the same way when the detail was last read."""
        return (memory.record_hash, memory.spec_hash) == (candidate.raw_hash, self._spec_hash)

    def _is_settled(self, memory: DetailMemory, candidate: Candidate) -> bool:
        if memory.run == self._context.run:
            return True  # an earlier attempt at the page has looked
        return self._detail.when == "NewOrChanged" and not self._is_undated(candidate)

    def _is_undated(self, candidate: Candidate) -> bool:
        """Whether a record could not show that its page has changed."""
        is_sitemap = self._context.spec.source.format.type is FormatType.SITEMAP
        record = candidate.record
        return is_sitemap and not (is_object(record) and record.get("lastmod"))

    async def _drain(self, pending: deque[_Work], batch: Batch) -> None:
        while pending and batch.problem is None:
            work = pending.popleft()
            try:
                await self._complete_one(work, batch)
            except (NoTurn, Throttled) as wait:
                batch.problem = wait

    async def _complete_one(self, work: _Work, batch: Batch) -> None:
        candidate, memory = work.candidate, work.memory
        external_id = candidate.external_id
        try:
            found = await self._fetched(candidate, memory)
        except NotModified:
            self._failures = 0
            if memory is not None:
                batch.candidates[external_id] = _settled(candidate, memory)
                batch.memories[external_id] = replace(memory, run=self._context.run)
        except (Gone, EmptyAnswer):
            self._failures = 0
            if self._detail.on_gone == "Drop":
                batch.gone.add(external_id)
            else:
                self._keep(candidate, Found(None, None, None), batch)
        except (NoTurn, Throttled):
            raise
        except Transient as error:
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW:
                batch.problem = Transient(
                    f"{self._failures} details in a row could not be fetched, the last: {error}"
                )
            batch.rejects.append(_reject(candidate, _NOT_FETCHED, error))
        except SourceError as error:
            self._failures = 0
            batch.rejects.append(_reject(candidate, _NOT_READ, error))
        else:
            self._failures = 0
            self._keep(candidate, found, batch)

    def _keep(self, candidate: Candidate, found: Found, batch: Batch) -> None:
        plain = without(found.value, self._detail.format.volatile)
        raw_hash = content_hash([candidate.raw_hash, plain])
        record = with_detail(candidate.record, found.value)
        external_id = candidate.external_id
        batch.candidates[external_id] = replace(candidate, record=record, raw_hash=raw_hash)
        batch.memories[external_id] = DetailMemory(
            candidate.raw_hash,
            self._spec_hash,
            raw_hash,
            self._context.run,
            found.etag,
            found.last_modified,
        )

    async def _fetched(self, candidate: Candidate, memory: DetailMemory | None) -> Found:
        """Fetch with short retries; a short pause that the source asks for is waited here."""
        first = self._context.spec.retry.initial_delay_seconds
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(_TRIES),
            wait=wait_random_exponential(
                multiplier=1 if first is None else first, max=_LONGEST_WAIT_SECONDS
            ),
            reraise=True,
        )
        validators = _validators(memory)
        for _ in range(_MOST_PAUSES):
            try:
                async for attempt in retrying:
                    with attempt:
                        return await self._one.fetch(candidate.record, validators)
            except Throttled as pause:
                seconds = pause.retry_after.total_seconds()
                if seconds > _LONGEST_PAUSE_SECONDS:
                    raise
                await asyncio.sleep(seconds)
        raise Transient(f"asked to pause {_MOST_PAUSES} times for one detail")


def _settled(candidate: Candidate, memory: DetailMemory) -> Candidate:
    return replace(candidate, raw_hash=memory.raw_hash, settled=True)


def _validators(memory: DetailMemory | None) -> dict[str, str]:
    if memory is None:
        return {}
    given = {"If-None-Match": memory.etag, "If-Modified-Since": memory.last_modified}
    return {name: value for name, value in given.items() if value}


def _reject(candidate: Candidate, reason: str, error: SourceError) -> Reject:
    raw = raw_text(candidate.record)
    return Reject(candidate.external_id, reason, f"detail: {error}", raw, needs_fetch=True)
