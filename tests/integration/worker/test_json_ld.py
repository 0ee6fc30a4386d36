"""Postings as JSON-LD in HTML pages."""

import json
from typing import Any

import pytest

from .conftest import Rig
from .test_importing import a_spec


def posting(number: int, kind: Any = "JobPosting") -> dict[str, Any]:
    return {"@type": kind, "identifier": {"value": f"J{number}"}, "title": f"K\u00f6chin {number}"}


def page(*documents: Any) -> str:
    scripts = (
        f'<script type="application/ld+json; charset=utf-8">{json.dumps(each)}</script>'
        for each in documents
    )
    return f"<!DOCTYPE html><html><head><p>unclosed {''.join(scripts)}</head><body></html>"


def spec_for(rig: Rig) -> dict[str, Any]:
    spec = a_spec(rig.source, source={"format": {"type": "jsonLd"}})
    spec["mapping"] = {"externalId": "identifier.value", "title": "title", "required": ["title"]}
    return spec


async def test_job_postings_are_found_wherever_they_are(rig: Rig) -> None:
    items = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": posting(4)}]}
    graph = {"@graph": [{"@type": "Organization", "name": "x"}, posting(1), items]}
    typed = [
        posting(2, ["Thing", "https://schema.org/JobPosting"]),
        posting(3, "schema:JobPosting"),
    ]
    rig.source.gives(page(graph, typed, posting(5)), "text/html; charset=utf-8")
    last = await rig.run(spec_for(rig))
    assert (last.verdict, last.open) == ("Complete", 5)
    assert await rig.stored(externalId="J4") == 1


DEEP = "[" * 40 + "]" * 40


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html><body>Sorry</body></html>", "no script of type application/ld+json"),
        (page("x").replace('"x"', "{'a': 1}"), "is not JSON"),
        (page("x").replace('"x"', DEEP), "nested deeper than 32 levels"),
        ("<p>" + "x" * (17 << 20), "the HTML page has more than 16 MiB"),
        ("<!-- nothing -->", "no script of type application/ld+json"),
        (" ", "got an empty response"),
    ],
)
async def test_p6_a_page_that_cannot_be_read_is_told_and_closes_nothing(
    rig: Rig, body: str, message: str
) -> None:
    rig.source.gives(page([posting(number) for number in range(20)]), "text/html")
    await rig.run(spec_for(rig))
    rig.source.gives(body, "text/html")
    last = await rig.run(spec_for(rig))
    assert (last.verdict, last.closed, last.open) == ("Failed", 0, 20)
    assert message in last.message
