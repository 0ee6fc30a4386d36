"""From the queues' events to the rooms: one reader for all clients, the latest of each run wins."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from jobimport.ids import ImportKey, PoolKey, RunId
from jobimport.queue.events import QueueEvent, known_pools, newest_event, read_events
from jobimport.queue.queue import Queue
from jobimport.resource.object import ImportObject
from jobimport.telemetry.metrics.gateway import LAG
from jobimport_api.catalog import Catalog
from jobimport_api.live.hub import Hub
from jobimport_api.live.pages import PagesTold
from jobimport_api.live.rooms import Room
from jobimport_api.problems import ProblemError
from jobimport_api.runs.log import TOLD, line_of
from jobimport_api.runs.schemas import RunProgress

log = logging.getLogger(__name__)

COALESCE_SECONDS = 0.25
_POOLS_SECONDS = 0.1
_EPOCHS_SECONDS = 1.0
_IMPORTS_SECONDS = 0.5
_PAGES_SECONDS = 0.5
_OF_PAGES = frozenset({"run.progress", "run.finished", "task.failed"})
_PAUSE_SECONDS = 0.5


@dataclass(slots=True)
class _Pending:
    """What has happened since rooms were last told."""

    runs: dict[tuple[PoolKey, ImportKey, RunId], None] = field(
        default_factory=dict[tuple[PoolKey, ImportKey, RunId], None]
    )


def end_if_cancelled() -> None:
    """End a task whose cancelling a library turned into an error of its own."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Pump:
    """Reads events and tells rooms, until it is cancelled."""

    def __init__(self, catalog: Catalog, hub: Hub) -> None:
        self._catalog = catalog
        self._hub = hub
        self._pending = _Pending()
        self._after: dict[PoolKey, str] = {}
        self._looked = False
        self._epochs: dict[PoolKey, str] = {}
        self._versions: dict[ImportKey, tuple[str, str]] = {}
        self._pages = PagesTold(catalog, hub)

    async def run(self) -> None:
        """Read, and tell, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forever(self._find_pools, _POOLS_SECONDS))
            group.create_task(self._forever(self._check_epochs, _EPOCHS_SECONDS))
            group.create_task(self._forever(self._read, 0))
            group.create_task(self._forever(self._tell_runs, COALESCE_SECONDS))
            group.create_task(self._forever(self._tell_imports, _IMPORTS_SECONDS))
            group.create_task(self._forever(self._pages.tell, _PAGES_SECONDS))

    async def _forever(self, step: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await step()
            except (RedisError, PyMongoError, OSError, ProblemError) as error:
                end_if_cancelled()
                log.warning("live feed: %s", type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)
            except Exception:
                log.exception("the live feed met an error of ours")
                await asyncio.sleep(_PAUSE_SECONDS)
            end_if_cancelled()
            await asyncio.sleep(seconds)

    async def _find_pools(self) -> None:
        """Follow pools: those that are there at the start from now on, later ones from their first
        event on. What they run is told once, for what was missed.
        """
        for pool in await known_pools(self._catalog.redis):
            if pool in self._after:
                continue
            redis = self._catalog.redis
            self._after[pool] = "0-0" if self._looked else await newest_event(redis, pool)
            queue = Queue(self._catalog.redis, pool)
            view = await queue.pool_view()
            self._epochs[pool] = view.epoch
            for run in view.runs:
                found = await queue.run_view(run)
                if found is not None:
                    self._pending.runs[pool, found.import_key, run] = None
        self._looked = True

    async def _check_epochs(self) -> None:
        """See whether Redis has lost its data: then all begins anew (P2)."""
        for pool in list(self._after):
            view = await Queue(self._catalog.redis, pool).pool_view()
            if view.epoch != self._epochs[pool]:
                log.info("pool %s has a new epoch", pool)
                self._after[pool] = "0-0"
                self._epochs[pool] = view.epoch
                self._hub.begin_again()

    async def _read(self) -> None:
        if not self._after:
            await asyncio.sleep(_PAUSE_SECONDS)
            return
        pools = list(self._after)
        for event in await read_events(self._catalog.redis, pools, self._after, 1000):
            self._after[event.pool] = event.id
            await self._take(event)
            LAG.observe(max(time.time() - event.at_ms / 1000, 0))

    async def _take(self, event: QueueEvent) -> None:
        if not event.run:
            return  # of a one-off task: whoever asked looks for the answer
        room = Room("run", event.import_key, event.run)
        if event.type in TOLD:
            line = line_of(event).to_json()
            await self._hub.tell(room, "run.log", event.import_key, event.run, line)
        if event.type in _OF_PAGES:
            self._pages.moved(event.import_key, event.run)
        if event.type == "run.finished":
            await self._tell_run(event.pool, event.import_key, event.run)
            for each in (room, Room("import", event.import_key), _scope(event.import_key)):
                await self._hub.tell(each, "run.finished", event.import_key, event.run, event.data)
            return
        self._pending.runs[event.pool, event.import_key, event.run] = None

    async def _tell_runs(self) -> None:
        """Tell the newest progress of each run that moved."""
        pending, self._pending = self._pending, _Pending()
        for pool, key, run in pending.runs:
            await self._tell_run(pool, key, run)

    async def _tell_run(self, pool: PoolKey, key: ImportKey, run: RunId) -> None:
        rooms = (Room("run", key, run), Room("import", key), _scope(key))
        followed = [room for room in rooms if self._hub.followed(room)]
        if not followed:
            return
        view = await Queue(self._catalog.redis, pool).run_view(run)
        if view is None:
            return
        progress = RunProgress.of(view).to_json()
        for room in followed:
            await self._hub.tell(room, "run.progress", key, run, progress)

    async def _tell_imports(self) -> None:
        """Tell the imports that changed, and those that went."""
        found = {imp.key: imp for imp in await self._catalog.source.list()}
        first = not self._versions
        before = {key.namespace for key in self._versions}
        await self._hub.open_namespaces({key.namespace for key in found} - before)
        for key, imp in found.items():
            if not first and self._versions.get(key) != _version(imp):
                await self._hub.tell_import(imp)
        for key in self._versions.keys() - found.keys():
            for room in (Room("import", key), _scope(key)):
                await self._hub.tell(room, "import.deleted", key, None, {})
        self._versions = {key: _version(imp) for key, imp in found.items()}


def _scope(key: ImportKey) -> Room:
    return Room.of_namespace(key.namespace)


def _version(imp: ImportObject) -> tuple[str, str]:
    return imp.uid, imp.resource_version
