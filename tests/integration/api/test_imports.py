"""The list of imports, one import, and what can be done with it."""

import asyncio
import logging
from datetime import timedelta

import pytest

from gateways import NOW, ImportsFolder, Limited, a_last_run, add_run
from jobimport.ids import ImportKey
from jobimport.store.collections import Database

from .conftest import ClientOf


async def three_imports(folder: ImportsFolder) -> None:
    await folder.add("fine", status={"lastRun": a_last_run(open=30)})
    await folder.add(
        "broken",
        status={"lastRun": a_last_run("Failed", open=7)},
        annotations={"jobimport.dev/owner": "jane"},
    )
    held = a_last_run("Held", finishedAt=(NOW + timedelta(hours=1)).isoformat())
    await folder.add("held", status={"lastRun": held})


async def names(client_of: ClientOf, **query: object) -> list[str]:
    answer = await client_of().get("/imports", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


async def test_what_needs_attention_comes_first_and_says_why(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await three_imports(folder)
    assert await names(client_of, sort="attention") == ["broken", "held", "fine"]
    answer = (await client_of().get("/imports?sort=attention")).json()
    said = [each["attention"] for each in answer["items"]]
    assert said == [
        "The last run is Failed: it was Failed.",
        "The last run is Held: it was Held.",
        None,
    ]


async def test_imports_are_searched_filtered_and_sorted_on_the_server(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await three_imports(folder)
    assert await names(client_of, search="default/bro") == ["broken"]
    assert await names(client_of, search="jane") == ["broken"]
    assert await names(client_of, state="failed") == ["broken", "held"]
    assert await names(client_of, verdict="Held") == ["held"]
    assert await names(client_of, sort="-open") == ["fine", "broken", "held"]
    assert await names(client_of, sort="-lastRun") == ["held", "broken", "fine"]
    assert await names(client_of, namespace="elsewhere") == []


@pytest.mark.parametrize("sort", ["name", "-lastRun", "-open", "attention", "nextRun"])
async def test_a_cursor_walks_all_of_a_list_once(
    folder: ImportsFolder, client_of: ClientOf, sort: str
) -> None:
    await three_imports(folder)
    found: list[str] = []
    query = {"sort": sort, "limit": "1"}
    while True:
        page = (await client_of().get("/imports", params=query)).json()
        found += [each["name"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert sorted(found) == ["broken", "fine", "held"]
    assert found == await names(client_of, sort=sort)


async def test_mine_are_those_that_i_own_or_requested(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await three_imports(folder)
    jane = Limited("jane", {"list", "get", "patch"}, "default")
    client = client_of(jane)
    assert (await client.post("/imports/default/fine/runs")).status_code == 202
    answer = (await client.get("/imports?mine=true")).json()
    assert [each["name"] for each in answer["items"]] == ["broken", "fine"]


async def test_an_import_has_its_trend_coverage_and_permissions(
    folder: ImportsFolder, client_of: ClientOf, database: Database
) -> None:
    key = await folder.add("acme", status={"lastRun": a_last_run()})
    partition = {"key": "all", "verdict": "Complete", "message": "all seen", "held": 3}
    await add_run(database, key, 1)
    await add_run(database, key, 2, partitions=[partition])
    viewer = Limited("jane", {"get", "patch"}, "default")
    detail = (await client_of(viewer).get("/imports/default/acme")).json()
    assert detail["trend"] == [10, 20]
    assert detail["permissions"] == {"patch": True, "delete": False}
    assert detail["partitions"][0]["held"] == 3
    assert detail["coverage"]["fields"]["title"]["filled"] == 9
    assert detail["coverage"]["previous"]["title"]["mapped"] == 10
    assert detail["requests"]["run"] == {"requested": None, "handled": None, "pending": False}


async def test_who_has_an_answer_already_gets_304_and_no_body(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await three_imports(folder)
    client = client_of()
    tag = (await client.get("/imports")).headers["etag"]
    again = await client.get("/imports", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await folder.add("another")
    async with asyncio.timeout(30):
        while (
            changed := await client.get("/imports", headers={"If-None-Match": tag})
        ).status_code == 304:
            await asyncio.sleep(0.1)
    assert (changed.status_code, changed.json()["total"]) == (200, 4)
    assert changed.headers["etag"] != tag


async def test_an_action_without_the_right_is_refused_with_what_is_needed_and_written_down(
    folder: ImportsFolder, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    await three_imports(folder)
    caplog.set_level(logging.INFO, "jobimport.audit")
    client = client_of(Limited("jane", {"get", "list"}, "default"))
    answer = await client.post("/imports/default/fine/suspend")
    assert answer.status_code == 403
    assert "needs the verb patch on jobimports.jobimport.dev" in answer.json()["detail"]
    line = caplog.messages[-1]
    assert line.startswith("action=suspend subject=default/fine by=jane ")
    assert line.endswith("status=403")


async def test_suspend_and_resume_change_that_line_of_the_file_alone(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await folder.add("acme")
    path = folder.path / "default-acme.yaml"
    text = "# ours\n" + path.read_text().replace("spec:\n", "spec: # what\n")
    path.write_text(text)
    client = client_of()
    assert (await client.post("/imports/default/acme/suspend")).status_code == 202
    suspended = await folder.imports.get(ImportKey("default", "acme"))
    assert suspended is not None
    assert suspended.spec is not None
    assert suspended.spec.suspend
    assert (await client.post("/imports/default/acme/resume")).status_code == 202
    assert path.read_text().replace("  suspend: false\n", "") == text


async def test_cancelling_what_does_not_run_is_a_conflict(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await three_imports(folder)
    answer = await client_of().post("/imports/default/fine/cancel")
    assert answer.status_code == 409
    assert "no run in progress" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_sites_page_cannot_act_in_a_users_name(
    folder: ImportsFolder, client_of: ClientOf, headers: dict[str, str]
) -> None:
    await three_imports(folder)
    answer = await client_of().post("/imports/default/fine/runs", headers=headers)
    assert answer.status_code == 403
    assert "own origin" in answer.json()["detail"]
