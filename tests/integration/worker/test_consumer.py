"""The example consumer keeps a true copy: by polling on a server without change streams, and by
events as MongoDB documents them.
"""

import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .conftest import Rig
from .test_importing import a_spec, jobs

SCRIPT = Path(__file__).parents[3] / "examples" / "consumer" / "consumer.py"


def open_ones(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as copy:
        rows = copy.execute("SELECT id, doc FROM postings").fetchall()
    copy.close()
    return {key: json.loads(document)["title"] for key, document in rows}


def consume(rig: Rig, mongo_url: str, path: Path) -> None:
    """Poll once, as a process of its own."""
    command = [sys.executable, str(SCRIPT), "--once", "--database", rig.database.name]
    environment = {**os.environ, "MONGODB_URL": mongo_url}
    subprocess.run(
        [*command, "--copy", str(path)], env=environment, check=True, timeout=120, close_fds=True
    )


async def truth(rig: Rig) -> dict[str, str]:
    return {each["_id"]: each["title"] async for each in rig.postings().find({"closedAt": None})}


async def test_polling_follows_inserts_updates_closings_and_reopenings(
    rig: Rig, mongo_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "copy.db"
    feeds = (jobs(1, 2, 3), jobs(1, 2, 3, 4).replace("Job 2", "Task 2"), jobs(1, 4), jobs(1, 3, 4))
    for feed in feeds:
        rig.source.gives(feed)
        await rig.run(a_spec(rig.source))
        consume(rig, mongo_url, path)
        assert open_ones(path) == await truth(rig)
    assert set(open_ones(path)) == {"ns.imp:1", "ns.imp:3", "ns.imp:4"}


@pytest.fixture
def consumer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("consumer", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def an_event(kind: str, posting: dict[str, Any] | None) -> dict[str, Any]:
    return {"operationType": kind, "documentKey": {"_id": "s:1"}, "fullDocument": posting}


def test_events_are_taken_in_once_and_in_any_order(consumer: ModuleType, tmp_path: Path) -> None:
    copy = consumer.Copy(str(tmp_path / "copy.db"))
    first = {
        "_id": "s:1",
        "title": "A",
        "closedAt": None,
        "lastChangedAt": datetime(2026, 1, 1, tzinfo=UTC),
    }
    later = {**first, "title": "B", "lastChangedAt": datetime(2026, 1, 2, tzinfo=UTC)}
    assert consumer.apply_event(copy, an_event("insert", first))
    assert consumer.apply_event(copy, an_event("update", later))
    assert not consumer.apply_event(copy, an_event("update", first))
    assert not consumer.apply_event(copy, an_event("update", later))
    assert consumer.apply_event(
        copy, an_event("update", {**later, "closedAt": later["lastChangedAt"]})
    )
    assert not consumer.apply_event(copy, an_event("delete", None))
    copy.note("token", "")
    copy._db.close()
