"""What an answer means, by its status, by the spec's rules, and by what it asks for."""

import email.utils
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from jobimport.resource.reading import ErrorClass, ResponseRule
from jobimport_worker.errors import EmptyAnswer, Gone, NotModified, Terminal, Throttled, Transient

RULE_BYTES = 16 * 1024
"""How much of an answer a rule's `contains` looks at."""

_DEFAULT_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_TRANSIENT = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_VALIDATORS = ("if-none-match", "if-modified-since")


def needs_head(rules: Sequence[ResponseRule], status: int) -> bool:
    """Whether a rule has to look into the answer's body."""
    return any(rule.contains and status in rule.status for rule in rules)


def rule_for(rules: Sequence[ResponseRule], status: int, head: bytes) -> ResponseRule | None:
    """The first rule that fits an answer; `head` is the begin of its body, decompressed."""
    text = head.decode("utf-8", "replace").casefold()
    for rule in rules:
        if status in rule.status and rule.contains.casefold() in text:
            return rule
    return None


def check_status(
    response: httpx.Response, rules: Sequence[ResponseRule], url: str, head: bytes = b""
) -> None:
    """Raise what an answer means, by the spec's rules first; return for a good one."""
    status = response.status_code
    said = f"{url} answered {status} {response.reason_phrase}".strip()
    rule = rule_for(rules, status, head)
    if rule is not None and rule.contains:
        said += f" with {rule.contains!r} in its body"
    by_rule = rule.class_ if rule else None
    if by_rule is ErrorClass.EMPTY:
        raise EmptyAnswer(f"{said}, which the spec calls an empty page")
    asked = response.headers.get("retry-after")
    if by_rule is ErrorClass.THROTTLED or (
        by_rule is None and (status == 429 or (status == 503 and asked))
    ):
        pause = retry_after(asked, _source_time(response.headers))
        raise Throttled(f"{said}: wait {pause.total_seconds():.0f} s", pause)
    if by_rule is ErrorClass.TRANSIENT or (by_rule is None and status in _TRANSIENT):
        raise Transient(said)
    if status == 304 and any(name in response.request.headers for name in _VALIDATORS):
        raise NotModified(said)
    if by_rule is None and status in (404, 410):
        raise Gone(said + _hint(status))
    if by_rule is ErrorClass.TERMINAL or not 200 <= status < 300:
        raise Terminal(said + _hint(status))


def retry_after(text: str | None, now: datetime) -> timedelta:
    """The pause that a Retry-After asks for, in seconds or as a date (RFC 9110, 10.2.3)."""
    if not text:
        return _DEFAULT_PAUSE
    try:
        pause = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        try:
            pause = _time_of(text) - now
        except (TypeError, ValueError):
            return _DEFAULT_PAUSE
    return max(timedelta(), min(pause, _LONGEST_PAUSE))


def _source_time(headers: Mapping[str, str]) -> datetime:
    """The time at the source, by its own clock where it tells it: a date is meant by that one."""
    try:
        return _time_of(headers.get("date", ""))
    except (TypeError, ValueError):
        return datetime.now(UTC)


def _time_of(text: str) -> datetime:
    """A date of HTTP in any of its three forms, of which C's asctime names no zone."""
    told = email.utils.parsedate_to_datetime(text)
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": check spec.source.auth and the Secret that it names"
    if status in (404, 410):
        return ": check the URL; nothing was closed"
    return ""
