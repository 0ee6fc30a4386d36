"""What hostile sources and users send goes in and comes out as text, and never breaks an answer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateways import NOW, ImportsFolder, a_last_run, add_posting, add_reject, add_run, serving
from jobimport.ids import ImportKey
from jobimport.mapping.sanitising import clean_html
from jobimport.store.collections import PAGES, Database
from jobimport_api.access.viewers import Everybody
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.sources.folder import LocalSource

from .conftest import ClientOf

PAYLOADS = (Path(__file__).parents[2] / "xss_payloads.txt").read_text().splitlines()
BASE = "/imports/default/acme"
EXAMPLES = 12
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture
async def poisoned(folder: ImportsFolder, database: Database) -> ImportKey:
    """An import whose postings, rejects, errors and messages are all payloads."""
    last = a_last_run("Failed", message=PAYLOADS[0])
    key = await folder.add("acme", status={"lastRun": last})
    await add_run(database, key, 2, outcome={"verdict": "Failed", "message": PAYLOADS[0]})
    for number, payload in enumerate(PAYLOADS):
        identity = f"{payload}#{number}"
        html = clean_html(payload)
        await add_posting(
            database, "default.acme", identity, title=payload, description=html, url=payload
        )
        await add_reject(database, key, identity, message=payload, reason=payload, raw=payload)
        page = {
            "_id": f"run-2/page/{payload}/{number}",
            "run": "run-2",
            "import": str(key),
            "partition": payload,
            "number": number,
            "state": "failed",
            "error": payload,
            "url": payload,
            "at": NOW,
        }
        await database[PAGES].insert_one(page)
    return key


async def test_a_corpus_of_xss_payloads_is_stored_and_served_harmless(
    poisoned: ImportKey, client_of: ClientOf, database: Database
) -> None:
    assert len(set(PAYLOADS)) >= 200
    client = client_of()
    paths = (
        "/imports",
        BASE,
        f"{BASE}/records?limit=500",
        f"{BASE}/rejects?limit=500",
        f"{BASE}/runs",
        f"{BASE}/runs/run-2",
        f"{BASE}/runs/run-2/pages?limit=500",
        f"{BASE}/runs/run-2/events",
    )
    for path in paths:
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        assert answer.headers["content-type"] == "application/json", path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    titles = (await client.get(f"{BASE}/records?limit=500")).json()["items"]
    assert {each["title"] for each in titles} == set(PAYLOADS), "text stays what it was"
    async for posting in database["jobs"].find({}, {"description": 1}):
        description = (posting.get("description") or "").casefold()
        assert "<script" not in description
        assert "javascript:" not in description.replace("&#", "") or "href" not in description


@pytest.mark.parametrize("payload", PAYLOADS[::12])
async def test_a_payload_in_a_path_or_query_is_answered_as_a_problem(
    client_of: ClientOf, payload: str
) -> None:
    client = client_of()
    for path, query in ((f"{BASE}/why", {"q": payload}), ("/imports", {"sort": payload})):
        answer = await client.get(path, params=query)
        assert answer.status_code in (404, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    written = await client.post("/validate", json={"manifest": payload})
    assert (written.status_code, bool(written.json()["problems"])) == (200, True)


async def test_whatever_the_openapi_allows_is_answered_as_it_says(
    redis: Any, database: Database, folder: ImportsFolder
) -> None:
    key = await folder.add("acme", status={"lastRun": a_last_run()})
    await add_run(database, key, 1)
    await add_posting(database, "default.acme", "1")
    catalog = Catalog(LocalSource(folder.path, folder.state), redis, database)
    app = make_app(catalog, Everybody(), Options(auth_mode="none"))
    async with serving(app) as url:
        await asyncio.to_thread(try_all, url)


def try_all(url: str) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            if case.path_parameters and "namespace" in case.path_parameters:
                case.path_parameters |= {"namespace": "default", "name": "acme"}
            answer = case.call(base_url=url, timeout=30)
            case.validate_response(answer, checks=CHECKS)

        ask()
