"""A worker: its tasks, what they came to, and the sources that it asks."""

from typing import Final

from jobimport.queue.tasks import Counts
from jobimport.telemetry.metrics.registry import BoundedLabel, counter, gauge, histogram

_PART: Final = "worker"
_HOSTS: Final = BoundedLabel(50)

TASKS: Final = counter(
    _PART,
    "jobimport_tasks_total",
    "Attempts at tasks by kind and outcome: done, retried, throttled, turn (waits for its turn at"
    " the host), failed, lost (another worker has it) or error.",
    ("kind", "outcome"),
)
TASK_SECONDS: Final = histogram(
    _PART, "jobimport_task_seconds", "One attempt at a task, by kind.", ("kind",)
)
IN_WORK: Final = gauge(_PART, "jobimport_tasks_in_work", "Tasks that the worker holds now.")
SLOTS: Final = gauge(_PART, "jobimport_task_slots", "Tasks that the worker takes at a time.")
RECORDS: Final = counter(
    _PART,
    "jobimport_records_total",
    "Records of done pages: filtered, inserted, updated, unchanged, reopened, rejected.",
    ("change",),
)
SOURCE_REQUESTS: Final = counter(
    _PART,
    "jobimport_source_requests_total",
    "Requests to sources by host (the first 50, then other) and answer: 2xx, 3xx, 4xx, 429, 5xx,"
    " timeout, or unreachable.",
    ("host", "answer"),
)
SOURCE_SECONDS: Final = histogram(
    _PART,
    "jobimport_source_response_seconds",
    "From a request to the head of its answer, by host (the first 50, then other).",
    ("host",),
)
SOURCE_BYTES: Final = counter(
    _PART,
    "jobimport_source_received_bytes_total",
    "Bytes of bodies as they came over the network, by host (the first 50, then other).",
    ("host",),
)
STORE_RETRIES: Final = counter(
    _PART,
    "jobimport_mongodb_retries_total",
    "Steps of an attempt that found MongoDB away (a fail-over, a pause, a cut connection) and were"
    " tried again, by error.",
    ("error",),
)


def count_page(counts: Counts) -> None:
    """Count the records of a page that is done."""
    for change, number in counts.to_document().items():
        if number and change != "records":  # the sum of the others
            RECORDS.labels(change).inc(number)


def count_answer(host: str, answer: int | str, seconds: float) -> None:
    """Count a request to a source. `answer` is the HTTP status, or `timeout` or `unreachable`."""
    label = _HOSTS.of(host)
    kind = answer if isinstance(answer, str) else "429" if answer == 429 else f"{answer // 100}xx"
    SOURCE_REQUESTS.labels(label, kind).inc()
    SOURCE_SECONDS.labels(label).observe(seconds)


def count_received(host: str, size: int) -> None:
    """Count the bytes of a body."""
    SOURCE_BYTES.labels(_HOSTS.of(host)).inc(size)
