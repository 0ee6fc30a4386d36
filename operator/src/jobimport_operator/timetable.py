"""When a schedule next makes a run due, and which missed time is made up for.

All is reckoned on the schedule's own clock, which an import's jitter puts behind the real one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec
from jobimport.schedule import jitter, latest_missed, next_after

_LONG_AGO: Final = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Timetable:
    """What the schedule says now.

    `settled` is the newest scheduled time that needs nothing more, `due` one that a run is due
    for (None: none), `passed_over` one that was missed for longer than startingDeadlineSeconds.
    `next_run` is when a run starts, with the jitter: in the past while something holds it up.
    """

    settled: datetime
    due: datetime | None
    passed_over: datetime | None
    next_run: datetime


def timetable(now: datetime, imp: ImportObject, spec: JobImportSpec) -> Timetable | None:
    """Read the schedule at `now`; None for an import without one. The spec has been checked."""
    if spec.schedule is None:
        return None
    zone, offset = spec.time_zone, jitter(imp.uid, spec.jitter_seconds)
    settled = _settled(now - offset, imp, spec.schedule, zone)
    missed = latest_missed(spec.schedule, zone, settled, now - offset)
    if missed is None:
        return Timetable(settled, None, None, next_after(spec.schedule, zone, settled) + offset)
    limit = spec.starting_deadline_seconds
    if limit is not None and now > missed + offset + timedelta(seconds=limit):
        return Timetable(missed, None, missed, next_after(spec.schedule, zone, missed) + offset)
    return Timetable(settled, missed, None, missed + offset)


def served(table: Timetable, imp: ImportObject, spec: JobImportSpec) -> Timetable:
    """Return the timetable after a run has started: nothing is due until the next time."""
    if table.due is None or spec.schedule is None:
        return table
    offset = jitter(imp.uid, spec.jitter_seconds)
    upcoming = next_after(spec.schedule, spec.time_zone, table.due) + offset
    return Timetable(table.due, None, None, upcoming)


def _settled(now: datetime, imp: ImportObject, schedule: str, zone: str | None) -> datetime:
    """Return the time up to which nothing is to be made up for.

    For a new import that is its creation, as in CronJob. A schedule that was added or edited
    looks ahead only: it would surprise if saving it started a run for a time already past.
    """
    status = imp.status
    kept = status.last_schedule_time
    if kept is None:
        new = status.observed_generation is None
        return _newest_before(imp.created_at if new else now, schedule, zone)
    if status.observed_generation == imp.generation or _is_scheduled(kept, schedule, zone):
        return kept
    return _newest_before(now, schedule, zone)


def _newest_before(when: datetime, schedule: str, zone: str | None) -> datetime:
    return latest_missed(schedule, zone, when - _LONG_AGO, when) or when


def _is_scheduled(when: datetime, schedule: str, zone: str | None) -> bool:
    return next_after(schedule, zone, when - timedelta(seconds=1)) == when
