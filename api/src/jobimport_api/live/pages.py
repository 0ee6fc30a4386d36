"""Tells those who look at a run which of its pages were done or failed, from what is stored."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from jobimport.ids import ImportKey, RunId
from jobimport_api.catalog import Catalog
from jobimport_api.live.hub import Hub
from jobimport_api.live.rooms import Room
from jobimport_api.runs.log import page_lines

_MOST_RUNS = 1_000


@dataclass(slots=True)
class _Told:
    """Up to when a run's pages were told; `ids` are those told about that time."""

    since: datetime
    ids: set[str] = field(default_factory=set[str])


class PagesTold:
    """Follows the pages of the runs that somebody looks at."""

    def __init__(self, catalog: Catalog, hub: Hub) -> None:
        self._catalog = catalog
        self._hub = hub
        self._moved: dict[tuple[ImportKey, RunId], None] = {}
        self._told: dict[RunId, _Told] = {}

    def moved(self, key: ImportKey, run: RunId) -> None:
        """Note that something happened in a run."""
        if self._hub.followed(Room("run", key, run)):
            self._moved[key, run] = None

    async def tell(self) -> None:
        """Tell the new pages of the runs that moved."""
        moved, self._moved = self._moved, {}
        for key, run in moved:
            await self._tell_run(key, run)

    async def _tell_run(self, key: ImportKey, run: RunId) -> None:
        told = self._told.get(run)
        if told is None:
            while len(self._told) >= _MOST_RUNS:
                self._told.pop(next(iter(self._told)))
            told = self._told[run] = _Told(datetime.now(UTC))
        lines = await page_lines(self._catalog, key, run, told.since)
        room = Room("run", key, run)
        for line in lines:
            if line.id not in told.ids:
                self._hub.tell(room, "run.log", key, run, line.to_json())
        told.ids = {line.id for line in lines}
        if lines:
            told.since = max(told.since, lines[-1].at)
