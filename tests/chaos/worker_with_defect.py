"""The worker, with the defects that the environment names: each breaks a promise on purpose."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from pymongo import UpdateOne

from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, Lease
from jobimport.store import postings
from jobimport_worker import attempts, comparing, details, finalize, loop, reading, replay, verdict
from jobimport_worker.__main__ import main
from jobimport_worker.context import RunContext
from jobimport_worker.writing import PostingWriter


def ack_before_write() -> None:
    """The task is finished before its page is written."""
    whole = attempts.work_on_page

    async def early(work: reading.PageWork, context: RunContext, lease: Lease) -> bool:
        if lease.task.payload.get("fanned"):
            await work.queue.finish(lease, Counts(), walk_closed=True)
            await whole(work, context, lease)
            return True
        return await whole(work, context, lease)

    attempts.work_on_page = early


def deaf() -> None:
    """The worker takes no notice of a lease that it lost (a long pause has the same effect)."""

    async def renew(self: loop.Worker) -> None:
        """Nothing is renewed, nothing is noticed."""

    loop.Worker._renew = renew


def no_fencing() -> None:
    """Writes are not compared with the token of what is stored."""
    guarded = postings.update_of

    def update_of(change: postings.Change, **common: Any) -> UpdateOne:
        write = guarded(change, **common)
        return UpdateOne({"_id": write._filter["_id"]}, write._doc)

    postings.update_of = update_of
    decide = comparing.Comparer.decide

    def blind(self: comparing.Comparer, candidate: Any, stored: Any, now: Any) -> Any:
        if stored is not None:
            stored = {**stored, "writeToken": ""}
        return decide(self, candidate, stored, now)

    comparing.Comparer.decide = blind


def counts_by_increment() -> None:
    """Totals are counted up while writing, and not read back."""
    write: Callable[..., Awaitable[Any]] = PostingWriter.write

    async def counting(self: PostingWriter, *arguments: Any) -> Any:
        before = self._tally.counts.inserted
        result = await write(self, *arguments)
        await self._postings.database["counters"].update_one(
            {"_id": self._context.run},
            {"$inc": {"n": self._tally.counts.inserted - before}},
            upsert=True,
        )
        return result

    PostingWriter.write = counting
    read_back = finalize.totals_of

    async def totals_of(database: Any, collection: Any, source: str, run: Any) -> dict[str, int]:
        totals = await read_back(database, collection, source, run)
        counted = await database["counters"].find_one({"_id": run})
        return {**totals, "inserted": counted["n"] if counted else 0}

    finalize.totals_of = totals_of


def close_on_partial() -> None:
    """Whatever the verdict, what was not seen is closed."""
    verdict.PartitionVerdict.may_close = property(lambda self: True)


def no_mapping_hash() -> None:
    """A record counts as unchanged when its raw content is, whatever the mapping."""
    comparing.is_unchanged = lambda stored, raw, mapping: stored.get("rawHash") == raw


def lost_retry() -> None:
    """A task that is to be tried again is acknowledged and forgotten."""

    async def retry_later(
        self: Queue, lease: Lease, delay_ms: int, reason: str, *, uses_attempt: bool
    ) -> bool:
        return await self.finish(lease, Counts(), walk_closed=True)

    Queue.retry_later = retry_later


def one_speaks_for_all() -> None:
    """One complete partition counts for all of them."""
    facts = finalize.WalkFacts

    def of_all(now: Any, seen: Any, live: Any, complete: Any, *rest: Any, **more: Any) -> Any:
        return facts(now, seen, live, live if complete else complete, *rest, **more)

    finalize.WalkFacts = of_all


def closed_at_first_miss() -> None:
    """A posting is closed by the first run that misses it, whatever the spec says."""
    settle = finalize.settle

    async def hasty(postings: Any, facts: Any, rules: Any, *rest: Any, **more: Any) -> Any:
        once = rules.model_copy(update={"misses_before_close": 1})
        return await settle(postings, facts, once, *rest, **more)

    finalize.settle = hasty


def replay_only_forgets() -> None:
    """A replay takes rejects out of quarantine and writes nothing."""

    class Forgetful(PostingWriter):
        async def write(self, candidates: Any, now: Any) -> Any:
            return [], []

    replay.PostingWriter = Forgetful


def forgotten_details() -> None:
    """It is not noted of which records the details are stored."""

    async def remember(self: details.Details, *arguments: Any) -> None:
        """Nothing is noted."""

    details.Details.remember = remember


DEFECTS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        ack_before_write,
        close_on_partial,
        closed_at_first_miss,
        counts_by_increment,
        deaf,
        forgotten_details,
        lost_retry,
        no_fencing,
        no_mapping_hash,
        one_speaks_for_all,
        replay_only_forgets,
    )
}

if __name__ == "__main__":
    for name in filter(None, os.environ["DEFECTS"].split(",")):
        DEFECTS[name]()
    sys.exit(main())
