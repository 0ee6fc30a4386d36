"""Pages share a worker's memory: bounded, whatever they read, and none waits for ever."""

import asyncio
import random

import pytest

from jobimport_worker import memory
from jobimport_worker.errors import NoTurn, Transient
from jobimport_worker.held import MOST_OF_GROUP, Held
from jobimport_worker.memory import Memory, weight_of


async def test_together_pages_hold_the_room_and_one_more_record() -> None:
    room = Memory(1000)
    most, record = 0, 400
    draw = random.Random(7)

    async def page() -> None:
        nonlocal most
        with room.share() as share:
            for _ in range(30):
                for _ in range(record // 20):
                    await share.read(b"x" * 20)
                    most = max(most, room.used)
                    if draw.random() < 0.2:
                        await asyncio.sleep(0)
                share.give(share.decoded())

    async with asyncio.timeout(30):
        await asyncio.gather(*(page() for _ in range(40)))
    assert room.used == 0
    assert 1000 < most <= 1000 + record


async def test_a_page_that_waits_too_long_goes_back_to_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "_LONGEST_WAIT_SECONDS", 0.01)
    room = Memory(100)
    with room.share() as large, room.share() as other:
        await large.read(b"x" * 150)
        with pytest.raises(NoTurn, match="memory"):
            await other.read(b"x")
        large.give(150)
        await other.read(b"x")
    assert room.used == 0


async def test_p4_a_slow_large_record_does_not_keep_others_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "_PATIENCE_SECONDS", 0.0)
    room = Memory(100)

    async def wait() -> None:
        with room.share() as other:
            await other.read(b"x")

    with room.share() as slow:
        await slow.read(b"x" * 150)
        await asyncio.sleep(0.01)
        await slow.read(b"x")  # nobody waits: it may take its time
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.01)
        with pytest.raises(Transient, match="too slow with a large record"):
            await slow.read(b"x")
    await waiting
    assert room.used == 0


def test_many_small_things_weigh_more_than_one_text() -> None:
    assert weight_of(b"[],[],[],") > 20 * weight_of(b"a" * 9)


def test_held_records_come_back_as_they_were() -> None:
    held = Held()
    records = [{"a": [n, None, 2**80, "ü\U0001f600", 1.5, {"b": True}]} for n in range(2000)]
    held.add(records[:700])
    held.add(records[700:])
    assert len(held) == len(records)
    assert held.read([1999, 0, 700]) == [records[1999], records[0], records[700]]
    held.close()


def test_rows_that_no_posting_can_have_are_refused() -> None:
    held = Held()
    held.add([{"text": "x" * (MOST_OF_GROUP // 2)} for _ in range(3)])
    with pytest.raises(Exception, match="groupBy name a posting"):
        held.read([0, 1, 2])
    held.close()
