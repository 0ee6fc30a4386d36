"""A worker that notes what its processor time goes into; at its end it writes it to $BENCH_PROFILE.

From a SIGUSR1 on, every millisecond of the process' CPU, a timer looks where the program is. Each
sample counts for one step: that of the outermost function that belongs to one.
"""

import json
import os
import runpy
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

OTHER = "event loop, the rest"
STEPS = (
    ("HTTP: request and body", "jobimport_worker.fetch"),
    ("body: weighed, hashed, looked up", "jobimport_worker.memory"),
    ("body: weighed, hashed, looked up", "jobimport_worker.recalling"),
    ("body: weighed, hashed, looked up", "jobimport.store.bodies"),
    ("charset and decoding", "jobimport_worker.decode"),
    ("id and raw hash", "jobimport_worker.batches._identify"),
    ("asking what is stored", "jobimport.store.postings.fetch_known"),
    ("asking what is stored", "jobimport.store.postings.fetch_settled"),
    ("asking what is stored", "jobimport.store.postings.contents"),
    ("building and sending writes", "jobimport.store.postings.write_changes"),
    ("counts and coverage", "jobimport_worker.comparing.account"),
    ("counts and coverage", "jobimport.mapping.coverage"),
    ("hash of the content", "jobimport.mapping.hashes"),
    ("mapping", "jobimport.mapping"),
    ("sightings, pages, rejects", "jobimport.store.rejects"),
    ("sightings, pages, rejects", "jobimport.store.walks"),
    ("finalizing", "jobimport_worker.finalize"),
    ("queue in Redis", "jobimport.queue"),
    ("queue in Redis", "redis"),
    ("answers of MongoDB, as they come in", "pymongo"),
    ("HTTP: request and body", "anyio"),
)
"""Steps, and the functions or modules that belong to them. The last three are what the event loop
calls by itself.
"""
_INTERVAL_SECONDS = 0.001


def step_of(frame: FrameType | None) -> str:
    """The step that a stack belongs to."""
    found = OTHER
    while frame is not None:
        name = f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_name}."
        found = next((step for step, place in STEPS if name.startswith(f"{place}.")), found)
        frame = frame.f_back
    return found


def main() -> None:
    """Run the worker, as `python -m jobimport_worker` does."""
    samples = Counter[str]()

    def begin(_number: int, _frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL_SECONDS, _INTERVAL_SECONDS)

    signal.signal(signal.SIGPROF, lambda _, frame: samples.update([step_of(frame)]))
    signal.signal(signal.SIGUSR1, begin)
    try:
        runpy.run_module("jobimport_worker", run_name="__main__", alter_sys=True)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(os.environ["BENCH_PROFILE"]).write_text(json.dumps(samples))


if __name__ == "__main__":
    main()
