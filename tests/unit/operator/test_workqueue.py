"""The work queue of keys, and the heap of due times."""

import asyncio

from jobimport.ids import ImportKey
from jobimport_operator.workqueue import DueTimes, WorkQueue

ACME, BIG = ImportKey("recruiting", "acme"), ImportKey("recruiting", "big")


async def test_a_key_is_in_the_queue_once() -> None:
    queue = WorkQueue()
    queue.add(ACME)
    queue.add(ACME)
    queue.add(BIG)
    assert [await queue.take(), await queue.take()] == [ACME, BIG]
    assert len(queue) == 2


async def test_a_key_added_while_in_work_comes_again_and_is_never_in_two_hands() -> None:
    queue = WorkQueue()
    queue.add(ACME)
    await queue.take()
    queue.add(ACME)
    taking = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    assert not taking.done()
    queue.done(ACME)
    assert await taking == ACME


async def test_a_failing_key_waits_longer_each_time_and_no_other_key_waits_for_it() -> None:
    queue = WorkQueue()
    delays: list[float] = []
    for _ in range(4):
        queue.add(ACME)
        await queue.take()
        delays.append(queue.failed(ACME))
    assert delays == [0.2, 0.4, 0.8, 1.6]
    queue.add(BIG)
    assert await queue.take() == BIG
    queue.retry_now()
    assert await queue.take() == ACME
    queue.done(ACME)


async def test_due_times_come_in_order_and_the_newest_time_of_a_key_counts() -> None:
    clock, added = [100.0], list[ImportKey]()
    due = DueTimes(lambda: clock[0], added.append)
    due.set(ACME, 110.0)
    due.set(BIG, 105.0)
    due.set(ACME, 120.0)
    assert due.release_due() == 5.0
    clock[0] = 119.0
    assert due.release_due() == 1.0
    assert added == [BIG]
    due.set(ACME, None)
    assert due.release_due() == float("inf")


def test_times_that_were_set_anew_are_not_kept_until_they_come() -> None:
    """An import of a yearly schedule that is run by hand each hour."""
    due = DueTimes(lambda: 0.0, lambda _: None)
    for run in range(1, 5000):
        due.set(ACME, float(run))
        due.set(ACME, 1e9)
    due.set(BIG, 2e9)
    assert len(due) < 100
    assert due.release_due() == 1e9
