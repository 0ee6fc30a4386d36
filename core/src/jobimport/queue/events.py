"""What happened in the queues, as a bounded stream for those who follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

from jobimport.ids import ImportKey, PoolKey, RunId
from jobimport.queue.connection import BLOCK_MS_MAX
from jobimport.queue.queue import POOLS_KEY, prefix_of
from jobimport.queue.views import text
from jobimport.shapes import is_object


@dataclass(frozen=True, slots=True)
class QueueEvent:
    """One event. `type` is run.started, run.progress, run.paused, run.resumed, run.cancelled,
    run.finished, task.retry, task.failed or task.recovered; for one-off tasks, whose `run` is
    empty, task.asked, task.answered, task.retry or task.recovered. `data` depends on it. What can
    not be read, or is about another namespace than the pool's, has the type unreadable and no run.
    """

    id: str
    pool: PoolKey
    type: str
    import_key: ImportKey
    run: RunId
    at_ms: int
    data: dict[str, Any]


async def known_pools(redis: Redis) -> list[PoolKey]:
    """The pools that ever had something to do in this Redis."""
    found = [text(each).partition("/") for each in await redis.smembers(POOLS_KEY)]
    return sorted(PoolKey(namespace, pool) for namespace, _, pool in found)


async def newest_event(redis: Redis, pool: PoolKey) -> str:
    """The id of a pool's newest event, to read on from; `0-0` where there is none."""
    newest = await redis.xrevrange(f"{prefix_of(pool)}events", count=1)
    return text(newest[0][0]) if newest else "0-0"


async def recent_events(
    redis: Redis, pool: PoolKey, run: RunId, look_back: int = 5_000
) -> list[QueueEvent]:
    """The events of a run among the pool's newest `look_back` ones, the oldest first."""
    entries: list[Any] = await redis.xrevrange(f"{prefix_of(pool)}events", count=look_back) or []
    found = [_event(pool, each) for each in reversed(entries)]
    return [each for each in found if each.run == run]


async def read_events(
    redis: Redis,
    pools: Sequence[PoolKey],
    after: Mapping[PoolKey, str],
    block_ms: int,
    count: int = 500,
) -> list[QueueEvent]:
    """Events of the pools after the given ids, in order per pool; waits `block_ms` for one."""
    if not pools:
        return []
    streams: dict[Any, Any] = {f"{prefix_of(pool)}events": after.get(pool, "0-0") for pool in pools}
    by_key = {f"{prefix_of(pool)}events": pool for pool in pools}
    block = max(1, min(block_ms, BLOCK_MS_MAX))
    reply: Any = await redis.xread(streams, count=count, block=block)
    by_stream = is_object(reply)
    rows: list[Any] = list(reply.items()) if is_object(reply) else (reply or [])
    events: list[QueueEvent] = []
    for stream, entries in rows:
        pool = by_key[text(stream)]
        found: list[Any] = entries[0] if by_stream else entries
        events += [_event(pool, each) for each in found]
    return events


def _event(pool: PoolKey, entry: Any) -> QueueEvent:
    """An entry as an event. A pool's workers write here: what they get wrong stops no reader, and
    they have no say about other namespaces.
    """
    entry_id, raw = entry
    fields = {text(name): text(value) for name, value in raw.items()}
    try:
        key = ImportKey.parse(fields["import"])
        data: Any = orjson.loads(fields["data"])
        kind, run, at_ms = fields["type"], RunId(fields["run"]), int(fields["at"])
    except (KeyError, ValueError):
        return _unreadable(pool, entry_id)
    if key.namespace != pool.namespace:
        return _unreadable(pool, entry_id)
    return QueueEvent(text(entry_id), pool, kind, key, run, at_ms, data if is_object(data) else {})


def _unreadable(pool: PoolKey, entry_id: Any) -> QueueEvent:
    nothing = ImportKey(pool.namespace, "")
    return QueueEvent(text(entry_id), pool, "unreadable", nothing, RunId(""), 0, {})
