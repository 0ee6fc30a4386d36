"""How a part logs: lines of JSON for machines, or text for people; never with a secret.

What is logged while `log_context` lasts names the import, run and task that it is about.
"""

import json
import logging
import re
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

_ABOUT: Final[ContextVar[Mapping[str, str]]] = ContextVar("what the log is about")
_SECRETS: Final = (
    # user and password in a URL
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#@'\"]+@", re.IGNORECASE), r"\1***@"),
    # a query parameter that looks like one
    (
        re.compile(
            r"([?&][\w.-]*(?:key|token|secret|auth|pass|sig|app_id|credential)[\w.-]*=)[^&\s'\"#]+",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
    # the value of an Authorization header
    (re.compile(r"\b(Bearer|Basic) +[\w.~+/=-]{6,}"), r"\1 ***"),
)


@contextmanager
def log_context(**about: str) -> Generator[None]:
    """Have all that is logged here, and by tasks that begin here, name what it is about."""
    token = _ABOUT.set({**_ABOUT.get({}), **about})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def redacted(text: str) -> str:
    """A text without passwords in URLs, parameters that look secret, and authorizations."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """One JSON object per record: time, level, logger, what it is about, and the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record; an exception comes under `exception`."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **_ABOUT.get({}),
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """Lines for people; what a message is about comes after it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Add the context to the message."""
        about = " ".join(f"{name}={value}" for name, value in _ABOUT.get({}).items())
        text = super().formatMessage(record)
        return f"{text} [{about}]" if about else text

    def format(self, record: logging.LogRecord) -> str:
        """Format a record, an exception on lines of its own."""
        return redacted(super().format(record))


def configure_logging(form: Literal["json", "text"], level: str) -> None:
    """Log to standard error; libraries that tell of every step are heard from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in (
        *("watchfiles", "kopf", "aiohttp", "httpx", "httpcore", "hpack", "pymongo"),
        *("opentelemetry", "urllib3"),
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)
