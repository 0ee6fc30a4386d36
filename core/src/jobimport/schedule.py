"""Due times, as CronJob has them: five fields or @hourly and the like, in a time zone.

At a change to summer time a due time that does not exist runs at the next one that does, and at
the change back a time that comes twice runs once (croniter's rules, which are Vixie cron's).
"""

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadCronError, CroniterError, croniter

_MAX_LOOK_BACK = timedelta(days=366)


class ScheduleError(ValueError):
    """A schedule or time zone that cannot be used; the message says why."""


def check_schedule(schedule: str, time_zone: str | None) -> None:
    """Raise ScheduleError where the schedule or the zone cannot be used."""
    zone(time_zone)
    if len(schedule.split()) != 5 and not schedule.startswith("@"):
        raise ScheduleError(
            f"{schedule!r} has {len(schedule.split())} fields; a schedule has five: minute, hour,"
            " day of month, month, day of week"
        )
    try:
        next_after(schedule, time_zone, datetime.now(UTC))
    except ScheduleError as error:
        raise ScheduleError(f"{schedule!r} is no schedule: {error}") from error


def zone(name: str | None) -> ZoneInfo:
    """The time zone of a name of the IANA database; ScheduleError where there is none."""
    try:
        return ZoneInfo(name or "Etc/UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScheduleError(
            f"unknown time zone {name!r}; use a name of the IANA database such as Europe/Berlin"
        ) from error


def next_after(schedule: str, time_zone: str | None, after: datetime) -> datetime:
    """The first due time after `after`, in UTC."""
    try:
        times = croniter(schedule, after.astimezone(zone(time_zone)))
        found: datetime = times.get_next(datetime)
    except (CroniterBadCronError, CroniterError, KeyError, ValueError) as error:
        if isinstance(error, ScheduleError):
            raise
        raise ScheduleError(str(error)) from error
    return found.astimezone(UTC)


def latest_missed(
    schedule: str, time_zone: str | None, after: datetime, now: datetime
) -> datetime | None:
    """The newest due time in (after, now], in UTC; None where there was none."""
    try:
        local = now.astimezone(zone(time_zone)) + timedelta(microseconds=1)
        found: datetime = croniter(schedule, local).get_prev(datetime)
    except (CroniterBadCronError, CroniterError, KeyError) as error:
        raise ScheduleError(str(error)) from error
    newest = found.astimezone(UTC)
    return newest if newest > max(after, now - _MAX_LOOK_BACK) else None


def jitter(uid: str, seconds: int) -> timedelta:
    """An import's own offset in [0, seconds): the same for the same UID, spread over UIDs."""
    if seconds <= 0:
        return timedelta()
    share = int.from_bytes(hashlib.blake2b(uid.encode(), digest_size=8).digest()) / 2**64
    return timedelta(milliseconds=int(share * seconds * 1000))
