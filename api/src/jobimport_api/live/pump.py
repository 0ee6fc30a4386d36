"""From the queues' events to the rooms: one reader for all clients, the latest of each run wins."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from jobimport.cancelling import end_if_cancelled
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
_IMPORTS_SECONDS = 0.2
_PAGES_SECONDS = 0.5
_OF_PAGES = frozenset({"run.progress", "run.finished", "task.failed"})
_PAUSE_SECONDS = 0.5


class Pump:
    """Reads events and tells rooms, until it is cancelled."""

    def __init__(self, catalog: Catalog, hub: Hub) -> None:
        self._catalog = catalog
        self._hub = hub
        self._pending: dict[PoolKey, dict[RunId, ImportKey]] = {}
        """The runs in which something has happened since rooms were last told."""
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
            group.create_task(self._forever(self._tell_noted, _PAUSE_SECONDS))

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
            for run, found in (await queue.run_views(view.runs)).items():
                if found.import_key.namespace == pool.namespace:
                    self._pending.setdefault(pool, {})[run] = found.import_key
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
            await asyncio.sleep(0)  # sockets take what was written, however many events there are

    async def _take(self, event: QueueEvent) -> None:
        if not event.run:
            return  # of a one-off task: whoever asked looks for the answer
        room = Room("run", event.import_key, event.run)
        if event.type in TOLD:
            line = line_of(event).to_json()
            self._hub.tell(room, "run.log", event.import_key, event.run, line)
        if event.type in _OF_PAGES:
            self._pages.moved(event.import_key, event.run)
        if event.type == "run.finished":
            await self._tell_progress(event.pool, {event.run: event.import_key})
            for each in (room, Room("import", event.import_key), _scope(event.import_key)):
                self._hub.tell(each, "run.finished", event.import_key, event.run, event.data)
            return
        self._pending.setdefault(event.pool, {})[event.run] = event.import_key

    async def _tell_runs(self) -> None:
        """Tell the newest progress of each run that moved."""
        pending, self._pending = self._pending, {}
        for pool, runs in pending.items():
            await self._tell_progress(pool, runs)

    async def _tell_progress(self, pool: PoolKey, runs: Mapping[RunId, ImportKey]) -> None:
        """Tell how far runs of a pool are, where somebody follows them."""
        followed = [run for run, key in runs.items() if any(self._followed(key, run))]
        views = await Queue(self._catalog.redis, pool).run_views(followed)
        for run, view in views.items():
            key = runs[run]
            if view.import_key != key:
                continue  # an event that is not the run's own
            progress = RunProgress.of(view).to_json()
            for room in self._followed(key, run):
                self._hub.tell(room, "run.progress", key, run, progress)

    async def _tell_noted(self) -> None:
        """Tell those who look at an import that there is a new Kubernetes Event about it."""
        async for key in self._catalog.source.noted():
            rooms = {Room("import", key)} if key else self._hub.followers.rooms("import")
            for room in rooms:
                if room.key is not None:
                    self._hub.tell(room, "import.event", room.key, None, {})

    def _followed(self, key: ImportKey, run: RunId) -> Iterator[Room]:
        """The rooms about a run that somebody follows."""
        rooms = (Room("run", key, run), Room("import", key), _scope(key))
        return (room for room in rooms if self._hub.followed(room))

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
                self._hub.tell(room, "import.deleted", key, None, {})
        self._versions = {key: _version(imp) for key, imp in found.items()}


def _scope(key: ImportKey) -> Room:
    return Room.of_namespace(key.namespace)


def _version(imp: ImportObject) -> tuple[str, str]:
    return imp.uid, imp.resource_version
