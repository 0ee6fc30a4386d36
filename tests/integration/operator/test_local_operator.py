"""The operator over a folder, a real Redis and worker processes."""

import os
import signal
import time

from integration.operator.conftest import POOL, SPEC, Laptop, eventually
from jobimport.ids import ImportKey, TaskId
from jobimport.queue.oneoffs import answer_of, ask
from jobimport.queue.tasks import TaskKind
from jobimport.resource import names


async def test_a_file_becomes_a_run_with_an_outcome_and_workers_come_and_go(
    laptop: Laptop,
) -> None:
    acme = laptop.write("acme")
    async with laptop.operator() as pools:
        last = await eventually(lambda: laptop.finished(acme))
        assert (last.verdict, last.records, last.reason) == ("Complete", 40, "SpecChanged")

        async def forgotten() -> bool:
            return await laptop.queue.run_ids() == []

        await eventually(forgotten)

        async def idle() -> bool:
            return (await pools.observe(POOL)).ready == 0

        await eventually(idle)

        async def all_was_told() -> bool:  # the last of it after the status was written
            happened = [event["reason"] for event in await laptop.imports.events(acme)]
            return happened == ["SpecChanged", "RunComplete"]

        await eventually(all_was_told)


async def test_a_broken_file_is_shown_and_stops_no_other(laptop: Laptop) -> None:
    acme, big = laptop.write("acme"), laptop.write("big")
    async with laptop.operator():
        await eventually(lambda: laptop.finished(acme))
        (laptop.folder / "acme.yaml").write_text("spec: {source: [\n")
        (laptop.folder / "big.yaml").unlink()
        small = laptop.write("small", schedule="61 * * * *")
        big = laptop.write("bigger")

        async def stalled(key: ImportKey, text: str) -> bool:
            found = (await laptop.status(key)).conditions
            return any(each.type == "Stalled" and text in each.message for each in found)

        await eventually(lambda: stalled(acme, "acme.yaml: not valid YAML: line 2"))
        await eventually(lambda: stalled(small, "spec.schedule"))
        assert (await eventually(lambda: laptop.finished(big))).verdict == "Complete"


async def test_an_edit_grows_the_generation_and_keeps_the_uid(laptop: Laptop) -> None:
    acme = laptop.write("acme")
    async with laptop.operator():
        first = await eventually(lambda: laptop.finished(acme))
        before = await laptop.imports.get(acme)
        laptop.write("acme", batchSize=7)

        async def ran_again() -> bool:
            last = (await laptop.status(acme)).last_run
            return last is not None and last.sequence > first.sequence

        await eventually(ran_again)
        after = await laptop.imports.get(acme)
        assert before is not None
        assert after is not None
        assert (after.uid, after.generation) == (before.uid, 2)
        assert after.status.observed_generation == 2


async def test_p2_redis_may_lose_everything_in_the_middle_of_a_run(laptop: Laptop) -> None:
    laptop.page_seconds = 0.2
    acme = laptop.write("acme")
    async with laptop.operator():
        before = await eventually(lambda: laptop.running(acme))
        await laptop.redis.flushall()
        last = await eventually(lambda: laptop.finished(acme))
        assert last.id == before.id
        assert (last.verdict, last.records) == ("Complete", 40)


async def test_deleting_an_import_in_the_middle_of_a_run_sweeps_redis(laptop: Laptop) -> None:
    laptop.pages, laptop.page_seconds = 100, 0.2
    acme = laptop.write("acme")
    async with laptop.operator():
        run = await eventually(lambda: laptop.running(acme))
        (laptop.folder / "acme.yaml").unlink()

        async def swept() -> bool:
            keys = await laptop.redis.keys(f"*{run.id}*")
            return not keys and await laptop.queue.run_ids() == []

        await eventually(swept)
        assert await laptop.imports.get(acme) is None


async def test_a_request_to_cancel_ends_the_run_with_a_message(laptop: Laptop) -> None:
    laptop.pages, laptop.page_seconds = 100, 0.1
    acme = laptop.write("acme")
    async with laptop.operator():
        await eventually(lambda: laptop.running(acme))
        await laptop.imports.annotate(acme, {names.CANCEL_REQUESTED: "1"})
        last = await eventually(lambda: laptop.finished(acme))
        assert last.message.startswith("Cancelled on request.")
        assert last.pages < 100


async def test_suspending_pauses_a_run_and_resuming_ends_it(laptop: Laptop) -> None:
    acme = laptop.write("acme")
    async with laptop.operator():
        run = await eventually(lambda: laptop.running(acme))
        laptop.write("acme", suspend=True)

        async def state(wanted: str) -> bool:
            view = await laptop.queue.run_view(run.id)
            return view is not None and view.state == wanted

        await eventually(lambda: state("paused"))
        laptop.write("acme")
        last = await eventually(lambda: laptop.finished(acme))
        assert (last.id, last.records) == (run.id, 40)


async def test_p3_a_killed_worker_is_replaced_and_the_run_goes_on(laptop: Laptop) -> None:
    acme = laptop.write("acme")
    async with laptop.operator() as pools:
        await eventually(lambda: laptop.running(acme))
        for pid in pools.process_ids(POOL):
            os.kill(pid, signal.SIGKILL)
        last = await eventually(lambda: laptop.finished(acme))
        assert (last.verdict, last.records) == ("Complete", 40)


async def test_a_crashing_worker_is_started_again_ever_more_slowly(laptop: Laptop) -> None:
    laptop.environment["SCRIPTED_CRASH"] = "1"
    laptop.write("acme")
    async with laptop.operator() as pools:
        began = time.monotonic()
        await eventually(lambda: pools.crashes(POOL) >= 3)
        assert time.monotonic() - began > 0.5 + 1.0


async def test_an_operator_killed_in_mid_run_takes_its_workers_along_and_goes_on(
    laptop: Laptop,
) -> None:
    laptop.page_seconds = 0.3
    acme = laptop.write("acme", source={**SPEC["source"], "name": "acme"})
    async with laptop.operator_process() as process:
        run = await eventually(lambda: laptop.running(acme))
        workers = [w.id for w in (await laptop.queue.pool_view()).workers]
        process.kill()
        await process.wait()

    async def retired() -> bool:
        return all(w.id not in workers for w in (await laptop.queue.pool_view()).workers)

    await eventually(retired)
    async with laptop.operator_process():
        last = await eventually(lambda: laptop.finished(acme))
        assert (last.id, last.records) == (run.id, 40)


async def test_a_second_operator_on_the_same_folder_is_refused(laptop: Laptop) -> None:
    laptop.write("acme", suspend=True)
    async with laptop.operator_process():
        await eventually((laptop.state / "status" / "default" / "acme.json").exists)
        async with laptop.operator_process() as second:
            _, said = await second.communicate()
            assert second.returncode == 1
            assert b"has an operator already" in said


async def test_a_pool_at_zero_wakes_for_a_preview_also_where_no_import_is(laptop: Laptop) -> None:
    async with laptop.operator() as pools:
        await pools.ensure(POOL)
        assert (await pools.observe(POOL)).desired == 0
        for _ in range(2):  # the pool is unknown at first, and known and asleep then
            key = ImportKey("default", "not-there")
            task = await ask(laptop.queue, TaskKind.PREVIEW, key, {"spec": {}})

            async def answered(task: TaskId = task) -> bool:
                found = await answer_of(laptop.queue, task)
                return found is not None and found.result == {"records": 5}

            await eventually(answered)

            async def asleep() -> bool:
                return (await pools.observe(POOL)).ready == 0

            await eventually(asleep)
