"""A worker keeps to the budget of its source's host, and loses no attempt by waiting."""

import json
import time
from typing import Any

from aiohttp import web

from .conftest import Rig
from .test_importing import a_spec, jobs


async def test_an_import_keeps_its_budget_and_waiting_is_no_retry(rig: Rig) -> None:
    asked: list[float] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(time.monotonic())
        start = (int(request.query["page"]) - 1) * 10
        return web.json_response({**json.loads(jobs(*range(start, start + 10))), "total": 70})

    rig.source.handler = handler
    source: dict[str, Any] = {
        "pagination": {"type": "page", "size": {"value": 10}, "stop": {"total": "total"}},
        "politeness": {"requests": 2, "periodSeconds": 1},
    }
    last = await rig.run(a_spec(rig.source, source=source, retry={"maxAttempts": 1}))
    assert (last.verdict, last.inserted, last.retries) == ("Complete", 70, 0)
    spans = [later - sooner for sooner, later in zip(asked, asked[2:], strict=False)]
    assert len(asked) == 7
    assert min(spans) >= 1.0, spans


async def test_credentials_do_not_follow_a_next_link_to_another_host(rig: Rig) -> None:
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        elsewhere = rig.source.address.replace("127.0.0.1", "localhost")
        following = f"{elsewhere}/more" if request.path == "/jobs" else None
        return web.json_response({**json.loads(jobs(len(seen))), "next": following})

    rig.source.handler = handler
    walk = {"type": "nextUrl", "next": {"path": "next"}}
    source = {"pagination": walk, "auth": {"bearer": "api-key"}}
    last = await rig.run(a_spec(rig.source, source=source))
    assert (last.verdict, last.pages) == ("Complete", 2)
    assert seen == ["Bearer s3cr3t-value", None]
