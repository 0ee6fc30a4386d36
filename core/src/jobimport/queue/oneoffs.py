"""Tasks that belong to no run: somebody asks, a worker answers, and the answer expires.

They stand in the pool's ready queue beside the pages of runs, with the same leases: the autoscaler
counts them, a worker that dies gives them back, and a stale lease answers nothing.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from jobimport.ids import ImportKey, TaskId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import ONE_OFF_KINDS, Lease, TaskKind
from jobimport.queue.views import text

MOST_OPEN: Final = 100
"""One-off tasks of a pool that may be open at a time."""

_PREFIX: Final = "oneoff/"
_IMPORT: Final = "import"
_STATES: Final[dict[str, Literal["waiting", "working", "done", "failed"]]] = {
    "ready": "waiting",
    "retry": "waiting",
    "leased": "working",
    "done": "done",
    "failed": "failed",
}


class TooManyAsked(RuntimeError):
    """So many one-off tasks of the pool are open that no more is taken."""


@dataclass(frozen=True, slots=True)
class OneOffAnswer:
    """Where a one-off task stands. `result` comes with done, and `error`, a sentence, with failed;
    a task that waits for its next try has the `error` of the last one.
    """

    state: Literal["waiting", "working", "done", "failed"]
    result: dict[str, Any] | None = None
    error: str | None = None
    import_key: ImportKey | None = None
    """The import that it was asked for: who may not see that one may not see the answer."""


async def ask(
    queue: Queue, kind: TaskKind, import_key: ImportKey, payload: dict[str, Any]
) -> TaskId:
    """Ask the workers of a pool for something; the task's id cannot be guessed.

    Nothing that is open for ten minutes without a worker at it is kept, nor an answer for longer.
    Raises TooManyAsked, ValueError for a kind that belongs to runs, and RedisError.
    """
    if kind not in ONE_OFF_KINDS:
        raise ValueError(f"tasks of the kind {kind} belong to runs")
    task = TaskId(_PREFIX + secrets.token_hex(16))
    await queue.make_known()
    written = orjson.dumps({**payload, _IMPORT: str(import_key)})
    if not await queue.step("ask", task, kind, str(import_key), written, MOST_OPEN):
        raise TooManyAsked(
            f"{MOST_OPEN} previews and replays of the pool {queue.pool} are waiting already: see"
            " whether it has workers, or try again in a minute"
        )
    return task


async def answer_of(queue: Queue, task: TaskId) -> OneOffAnswer | None:
    """Where a one-off task stands; None where it is unknown or its answer has expired."""
    reply = await queue.step("answer_of", task)
    if reply is None:
        return None
    state, result, error, import_key = (text(each) for each in reply)
    return OneOffAnswer(
        _STATES[state],
        orjson.loads(result) if result else None,
        error or None,
        ImportKey.parse(import_key),
    )


async def answer(queue: Queue, lease: Lease, result: dict[str, Any]) -> bool:
    """Answer a one-off task; False for a stale lease."""
    return bool(await queue.step("answer", lease.task.id, lease.token, orjson.dumps(result)))


def is_one_off(lease: Lease) -> bool:
    """Whether a lease is of a task that belongs to no run."""
    return lease.task.kind in ONE_OFF_KINDS


def asked_for(lease: Lease) -> ImportKey:
    """The import that a one-off task was asked for."""
    return ImportKey.parse(lease.task.payload[_IMPORT])
