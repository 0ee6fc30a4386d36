"""Logs name what they are about, and hold no secret."""

import asyncio
import io
import json
import logging
from typing import Any

import pytest

from jobimport.logs import JsonLines, TextLines, log_context, redacted


def logger_into(stream: io.StringIO, formatter: logging.Formatter) -> logging.Logger:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.Logger("jobimport.test")
    logger.addHandler(handler)
    return logger


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_each_task_logs_its_own_run_and_task() -> None:
    stream = io.StringIO()
    logger = logger_into(stream, JsonLines())

    async def work(number: int) -> None:
        with log_context(run=f"run-{number}"):
            await asyncio.sleep(0)
            with log_context(task=f"task-{number}"):
                logger.info("page %d", number)
        logger.info("outside")

    await asyncio.gather(*(work(number) for number in range(3)))
    inside = [line for line in lines(stream) if line["message"] != "outside"]
    assert {(line["message"], line["run"], line["task"]) for line in inside} == {
        (f"page {number}", f"run-{number}", f"task-{number}") for number in range(3)
    }
    outside = [line for line in lines(stream) if line["message"] == "outside"]
    assert len(outside) == 3
    assert not any("run" in line or "task" in line for line in outside)


def test_text_lines_name_it_too() -> None:
    stream = io.StringIO()
    with log_context(run="acme-1"):
        logger_into(stream, TextLines()).info("done")
    assert "done [run=acme-1]" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "hidden", "kept"),
    [
        ("redis://:hunter22@redis:6379/0 is away", "hunter22", "redis:6379"),
        ("mongodb+srv://ada:hunter22@db/x?a=b", "hunter22", "@db/x?a=b"),
        ("mongodb://ada:p%40ss@a,b:1/x", "p%40ss", "a,b:1"),
        ("GET https://x.example/jobs?page=2&api_key=hunter22&size=5", "hunter22", "size=5"),
        ("https://x.example/?app_id=hunter22", "hunter22", "x.example"),
        ("Authorization: Bearer hunter22.abc-def", "hunter22", "Authorization"),
        ("{'Authorization': 'Basic aHVudGVyMjI='}", "aHVudGVyMjI", "Authorization"),
    ],
)
@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_no_secret_gets_into_a_line(
    text: str, hidden: str, kept: str, formatter: logging.Formatter
) -> None:
    stream = io.StringIO()
    logger = logger_into(stream, formatter)
    try:
        raise ConnectionError(text)
    except ConnectionError:
        logger.exception("it failed: %s", text)
    assert hidden not in stream.getvalue()
    assert kept in redacted(text)


def test_a_text_without_secrets_stays_as_it_is() -> None:
    text = "page 3 of https://x.example/jobs?page=3&q=a@b: 404, basic checks passed at 12:30"
    assert redacted(text) == text
