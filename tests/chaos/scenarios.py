"""What happens to an import in a chaos test; each gives the differences to the board's ledger."""

import asyncio
import itertools
import signal

from chaos.stage import MAPPING, PER_PAGE, Stage, until
from jobimport.resource.status import LastRun
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board
from jobimport_cli.standins.redis_server import RedisServer

WORKER_KILLS, OPERATOR_KILLS, FLUSHES = 10, 5, 2
OUTAGE_SECONDS = 30


def responses(board: Board) -> int:
    """Whole responses that the board has given."""
    return sum(ledger.responses for ledger in board.ledgers.values())


async def killed_in_mid_page(stage: Stage, *defects: str) -> list[str]:
    """A worker is killed in the middle of a long file, with some of it written."""
    feed = Feed("file", FeedStyle.XML, 1500, broken=frozenset({3}))
    killed = asyncio.Event()
    async with stage.serving(feed, before_second_half=killed.wait):
        stage.apply(feed)
        stage.start_operator()
        worker = stage.start_worker(*defects)
        await stage.until_stored(1)
        stage.kill(worker)
        killed.set()
        stage.start_worker(*defects)
        return await stage.differences("file", await stage.finished("file"))


async def killed_after_the_answer(stage: Stage, *defects: str) -> list[str]:
    """A worker is killed while it has the answers of pages, and nothing of them is written."""
    feed = Feed("paged", FeedStyle.PAGES, 10 * PER_PAGE)
    held = asyncio.Event()

    async def hold(path: str) -> None:
        if "page=1&" not in f"{path}&":
            held.set()
            await asyncio.sleep(0.5)

    async with stage.serving(feed, before_answer=hold):
        stage.apply(feed)
        stage.start_operator()
        worker = stage.start_worker(*defects)
        async with asyncio.timeout(60):
            await held.wait()
        stage.kill(worker)
        stage.start_worker(*defects)
        return await stage.differences("paged", await stage.finished("paged"))


async def faulty_source(stage: Stage, *defects: str) -> list[str]:
    """Pages answer 429, 503 or are cut off at first."""
    feed = Feed("paged", FeedStyle.PAGES, 30 * PER_PAGE)
    faults = FaultPlan(throttled=10, unavailable=20, reset=20, retry_after_seconds=0)
    async with stage.serving(feed, faults=faults):
        stage.apply(feed)
        stage.start_operator()
        stage.start_worker(*defects)
        return await stage.differences("paged", await stage.finished("paged"))


async def late_writer(stage: Stage, *defects: str) -> list[str]:
    """A worker is stopped with an old answer in hand, and goes on after another did its task."""
    feed = Feed("paged", FeedStyle.PAGES, PER_PAGE - 1)
    asked, answered = asyncio.Event(), asyncio.Event()

    async def hold(path: str) -> None:
        if not asked.is_set():
            asked.set()
            await answered.wait()

    async with stage.serving(feed):
        stage.apply(feed)
        stage.start_operator()
        stage.start_worker(*defects)
        first = await stage.finished("paged")
        feed.change(7)
        stage.board.before_answer = hold
        for worker in stage.workers:
            stage.kill(worker)
        late = stage.start_worker(*defects, "deaf")
        rerun = asyncio.create_task(stage.run_again("paged", first))
        async with asyncio.timeout(60):
            await asked.wait()
        late.send_signal(signal.SIGSTOP)
        before = responses(stage.board)
        answered.set()
        await until(lambda: responses(stage.board) > before)
        feed.change(7)
        stage.start_worker(*defects)
        last = await rerun
        late.send_signal(signal.SIGCONT)
        log = stage.folder / f"worker-{stage.number - 1}.log"
        await until(lambda: "belongs to" in log.read_text())
        return await stage.differences("paged", last)


async def page_that_fails(stage: Stage, *defects: str) -> list[str]:
    """After a complete run a page fails for good: nothing may be closed."""
    feed = Feed("paged", FeedStyle.PAGES, 10 * PER_PAGE)
    async with stage.serving(feed):
        once = {"maxAttempts": 1, "initialDelaySeconds": 0}
        stage.apply(feed, retry=once, completeness={"missesBeforeClose": 1})
        stage.start_operator()
        stage.start_worker(*defects)
        first = await stage.finished("paged")
        stage.board.faults = FaultPlan(unavailable=100, repeats=100, only="page=4")
        second = await stage.run_again("paged", first)
        assert second.verdict == "Partial", second.message
        return await stage.differences("paged", second, of_status=False)


async def changed_mapping(stage: Stage, *defects: str) -> list[str]:
    """The mapping is mended after a run with a wrong one: everything is mapped again."""
    feed = Feed("paged", FeedStyle.PAGES, 3 * PER_PAGE)
    async with stage.serving(feed):
        wrong = MAPPING[feed.style] | {"company": "employer.title"}
        stage.apply(feed, mapping=wrong)
        stage.start_operator()
        stage.start_worker(*defects)
        first = await stage.finished("paged")
        stage.apply(feed)
        last = await stage.finished("paged", after=first.id)
        found = await stage.differences("paged", last)
        if not found and last.inserted:
            found.append(f"{last.inserted} postings inserted anew")
        return found


async def redis_away(stage: Stage, server: RedisServer) -> list[str]:
    """Redis is gone for half a minute in mid-run, and comes back empty."""
    feed = Feed("paged", FeedStyle.PAGES, 60 * PER_PAGE)
    async with stage.serving(feed, delay_seconds=0.05):
        stage.apply(feed)
        stage.start_operator()
        stage.start_worker()
        await until(lambda: responses(stage.board) > 10)
        server.stop()
        await asyncio.sleep(OUTAGE_SECONDS)
        server.start()
        return await stage.differences("paged", await stage.finished("paged"))


async def everything_at_once(stage: Stage) -> dict[str, list[str]]:
    """Workers are killed ten times, the operator five times, and Redis loses its data twice."""
    feeds = (
        Feed("paged", FeedStyle.PAGES, 150 * PER_PAGE, broken=frozenset({1234})),
        Feed("file", FeedStyle.XML, 3000, broken=frozenset({77})),
    )
    faults = FaultPlan(throttled=4, unavailable=6, reset=6, retry_after_seconds=0)
    async with stage.serving(*feeds, faults=faults, delay_seconds=0.02):
        for feed in feeds:
            stage.apply(feed)
        stage.start_operator()
        workers = [stage.start_worker() for _ in range(2)]
        blows = itertools.chain(
            *itertools.zip_longest(
                ["worker"] * WORKER_KILLS, ["operator"] * OPERATOR_KILLS, ["flush"] * FLUSHES
            )
        )
        for turn, blow in enumerate(filter(None, blows)):
            served = responses(stage.board)
            await until(lambda served=served: responses(stage.board) >= served + 5)
            if blow == "worker":
                stage.kill(workers[turn % 2])
                workers[turn % 2] = stage.start_worker()
            elif blow == "operator":
                assert stage.operator is not None
                stage.kill(stage.operator)
                stage.start_operator()
            else:
                await stage.flush()
        lasts: dict[str, LastRun] = {each.name: await stage.finished(each.name) for each in feeds}
        return {name: await stage.differences(name, last) for name, last in lasts.items()}
