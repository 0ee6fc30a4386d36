"""Retries of what failed, asked for over REST: of all, or of one partition."""

import logging
from typing import Any

import pytest

from gateways import ImportsFolder, a_last_run, add_run
from jobimport.ids import ImportKey
from jobimport.resource.names import RETRY_REQUESTED
from jobimport.store.collections import Database

from .conftest import ClientOf

RETRY = "/imports/default/acme/retry"
PARTITIONS = [
    {"key": "berlin (de)", "verdict": "Failed", "failedPages": 1, "message": "HTTP 500"},
    {"key": "bonn", "verdict": "Held", "failedPages": 0, "message": "held"},
    {"key": "paris", "verdict": "Complete", "failedPages": 0, "message": "all seen"},
]


async def an_import(folder: ImportsFolder, database: Database, **status: Any) -> ImportKey:
    """An import whose last run failed in one of three partitions."""
    shown = [{name: each[name] for name in ("key", "verdict", "message")} for each in PARTITIONS]
    last = a_last_run("Partial", failedPages=1, partitions=shown)
    key = await folder.add("acme", status={"lastRun": last, **status})
    await add_run(database, key, 2, partitions=PARTITIONS)
    return key


async def requested(folder: ImportsFolder, key: ImportKey) -> str | None:
    imp = await folder.imports.get(key)
    assert imp is not None
    return imp.annotations.get(RETRY_REQUESTED)


async def test_a_retry_of_a_partition_names_it_in_the_annotation_and_the_audit_log(
    folder: ImportsFolder,
    database: Database,
    client_of: ClientOf,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = await an_import(folder, database)
    with caplog.at_level(logging.INFO, "jobimport.audit"):
        answer = await client_of().post(RETRY, params={"partition": "berlin (de)"})
    assert answer.status_code == 202, answer.text
    token = answer.json()["token"]
    assert token.endswith(" partition=berlin (de)")
    assert await requested(folder, key) == token
    assert "action=retry subject=default/acme by=local" in caplog.text
    assert "partition='berlin (de)'" in caplog.text


@pytest.mark.parametrize(
    ("partition", "status", "says"),
    [
        (
            "nowhere",
            404,
            "has no partition 'nowhere'; partitions in which something failed: berlin",
        ),
        ("paris", 409, "(verdict Complete): request a run to walk it anew"),
        ("bonn", 409, "(verdict Held): request a run to walk it anew"),
    ],
)
async def test_a_partition_of_which_nothing_failed_is_refused_with_what_to_do(
    folder: ImportsFolder,
    database: Database,
    client_of: ClientOf,
    partition: str,
    status: int,
    says: str,
) -> None:
    key = await an_import(folder, database)
    answer = await client_of().post(RETRY, params={"partition": partition})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert await requested(folder, key) is None


async def test_a_retry_that_waits_is_not_replaced_by_one_of_another_partition(
    folder: ImportsFolder, database: Database, client_of: ClientOf
) -> None:
    key = await an_import(folder, database)
    await folder.imports.annotate(key, {RETRY_REQUESTED: "7 partition=bonn"})
    client = client_of()
    answer = await client.post(RETRY, params={"partition": "berlin (de)"})
    assert answer.status_code == 409
    assert "A retry of partition 'bonn' waits to be begun" in answer.json()["detail"]
    assert await requested(folder, key) == "7 partition=bonn"
    assert (await client.post(RETRY)).status_code == 202, "all that failed is more, and no loss"


async def test_a_retry_where_nothing_failed_or_nothing_ran_is_refused(
    folder: ImportsFolder, client_of: ClientOf
) -> None:
    await folder.add("acme", status={"lastRun": a_last_run()})
    await folder.add("new")
    client = client_of()
    for path, says in (
        (RETRY, "Nothing failed in run run-2"),
        ("/imports/default/new/retry", "No"),
    ):
        answer = await client.post(path)
        assert (answer.status_code, answer.json()["detail"].startswith(says)) == (409, True)


async def test_a_run_says_of_which_partition_it_is_a_retry(
    folder: ImportsFolder, database: Database, client_of: ClientOf
) -> None:
    key = await an_import(folder, database)
    await add_run(database, key, 3, retryOf="run-2", retryPartition="bonn")
    shown = (await client_of().get("/imports/default/acme/runs/run-3")).json()
    assert (shown["retryOf"], shown["retryPartition"]) == ("run-2", "bonn")
