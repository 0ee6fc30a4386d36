"""`jobimport dev` as a user runs it: started, left, killed, started again, beside another."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving

SPEC = """
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata: {{name: acme}}
spec:
  source:
    request: {{url: "{url}/acme/jobs"}}
    format: {{type: json, records: jobs}}
    pagination:
      type: page
      send: {{name: page}}
      size: {{name: per_page, value: 50}}
      stop: {{total: total}}
  mapping: {{externalId: id, title: title}}
"""
_SECONDS = 90


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    feed = Feed("acme", FeedStyle.PAGES, 120)
    async with serving(Board({feed.name: feed}, FaultPlan())) as url:
        imports = tmp_path / "imports"
        imports.mkdir()
        (imports / "acme.yaml").write_text(SPEC.format(url=url))
        yield imports


@contextmanager
def dev(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A `jobimport dev` that is ended after the with-block, however that goes."""
    environment = {k: v for k, v in os.environ.items() if k not in ("REDIS_URL", "MONGODB_URL")}
    process = subprocess.Popen(
        [sys.executable, "-m", "jobimport_cli", "dev", str(folder), *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=_SECONDS)


def address(process: subprocess.Popen[str]) -> str:
    """Where it says that it listens."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError(f"it ended without an address: {said}")


async def eventually(what: str, ask: Callable[[], Any]) -> Any:
    """The first answer that is true."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            if answer := await asyncio.to_thread(ask):
                return answer
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {_SECONDS} s: {what}")


def last_run(url: str) -> Any:
    found = httpx.get(f"{url}/api/v1/imports/default/acme").json()
    return found["lastRun"]


def records(url: str) -> Any:
    return httpx.get(f"{url}/api/v1/imports/default/acme/records").json()


async def test_an_import_runs_again_where_the_postings_of_the_first_time_are_gone(
    folder: Path,
) -> None:
    runs: list[str] = []
    for _ in range(2):
        with dev(folder) as process:
            url = address(process)
            last = await eventually("the import has run", lambda: last_run(url))  # noqa: B023
            assert (last["verdict"], last["inserted"]) == ("Complete", 120)
            assert records(url)["total"] == 120
            process.send_signal(signal.SIGINT)
            assert process.wait(_SECONDS) == 0
        runs.append(last["id"])
    assert runs[0] != runs[1]


async def test_what_it_started_is_gone_when_it_is_killed_and_it_can_be_started_again(
    folder: Path,
) -> None:
    with dev(folder) as process:
        url = address(process)
        await eventually("the import has run", lambda: last_run(url))
        started = children_of(process.pid)
        assert len(started) >= 4, "operator, gateway, Redis and MongoDB"
        workers = {each for part in started for each in children_of(part)}
        process.kill()
        process.wait()
        left = started | workers
        await eventually("all of them are gone", lambda: not any(map(is_alive, left)))
    with dev(folder) as process:
        url = address(process)
        assert (await eventually("it runs again", lambda: last_run(url)))["inserted"] == 120


async def test_what_is_in_its_way_is_said_in_a_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with dev(folder, "--port", str(port)) as process:
            _, said = process.communicate(timeout=_SECONDS)
    assert process.returncode == 1
    assert said.startswith(f"Error: port {port} cannot be listened at (")
    with dev(folder) as first:
        url = address(first)
        with dev(folder) as second:
            _, said = second.communicate(timeout=_SECONDS)
        assert second.returncode == 1
        assert "has an operator already: stop that one, or give another --state" in said
        with dev(folder, "--state", str(folder.parent / "other")) as beside:
            urls = (url, address(beside))
            await eventually("both have run", lambda: all(map(last_run, urls)))


def children_of(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task")
    found = (task / "children" for task in tasks.iterdir())
    return {int(child) for path in found for child in path.read_text().split()}


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
