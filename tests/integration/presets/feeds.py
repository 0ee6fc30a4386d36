"""A preset's spec with its feed moved to this machine, and answers of the feeds' shapes."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from integration.worker.conftest import Rig
from jobimport.presets import effective_spec
from jobimport.resource.spec import JobImportSpec
from jobimport.validation import check_spec

_ADDRESS = re.compile(r"https?://([A-Za-z0-9.{}-]+)")
Answer = Callable[[web.Request], Any]
Posting = dict[str, Any]


def moved(rig: Rig, preset: str, over: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """The preset's whole spec, fetched from `<source>/<host>/<path>`; it has to be right first."""
    source = {"preset": {"name": preset, "parameters": parameters}, **over.pop("source", {})}
    spec = JobImportSpec.model_validate({"source": source, **over})
    assert check_spec(spec) == []
    whole = effective_spec(spec).model_dump(mode="json", by_alias=True, exclude_unset=True)
    for request in requests_of(whole["source"]):
        request["url"] = _ADDRESS.sub(rf"{rig.source.address}/\1", request["url"])
    return {"retry": {"initialDelaySeconds": 0}, **whole}


def requests_of(source: dict[str, Any]) -> list[dict[str, Any]]:
    """All requests that a source makes."""
    found = [source["request"]]
    if "detail" in source:
        found.append(source["detail"]["request"])
    if "discover" in source.get("partitions", {}):
        found.append(source["partitions"]["discover"]["request"])
    return found


def answering(rig: Rig, answer: Answer) -> list[web.Request]:
    """Answer by a function that gives an object, text or a response; the requests as they come."""
    asked: list[web.Request] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        found = answer(request)
        if isinstance(found, Awaitable):
            found = await found
        if isinstance(found, web.StreamResponse):
            return found
        if isinstance(found, str):
            kind = "application/xml" if found.lstrip().startswith("<?xml") else "text/html"
            return web.Response(text=found, content_type=kind)
        return web.Response(text=json.dumps(found), content_type="application/json")

    rig.source.handler = handler
    return asked


async def imported(rig: Rig, preset: str, /, **parameters: str) -> list[Posting]:
    """Import by a preset, expecting a Complete run; the postings in the order of their ids."""
    last = await rig.run(moved(rig, preset, {}, **parameters))
    assert last.verdict == "Complete", last.message
    assert last.rejected == 0, last.message
    return await stored(rig)


async def stored(rig: Rig) -> list[Posting]:
    """What is stored, in the order of the ids."""
    found = [each async for each in rig.postings().find({})]
    return sorted(found, key=lambda each: each["externalId"])


def shown(posting: Posting, *names: str) -> tuple[Any, ...]:
    """Fields of a posting; dates as text."""
    values = [posting.get(name) for name in names]
    return tuple(each.isoformat() if hasattr(each, "isoformat") else each for each in values)


def rss(items: str, extra: str = "") -> str:
    """An RSS document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {extra}>'
        f"<channel><title>Jobs</title>{items}</channel></rss>"
    )
