"""A run that an older release began is gone on with, from the queue entries, snapshots, status and
documents as that release wrote them; `recording.py` says how they were recorded.
"""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from chaos.stage import Stage
from cluster.images import ROOT
from integration.upgrade.recording import (
    BEGUN,
    BOARD,
    ENDED,
    Recording,
    fields_of,
    ledger_of,
    recordings,
    restore,
    schema_in,
)
from jobimport.ids import ImportKey
from jobimport.local import LocalImports
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.redis_server import RedisServer


@pytest.fixture(scope="module")
def mongo_url() -> Iterator[str]:
    with mongo_stand_in() as url:
        yield url


@pytest.fixture
async def stage(tmp_path: Path, mongo_url: str) -> AsyncIterator[Stage]:
    redis = RedisServer()
    redis.start()
    try:
        async with Stage.open(tmp_path, redis.url, mongo_url) as opened:
            yield opened
    finally:
        redis.close()


@pytest.fixture(params=recordings(), ids=lambda path: path.stem)
def recording(request: pytest.FixtureRequest) -> Recording:
    return json.loads(request.param.read_text())


async def status_of(stage: Stage, name: str) -> Any:
    found = await LocalImports(stage.folder / "imports", stage.folder / "state").get(
        ImportKey("default", name)
    )
    assert found is not None
    return found.status


async def first_seen(stage: Stage) -> dict[str, Any]:
    async with AsyncMongoClient[dict[str, Any]](stage.mongo_url) as client:
        found = client[stage.database]["jobs"].find({}, {"firstSeenAt": 1})
        return {each["_id"]: each["firstSeenAt"] async for each in found}


async def test_p1_a_run_begun_by_an_older_release_ends_with_nothing_lost_or_doubled(
    stage: Stage, recording: Recording
) -> None:
    async with stage.serving(ENDED, BEGUN, where=BOARD):
        await restore(stage, recording)
        served = ledger_of(recording, BEGUN.name)
        stage.board.ledgers[BEGUN.name] = served
        begun = (await status_of(stage, BEGUN.name)).current_run
        assert begun is not None, "the recording is of a run in work"
        before = await first_seen(stage)
        done = len(served.postings)
        stage.start_operator()
        stage.start_worker()
        last = await stage.finished(BEGUN.name)
        assert (last.id, last.sequence) == (begun.id, begun.sequence)
        assert await stage.differences(BEGUN.name, last) == []
        assert len(served.postings) == BEGUN.count > done > 0
        again = sum(each.times > 1 for each in served.postings.values())
        assert again <= 40, "only what was in work when it was killed is fetched again"
        now = await first_seen(stage)
        assert {key: now[key] for key in before} == before, "what was stored stays what it was"


async def test_p1_p2_the_run_also_ends_where_redis_was_lost_with_the_older_release(
    stage: Stage, recording: Recording
) -> None:
    async with stage.serving(ENDED, BEGUN, where=BOARD):
        await restore(stage, recording)
        await stage.flush()
        stage.board.ledgers[BEGUN.name] = ledger_of(recording, BEGUN.name)
        begun = (await status_of(stage, BEGUN.name)).current_run
        stage.start_operator()
        stage.start_worker()
        last = await stage.finished(BEGUN.name)
        assert begun is not None
        assert last.id == begun.id
        assert await stage.differences(BEGUN.name, last) == []


async def test_a_run_after_the_upgrade_inserts_and_closes_nothing_of_a_source_as_it_was(
    stage: Stage, recording: Recording
) -> None:
    async with stage.serving(ENDED, BEGUN, where=BOARD):
        await restore(stage, recording)
        stage.board.ledgers[ENDED.name] = ledger_of(recording, ENDED.name)
        before = (await status_of(stage, ENDED.name)).last_run
        stage.start_operator()
        stage.start_worker()
        last = await stage.run_again(ENDED.name, before)
        assert last.sequence > before.sequence
        assert (last.inserted, last.reopened, last.closed) == (0, 0, 0), last
        assert last.open == before.open == ENDED.count - 1
        assert await stage.differences(ENDED.name, last) == []


NEVER_TAKEN = ("spec.source.detail.format.where", "spec.source.detail.format.groupBy")
"""Fields that older releases offered and then refused: no import that ran has them."""


def test_every_field_of_an_older_crd_is_there_as_it_was(recording: Recording) -> None:
    """Only additions: what a user's manifest or a stored status says must stay valid."""
    now = fields_of(schema_in(ROOT))
    fields: dict[str, Any] = recording["fields"]
    then = {path: kind for path, kind in fields.items() if path not in NEVER_TAKEN}
    assert {path: now.get(path) for path in then} == then
