"""Cancelling of tasks that outlives libraries which make it an error of their own."""

import asyncio


def end_if_cancelled() -> None:
    """End the current task if it was cancelled: to be called where its errors are caught."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
