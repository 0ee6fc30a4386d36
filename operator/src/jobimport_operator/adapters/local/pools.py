"""Pools of workers as child processes of the operator."""

import asyncio
import itertools
import logging
import os
import secrets
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jobimport.ids import PoolKey, WorkerId
from jobimport_operator.ports import Event, PoolObservation

WORKER_COMMAND: Final = (sys.executable, "-m", "jobimport_worker")
FIRST_RESTART_DELAY_SECONDS: Final = 0.5
MAX_RESTART_DELAY_SECONDS: Final = 30.0
STABLE_AFTER_SECONDS: Final = 60.0
_CHILD: Final = str(Path(__file__).with_name("child.py"))

log = logging.getLogger(__name__)


@dataclass
class _Pool:
    key: PoolKey
    desired: int = 0
    workers: dict[WorkerId, asyncio.subprocess.Process] = field(
        default_factory=dict[WorkerId, asyncio.subprocess.Process]
    )
    stopping: set[WorkerId] = field(default_factory=set[WorkerId])
    victims: list[WorkerId] = field(default_factory=list[WorkerId])
    crashes: int = 0
    restart_at: float = 0.0
    settling: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def running(self) -> list[WorkerId]:
        """The workers that are up and meant to stay so."""
        return [worker for worker in self.workers if worker not in self.stopping]


class LocalPools:
    """Starts and stops worker processes. They die with this process, however it ends."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = WORKER_COMMAND,
        stop_grace_seconds: float = 30.0,
    ) -> None:
        self._environment = dict(os.environ if environment is None else environment)
        self._command = tuple(command)
        self._grace = stop_grace_seconds
        self._pools: dict[PoolKey, _Pool] = {}
        self._numbers = itertools.count(1)
        self._life = secrets.token_hex(3)
        self._tasks: set[asyncio.Task[None]] = set()
        self._delayed: set[asyncio.TimerHandle] = set()
        self._closed = False

    async def ensure(self, pool: PoolKey) -> None:
        """Know the pool from now on, with no workers."""
        self._pools.setdefault(pool, _Pool(pool))

    async def observe(self, pool: PoolKey) -> PoolObservation | None:
        """Count the processes."""
        known = self._pools.get(pool)
        if known is None:
            return None
        return PoolObservation(f"{pool.pool} (processes)", known.desired, len(known.running))

    async def drain(self, pool: PoolKey, victims: Sequence[WorkerId]) -> None:
        """Remember which processes a smaller size ends."""
        self._pools[pool].victims = list(victims)

    async def price(self, pool: PoolKey, costs: Mapping[WorkerId, int]) -> None:
        """Nobody else ends processes."""

    async def scale(self, pool: PoolKey, workers: int) -> None:
        """Start processes, or end the victims by SIGTERM, until there are `workers`."""
        known = self._pools[pool]
        known.desired = workers
        await self._settle(known)

    async def record_event(self, pool: PoolKey, event: Event) -> None:
        """Say it in the log: nothing here has events of its own."""
        log.info("pool %s: %s: %s", pool, event.reason, event.note)

    def process_ids(self, pool: PoolKey) -> list[int]:
        """List the workers' processes."""
        return [process.pid for process in self._pools[pool].workers.values()]

    def crashes(self, pool: PoolKey) -> int:
        """Count the workers that ended by themselves in a row."""
        known = self._pools.get(pool)
        return known.crashes if known else 0

    async def close(self) -> None:
        """End all processes: SIGTERM, and SIGKILL for one that outlasts the grace period."""
        self._closed = True
        for timer in self._delayed:
            timer.cancel()
        for pool in self._pools.values():
            pool.desired = 0
            async with pool.settling:
                for worker in pool.running:
                    self._stop(pool, worker)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _settle(self, pool: _Pool) -> None:
        async with pool.settling:
            while not self._closed and len(pool.running) < pool.desired:
                delay = pool.restart_at - time.monotonic()
                if delay > 0:
                    self._settle_later(pool, delay)
                    return
                await self._start(pool)
        surplus = len(pool.running) - pool.desired
        marked = [worker for worker in pool.victims if worker in pool.running]
        for worker in marked[: max(surplus, 0)]:
            self._stop(pool, worker)

    def _settle_later(self, pool: _Pool, delay: float) -> None:
        def settle() -> None:
            self._delayed.discard(timer)
            self._keep(self._settle(pool))

        timer = asyncio.get_running_loop().call_later(delay, settle)
        self._delayed.add(timer)

    async def _start(self, pool: _Pool) -> None:
        name = WorkerId(f"{pool.key.pool}-{self._life}-{next(self._numbers)}")
        starting = asyncio.create_subprocess_exec(
            sys.executable,
            "-ISS",
            _CHILD,
            str(os.getpid()),
            *self._command,
            env={
                **self._environment,
                "WORKER_NAME": name,
                "WORKER_NAMESPACE": pool.key.namespace,
                "WORKER_POOL": pool.key.pool,
                "STATUS_TARGET": "none",
            },
            stdin=asyncio.subprocess.DEVNULL,
        )
        # Once begun, a start is seen through: a process must not be left that nobody knows of.
        process = await starting
        pool.workers[name] = process
        log.info("worker %s of pool %s started as process %s", name, pool.key, process.pid)
        self._keep(self._watch(pool, name, process, time.monotonic()))

    async def _watch(
        self, pool: _Pool, name: WorkerId, process: asyncio.subprocess.Process, started: float
    ) -> None:
        code = await process.wait()
        del pool.workers[name]
        if name in pool.stopping:
            pool.stopping.discard(name)
            log.info("worker %s of pool %s ended", name, pool.key)
            return
        if time.monotonic() - started >= STABLE_AFTER_SECONDS:
            pool.crashes = 0
        delay = min(FIRST_RESTART_DELAY_SECONDS * 2.0**pool.crashes, MAX_RESTART_DELAY_SECONDS)
        pool.crashes = min(pool.crashes + 1, 20)
        pool.restart_at = time.monotonic() + delay
        log.warning(
            "worker %s of pool %s ended by itself with code %s; the next one starts in %.1f s",
            name,
            pool.key,
            code,
            delay,
        )
        await self._settle(pool)

    def _stop(self, pool: _Pool, worker: WorkerId) -> None:
        pool.stopping.add(worker)
        process = pool.workers[worker]
        if process.returncode is None:
            process.terminate()
            self._keep(self._kill_late(process))

    async def _kill_late(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(self._grace):
                await process.wait()
        except TimeoutError:
            process.kill()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
