"""A run that a newer release began, met by a worker of this one in the middle of an upgrade."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson

from .conftest import Rig, Source

SPEC: dict[str, Any] = {
    "source": {"format": {"type": "json", "records": "jobs"}},
    "mapping": {"externalId": "id", "title": "title"},
}


async def test_p3_a_run_that_this_worker_cannot_read_waits_for_one_that_can(
    rig: Rig, source: Source
) -> None:
    source.gives(b'{"jobs": [{"id": "1", "title": "Cook"}]}')
    spec = {**SPEC, "source": {**SPEC["source"], "request": {"url": source.address}}}
    await rig.run(spec)
    assert rig.started is not None
    readable = rig.started.snapshot
    newer = orjson.loads(readable)
    newer["spec"]["source"]["ofANewerRelease"] = True
    await rig.queue.forget_run(rig.started.id)
    rig.started = replace(rig.started, snapshot=orjson.dumps(newer))
    asked = len(source.asked)
    await rig.start()
    async with asyncio.timeout(30):
        while not (view := await rig.queue.run_view(rig.started.id)) or not view.blocked:
            await asyncio.sleep(0.05)
    assert "ofANewerRelease" in view.blocked
    assert (view.outcome, view.retries) == (None, 0)
    assert len(source.asked) == asked, "nothing is fetched by a spec that is not understood"

    await rig.queue.forget_run(rig.started.id)
    rig.started = replace(rig.started, snapshot=readable)
    await rig.start()
    async with asyncio.timeout(30):
        while not (view := await rig.queue.run_view(rig.started.id)) or not view.outcome:
            await asyncio.sleep(0.05)
    assert view.outcome["verdict"] in ("Complete", "Unchanged")
