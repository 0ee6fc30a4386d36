"""The log of a run: what the queue's stream and the pages in MongoDB tell of it, in sentences."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING
from redis.exceptions import RedisError

from jobimport.ids import ImportKey, RunId
from jobimport.queue.events import QueueEvent, recent_events
from jobimport.resource.defaults import ALL_PARTITION
from jobimport.resource.object import ImportObject
from jobimport.store.collections import PAGES, Document
from jobimport_api.catalog import Catalog
from jobimport_api.runs.schemas import RunEventInfo, RunEvents

TOLD: Final = frozenset(
    {
        "run.started",
        "run.paused",
        "run.resumed",
        "run.cancelled",
        "run.finished",
        "task.retry",
        "task.failed",
        "task.recovered",
    }
)
_MOST_LINES: Final = 500
_OVERLAP: Final = timedelta(seconds=5)


async def run_log(catalog: Catalog, imp: ImportObject, run: str, after: str | None) -> RunEvents:
    """Lines of a run's log after a given one, the oldest first.

    The queue's stream is bounded and goes with Redis; what it has no more is told by the pages.
    """
    try:
        told = await stream_lines(catalog, imp, run)
    except RedisError:
        told = []
    lines = sorted([*told, *await page_lines(catalog, imp.key, run, None)], key=_order)
    if after:
        lines = [each for each in lines if _order_of(each.id) > _order_of(after)]
    return RunEvents(items=lines[:_MOST_LINES], more=len(lines) > _MOST_LINES)


async def stream_lines(catalog: Catalog, imp: ImportObject, run: str) -> list[RunEventInfo]:
    """What the queue's stream still has of a run."""
    events = await recent_events(catalog.redis, imp.pool, RunId(run))
    return [line_of(each) for each in events if each.type in TOLD and each.import_key == imp.key]


async def page_lines(
    catalog: Catalog, key: ImportKey, run: str, since: datetime | None
) -> list[RunEventInfo]:
    """The pages of a run that were done or failed, those since about a time, the oldest first."""
    query: dict[str, Any] = {"run": run, "import": str(key)}
    if since is not None:
        query["at"] = {"$gte": since - _OVERLAP}
    found = catalog.database[PAGES].find(query).sort("at", ASCENDING).limit(20 * _MOST_LINES)
    return [line_of_page(each) async for each in found]


def line_of(event: QueueEvent) -> RunEventInfo:
    """A queue's event as a line."""
    return RunEventInfo(
        id=event.id,
        at=datetime.fromtimestamp(event.at_ms / 1000, UTC),
        type=event.type,
        text=_text(event.type, event.run, event.data),
        data=event.data,
    )


def line_of_page(page: Document) -> RunEventInfo:
    """A page as a line."""
    at: datetime = page["at"]
    counts: dict[str, int] = page.get("counts") or {}
    done = page["state"] == "done"
    place = _place(str(page["number"]), page["partition"])
    digest = hashlib.blake2b(f"{page['_id']} {page.get('token')}".encode(), digest_size=5)
    if done:
        status = f" (HTTP {page['httpStatus']})" if page.get("httpStatus") else ""
        rejected = f", {counts['rejected']:,} rejected" if counts.get("rejected") else ""
        text = f"{place}: {counts.get('records', 0):,} records{rejected}{status}."
        if page.get("problem"):
            text = f"{text[:-1]}; {page['problem']}."
    else:
        text = f"{place} failed for good: {page.get('error') or 'unknown'}"
    return RunEventInfo(
        id=f"{int(at.timestamp() * 1000)}-p{digest.hexdigest()}",
        at=at,
        type="page.done" if done else "page.failed",
        text=text,
        data={
            "partition": page["partition"],
            "number": page["number"],
            "attempt": page.get("attempt", 1),
            "httpStatus": page.get("httpStatus"),
            "records": counts.get("records", 0),
            "rejected": counts.get("rejected", 0),
        },
    )


def _text(kind: str, run: str, data: dict[str, Any]) -> str:
    step = _step(run, str(data.get("task") or ""))
    reason = data.get("reason") or data.get("error") or ""
    if kind == "task.retry":
        seconds = float(data.get("delayMs") or 0) / 1000
        return f"{step} is tried again in {seconds:,.1f} s: {reason}"
    if kind == "run.finished":
        verdict = data.get("verdict") or "without a verdict"
        return f"Finished, {verdict}: {data.get('message') or reason}"
    sentences = {
        "run.started": f"Started: {reason}.",
        "run.paused": "Paused: the import is suspended.",
        "run.resumed": "Goes on.",
        "run.cancelled": "Cancelled: pages in work end, no more begin.",
        "task.failed": f"{step} failed for good: {reason}",
        "task.recovered": f"{step} lost its worker, and was given back ({data.get('crashes')}).",
    }
    return sentences.get(kind, kind)


def _step(run: str, task: str) -> str:
    """A task in words: `<run>/page/<partition>/<number>`, `<run>/plan`, `<run>/finalize`."""
    parts = task.removeprefix(f"{run}/").split("/")
    if parts[0] == "page" and len(parts) >= 3:
        return _place(parts[-1], "/".join(parts[1:-1]))
    return {"plan": "The plan", "finalize": "The end of the run"}.get(parts[0], "A task")


def _place(number: str, partition: str) -> str:
    """A page in words; where the source is one whole, that goes without saying."""
    return f"Page {number}" if partition == ALL_PARTITION else f"Page {number} of {partition}"


def _order(line: RunEventInfo) -> tuple[int, int, str]:
    return _order_of(line.id)


def _order_of(identity: str) -> tuple[int, int, str]:
    """By time, then by place in the stream; an id that is not ours sorts first."""
    milliseconds, _, rest = identity.partition("-")
    number = int(milliseconds) if milliseconds.isdigit() and len(milliseconds) < 20 else 0
    return number, int(rest) if rest.isdigit() and len(rest) < 20 else 0, rest
