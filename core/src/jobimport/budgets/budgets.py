"""The budgets of all hosts: what may be asked of a source, over all workers of all pools."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from jobimport.budgets.limits import Limits
from jobimport.queue.views import text


class Manner(StrEnum):
    """How a host took a request."""

    GOOD = "good"
    FAILED = "failed"
    """No answer, or one that says nothing about the budget."""
    SLOW = "slow"
    """It is overloaded: ask more slowly."""
    PAUSE = "pause"
    """It asked for a pause."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to one request to a host, for the time of a lease."""

    host: str
    id: str
    at_us: int
    """When it was given, on Redis' clock."""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The budget is used up; `wait` is until the caller's turn, `why` a sentence for people."""

    wait: timedelta
    why: str


_REASONS = {
    "pause": "it asked for a pause",
    "slow": "it was overloaded, so it is asked more slowly for a while",
    "flight": "as many requests are under way as politeness.maxInFlight allows",
    "rate": "the budget of politeness.requests is used up for now",
}


def prefix_of_host(host: str) -> str:
    """What every key of a host's budget begins with."""
    return f"ji:{{host/{host}}}:"


@cache
def _source(name: str) -> str:
    folder = resources.files("jobimport.budgets") / "scripts"
    return "\n".join((folder / each).read_text() for each in ("prelude.lua", f"{name}.lua"))


class HostBudgets:
    """Budgets in Redis, each under its own hash tag. Where Redis loses its data they start anew.

    All methods may raise redis.exceptions.RedisError.
    """

    def __init__(self, redis: Redis) -> None:
        self._take = self._script(redis, "take")
        self._renew = self._script(redis, "renew")
        self._release = self._script(redis, "release")

    @staticmethod
    def _script(redis: Redis, name: str) -> AsyncScript:
        return redis.register_script(_source(name))

    async def take(
        self, host: str, import_name: str, limits: Limits, lease_ms: int
    ) -> Grant | NoRoom:
        """Ask for one request to a host. `limits` are the import's own; the strictest count."""
        request = uuid.uuid4().hex[:16]
        arguments: list[Any] = [request, lease_ms, import_name, limits.to_argument()]
        reply = await self._take(keys=[prefix_of_host(host)], args=arguments)
        if reply[0]:
            return Grant(host, request, int(reply[1]))
        wait = timedelta(milliseconds=int(reply[1]))
        reason = _REASONS[text(reply[2])]
        return NoRoom(wait, f"{host}: {reason}; this page's turn is in {_words(wait)}")

    async def renew(self, grants: Sequence[Grant], lease_ms: int) -> None:
        """Say that requests to one host are still under way."""
        if grants:
            arguments = [lease_ms, *(grant.id for grant in grants)]
            await self._renew(keys=[prefix_of_host(grants[0].host)], args=arguments)

    async def release(
        self,
        grant: Grant,
        manner: Manner,
        *,
        pause: timedelta = timedelta(),
        since_head: timedelta = timedelta(),
    ) -> None:
        """Say that a request is over, how the host took it, and how long ago its answer began."""
        head_ms, pause_ms = _milliseconds(since_head), _milliseconds(pause)
        arguments = [grant.id, grant.at_us, head_ms, manner, pause_ms]
        await self._release(keys=[prefix_of_host(grant.host)], args=arguments)


def _milliseconds(span: timedelta) -> int:
    return max(0, int(span.total_seconds() * 1000))


def _words(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s"
