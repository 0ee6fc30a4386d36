"""A request's turn at its host: waited for a moment, held while the answer is read, given back."""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta

from redis.exceptions import RedisError

from jobimport.budgets import Grant, HostBudgets, Limits, Manner, NoRoom, host_of
from jobimport.resource.fetching import Politeness
from jobimport_worker.errors import NoTurn

log = logging.getLogger(__name__)

_PAUSE_WITHOUT_REDIS = 0.5


@dataclass(frozen=True, slots=True)
class Manners:
    """How an import behaves at its source: whose limits these are, and how long it waits.

    `patience_seconds` is how long a request waits for its turn while it holds a place in the
    worker; after that NoTurn is raised, so that the place is free for other hosts.
    """

    import_name: str
    politeness: Politeness = field(default_factory=Politeness)
    patience_seconds: float = 0.5
    crawl_delay_seconds: float = 0.0
    """What the host's robots.txt asks for between two requests."""

    @property
    def limits(self) -> Limits:
        """The import's own limits at its source."""
        return Limits.of(self.politeness).with_gap(self.crawl_delay_seconds)


class Turn:
    """The right to a request that is under way; its lease is renewed until `over`."""

    def __init__(self, budgets: HostBudgets, grant: Grant, lease_ms: int) -> None:
        self._budgets = budgets
        self._grant = grant
        self._lease_ms = lease_ms
        self._head: float | None = None
        self._keeper = asyncio.create_task(self._keep(), name=f"turn at {grant.host}")

    def answered(self) -> None:
        """Note that the head of the answer has come."""
        self._head = time.monotonic()

    async def over(self, manner: Manner, pause: timedelta = timedelta()) -> None:
        """Give the turn back. Without Redis nothing is done: the lease ends by itself."""
        self._keeper.cancel()
        ago = timedelta(seconds=time.monotonic() - self._head) if self._head else timedelta()
        with contextlib.suppress(RedisError, OSError):
            await self._budgets.release(self._grant, manner, pause=pause, since_head=ago)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._lease_ms / 3000)
            with contextlib.suppress(RedisError, OSError):
                await self._budgets.renew([self._grant], self._lease_ms)


class Turns:
    """Turns at all hosts. Without budgets (a command line's own process) there is always one."""

    def __init__(self, budgets: HostBudgets | None, lease_seconds: float) -> None:
        self._budgets = budgets
        self._lease_ms = int(lease_seconds * 1000)

    async def take(self, url: str, manners: Manners, *, is_home: bool) -> Turn | None:
        """Wait a moment for a turn; NoTurn where there is none soon, None without budgets.

        An import's limits are those of the host that it asks (`is_home`): elsewhere, where a
        redirect may lead to, the limits of others hold, and its own are not put upon them.
        """
        if self._budgets is None:
            return None
        host, limits = host_of(url), manners.limits if is_home else Limits()
        until = time.monotonic() + manners.patience_seconds
        while True:
            found = await self._ask(self._budgets, host, manners.import_name, limits)
            if isinstance(found, Grant):
                return Turn(self._budgets, found, self._lease_ms)
            seconds = found.wait.total_seconds()
            if time.monotonic() + seconds > until:
                raise NoTurn(found.why, found.wait)
            await asyncio.sleep(seconds)

    async def _ask(
        self, budgets: HostBudgets, host: str, name: str, limits: Limits
    ) -> Grant | NoRoom:
        """Ask until Redis answers; a task that lost its lease meanwhile is cancelled outside."""
        while True:
            try:
                return await budgets.take(host, name, limits, self._lease_ms)
            except (RedisError, OSError) as error:
                log.warning("Redis cannot be reached: %s", error)
                await asyncio.sleep(_PAUSE_WITHOUT_REDIS)
