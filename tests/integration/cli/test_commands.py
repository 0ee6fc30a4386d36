"""The command line as a user runs it, against the sample board."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

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
    auth: {{query: {{token: acme-key}}}}
    format: {{type: json, records: jobs}}
    pagination:
      type: page
      send: {{name: page}}
      size: {{name: per_page, value: 50}}
      stop: {{total: total}}
  mapping:
    externalId: id
    title: {title}
    company: employer.name
    required: [title]
  retry: {{initialDelaySeconds: 0}}
"""


@pytest.fixture
async def board_url() -> AsyncIterator[str]:
    feed = Feed("acme", FeedStyle.PAGES, 120, broken=frozenset({7}))
    board = Board({feed.name: feed}, FaultPlan())
    async with serving(board) as url:
        yield url


@pytest.fixture
def file(tmp_path: Path, board_url: str) -> Path:
    path = tmp_path / "acme.yaml"
    describe(path, board_url, "title")
    return path


def describe(path: Path, url: str, title: str) -> None:
    path.write_text(SPEC.format(url=url, title=title))


async def jobimport(
    *arguments: str | Path,
    stdin: str = "",
    cwd: Path | None = None,
    stdout: Any = None,
    **over: str,
) -> Any:
    """Run a command in a process of its own; its status, output and messages."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "jobimport_cli", *map(str, arguments)],
        input=stdin,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "ACME_KEY": "s3cr3t-value", **over},
    )


SECRET = ("--secret", "acme-key=env:ACME_KEY")


async def test_preview_saves_what_test_compares_with_offline(
    file: Path, tmp_path: Path, board_url: str
) -> None:
    saved = tmp_path / "saved"
    shown = await jobimport("preview", file, *SECRET, "--save", saved, "--limit", "3", "--json")
    assert shown.returncode == 0, shown.stderr
    result = json.loads(shown.stdout)
    assert (len(result["postings"]), result["records"], result["rejected"]) == (3, 50, 1)
    assert result["advertisedTotal"] == 120
    texts = [each.read_text() for each in (saved / "acme").iterdir()]
    assert not any("s3cr3t" in text for text in texts)

    good = await jobimport("test", file)
    assert (good.returncode, good.stdout) == (0, "acme: 49 postings as expected\n"), good.stderr

    describe(file, board_url, "upper(title)")
    bad = await jobimport("test", file)
    assert bad.returncode == 1
    assert "acme: acme-000000: title: expected " in bad.stdout
    assert (await jobimport("test", file, "--update")).returncode == 0
    assert (await jobimport("test", file)).returncode == 0

    describe(file, f"{board_url}/other", "title")
    changed = await jobimport("test", file)
    assert changed.returncode == 1
    assert "no response is saved for GET" in changed.stdout


async def test_preview_shows_tables_and_says_why_it_cannot(file: Path, board_url: str) -> None:
    shown = await jobimport("preview", file, *SECRET)
    assert shown.returncode == 0
    assert "50 records on the page; total 120; next: page 2, and 1 more after it" in shown.stdout
    assert "1 of 50 records would be rejected" in shown.stdout
    strict = await jobimport("preview", file, *SECRET, "--strict")
    assert strict.returncode == 1
    without = await jobimport("preview", file)
    assert without.returncode == 1
    assert "has no key 'acme-key'" in without.stderr
    assert "Traceback" not in without.stderr
    refused = await jobimport("preview", file, *SECRET, "--allowed-networks", "10.0.0.0/8")
    assert refused.returncode == 1
    assert "127.0.0.1" in refused.stderr


async def test_run_writes_json_lines_and_into_mongodb(
    file: Path, tmp_path: Path, mongo_url: str
) -> None:
    output = tmp_path / "jobs.jsonl"
    into = ("--mongodb", mongo_url, "--database", f"cli_{os.getpid()}")
    first = await jobimport("run", file, *SECRET, *into, "-o", output, "--json")
    assert first.returncode == 0, first.stderr
    last = json.loads(first.stdout)
    assert (last["verdict"], last["pages"], last["inserted"], last["rejected"]) == (
        "Complete", 3, 119, 1,
    )  # fmt: skip
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(lines) == 119
    assert lines[0]["_id"] == "default.acme:acme-000000"
    assert lines[0]["company"].startswith("Acme")
    again = await jobimport("run", file, *SECRET, *into)
    assert again.returncode == 0, again.stderr
    assert "Unchanged" in again.stdout


async def test_run_ends_with_1_where_the_run_is_not_whole(file: Path, mongo_url: str) -> None:
    failed = await jobimport("run", file, "--mongodb", mongo_url, "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["verdict"] == "Failed"
    assert "has no key 'acme-key'" in failed.stderr
    nowhere = await jobimport("run", file, MONGODB_URL="")
    assert nowhere.returncode == 2
    assert "--output FILE" in nowhere.stderr


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_a_failed_run_keeps_the_lines_of_the_run_before(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "jobs.jsonl"
    output.write_text("yesterday's\n")
    failed = await jobimport("run", file, "-o", output)
    assert failed.returncode == 1
    assert output.read_text() == "yesterday's\n"
    assert names_in(tmp_path) == ["acme.yaml", "jobs.jsonl"]


@pytest.mark.parametrize(
    ("output", "said"),
    [("none/jobs.jsonl", "there is no folder none"), ("folder", "is a folder")],
)
async def test_where_nothing_can_be_written_is_said_before_the_import_begins(
    file: Path, tmp_path: Path, output: str, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    refused = await jobimport("run", file, *SECRET, "-o", output, cwd=tmp_path)
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr


async def test_lines_are_appended_to_what_standard_output_holds(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "all.jsonl"
    kept.write_text("first\n")
    with kept.open("ab") as target:
        done = await jobimport("run", file, *SECRET, "-o", "-", stdout=target)
    assert done.returncode == 0, done.stderr
    lines = kept.read_text().splitlines()
    assert (lines[0], len(lines)) == ("first", 120)


async def test_a_reader_that_leaves_early_ends_a_command_without_a_word_about_itself(
    tmp_path: Path,
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as target:
        cut_off = await jobimport("presets", "--json", stdout=target)
    assert (cut_off.returncode, cut_off.stderr) == (1, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_run_leaves_no_process_file_or_secret(
    tmp_path: Path, number: signal.Signals
) -> None:
    feed = Feed("acme", FeedStyle.PAGES, 120)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hold(_: str) -> None:
        begun.set()
        await ended.wait()

    temporary = tmp_path / "tmp"
    temporary.mkdir()
    async with serving(Board({feed.name: feed}, before_answer=hold)) as url:
        describe(tmp_path / "acme.yaml", url, "title")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jobimport_cli", "run", "acme.yaml", *SECRET, "-o", "x.jsonl"),
            cwd=tmp_path,
            env={**os.environ, "ACME_KEY": "s3cr3t", "TMPDIR": str(temporary), "MONGODB_URL": ""},
        )
        async with asyncio.timeout(120):
            await begun.wait()
            assert any("acme-key" in names for _, _, names in os.walk(temporary))
            process.send_signal(number)
            assert await process.wait() == 130
        ended.set()
    assert [names for _, _, names in os.walk(temporary) if names] == []
    assert names_in(tmp_path) == ["acme.yaml", "tmp"]


@pytest.mark.parametrize(
    ("secret", "said"),
    [(b"caf\xe9", "is no text in UTF-8"), (b"two\nlines", "one line")],
)
async def test_a_secret_that_cannot_be_sent_is_said_without_it(
    board_url: str, tmp_path: Path, secret: bytes, said: str
) -> None:
    file, key = tmp_path / "acme.yaml", tmp_path / "key"
    in_header = SPEC.replace("query: {{token", "headers: {{X-Token")
    file.write_text(in_header.format(url=board_url, title="title"))
    key.write_bytes(secret)
    refused = await jobimport("preview", file, "--secret", f"acme-key=@{key}")
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "caf" not in refused.stderr
    assert "two" not in refused.stderr
