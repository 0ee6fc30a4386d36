"""The budget of a host, on a real Redis: never more than the strictest spec allows."""

import asyncio
import itertools
import time
from datetime import timedelta

from redis.asyncio import Redis

from jobimport.budgets import Grant, HostBudgets, Limits, Manner, NoRoom, host_of
from jobimport.resource.fetching import Politeness

LEASE_MS = 5_000
HOST = "jobs.example"


def limits(requests: int, seconds: int, in_flight: int | None = None) -> Limits:
    return Limits.of(Politeness(requests=requests, period_seconds=seconds, max_in_flight=in_flight))


async def granted(budgets: HostBudgets, name: str, own: Limits, host: str = HOST) -> Grant:
    async with asyncio.timeout(20):
        while True:
            found = await budgets.take(host, name, own, LEASE_MS)
            if isinstance(found, Grant):
                return found
            await asyncio.sleep(min(found.wait.total_seconds(), 0.2))


async def refused(budgets: HostBudgets, name: str, own: Limits, host: str = HOST) -> NoRoom:
    found = await budgets.take(host, name, own, LEASE_MS)
    assert isinstance(found, NoRoom)
    return found


async def test_no_window_holds_more_than_the_budget_and_no_moment_more_in_flight(
    redis: Redis,
) -> None:
    own, sent, flying, most = limits(5, 1, 2), list[float](), 0, 0

    async def ask(budgets: HostBudgets, name: str) -> None:
        nonlocal flying, most
        for _ in range(4):
            grant = await granted(budgets, name, own)
            sent.append(time.monotonic())
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0.02)
            flying -= 1
            await budgets.release(grant, Manner.GOOD)

    await asyncio.gather(*(ask(HostBudgets(redis), f"ns/{n}") for n in range(4)))
    assert len(sent) == 16
    assert most == 2
    spans = [later - sooner for sooner, later in zip(sent, sent[5:], strict=False)]
    assert min(spans) >= 1.0, spans


async def test_the_strictest_spec_wins_until_it_is_relaxed(redis: Redis) -> None:
    budgets = HostBudgets(redis)
    await budgets.release(await granted(budgets, "ns/strict", limits(1, 60)), Manner.GOOD)
    found = await refused(budgets, "ns/loose", limits(100, 60))
    assert "politeness.requests" in found.why
    assert timedelta(seconds=50) < found.wait <= timedelta(seconds=60)
    assert isinstance(await budgets.take(HOST, "ns/strict", limits(50, 60), LEASE_MS), Grant)
    assert isinstance(await budgets.take(HOST, "ns/loose", limits(100, 60), LEASE_MS), Grant)


async def test_p3_the_slot_of_a_worker_that_died_is_back_after_its_lease(redis: Redis) -> None:
    budgets, own = HostBudgets(redis), Limits(in_flight=1)
    held = await budgets.take(HOST, "ns/a", own, 400)
    assert isinstance(held, Grant)
    started = time.monotonic()
    assert "maxInFlight" in (await refused(budgets, "ns/b", own)).why
    await granted(budgets, "ns/b", own)
    assert time.monotonic() - started > 0.3


async def test_a_lease_that_is_renewed_keeps_its_slot(redis: Redis) -> None:
    budgets, own = HostBudgets(redis), Limits(in_flight=1)
    held = await budgets.take(HOST, "ns/a", own, 1_500)
    assert isinstance(held, Grant)
    until = time.monotonic() + 2
    while time.monotonic() < until:
        await budgets.renew([held], 1_500)
        await refused(budgets, "ns/b", own)
        await asyncio.sleep(0.1)


async def test_p5_a_pause_holds_for_all_and_leaves_other_hosts_alone(redis: Redis) -> None:
    first, second = HostBudgets(redis), HostBudgets(redis)
    grant = await granted(first, "ns/a", Limits())
    await first.release(grant, Manner.PAUSE, pause=timedelta(seconds=1))
    started = time.monotonic()
    assert "asked for a pause" in (await refused(second, "other/b", Limits())).why
    assert isinstance(await second.take("other.example", "ns/a", Limits(), LEASE_MS), Grant)
    await granted(second, "other/b", Limits())
    assert time.monotonic() - started > 0.9


async def test_complaints_slow_a_host_down_and_good_answers_speed_it_up(redis: Redis) -> None:
    budgets = HostBudgets(redis)
    together = [await granted(budgets, "ns/a", Limits()) for _ in range(4)]
    for grant in together:
        await budgets.release(grant, Manner.SLOW)
    gap = int(await redis.hget(f"ji:{{host/{HOST}}}:state", "gap") or 0)
    assert gap == 100_000, "four complaints of one round count once"
    for _ in range(25):
        await budgets.release(await granted(budgets, "ns/a", Limits()), Manner.GOOD)
    assert await redis.hget(f"ji:{{host/{HOST}}}:state", "gap") == b"0"


async def test_a_host_that_answers_two_of_three_requests_is_not_slowed_more_and_more(
    redis: Redis,
) -> None:
    budgets, gaps = HostBudgets(redis), list[int]()
    for turn in range(24):
        grant = await granted(budgets, "ns/a", Limits())
        await budgets.release(grant, Manner.SLOW if turn % 3 == 0 else Manner.GOOD)
        gaps.append(int(await redis.hget(f"ji:{{host/{HOST}}}:state", "gap") or 0))
    assert max(gaps) <= 250_000, gaps


async def test_p2_a_budget_that_redis_lost_starts_anew(redis: Redis) -> None:
    budgets = HostBudgets(redis)
    grant = await granted(budgets, "ns/a", limits(1, 60))
    await redis.flushall()
    await budgets.release(grant, Manner.GOOD)
    assert isinstance(await budgets.take(HOST, "ns/a", limits(1, 60), LEASE_MS), Grant)


async def test_waiting_callers_are_told_different_turns(redis: Redis) -> None:
    budgets, own = HostBudgets(redis), limits(2, 10)
    for _ in range(2):
        await budgets.release(await granted(budgets, "ns/a", own), Manner.GOOD)
    waits = [(await refused(budgets, "ns/a", own)).wait for _ in range(3)]
    assert all(b - a > timedelta(seconds=4) for a, b in itertools.pairwise(waits)), waits


def test_a_large_budget_is_kept_in_parts_that_are_never_more() -> None:
    assert limits(30_000, 60) == Limits(1_000, 2_000_000, 0)
    part = limits(1_001, 60)
    assert part.requests * -(-60_000_000 // part.period_us) <= 1_001


def test_hosts_are_named_alike_and_cannot_leave_their_hash_tag() -> None:
    assert host_of("https://Jobs.Example:443/a") == host_of("https://jobs.example./b") == HOST
    assert host_of("http://jobs.example:8080/") == "jobs.example:8080"
    assert not set("{}") & set(host_of("http://a}b{c/"))
