"""The audit log: who asked for what, and what became of it. One line an action, never a token."""

import logging
from typing import Final

from jobimport_api.access.viewers import Viewer

AUDIT: Final = logging.getLogger("jobimport.audit")


def note_action(
    viewer: Viewer, action: str, subject: str, *, status: int, address: str, **details: str | None
) -> None:
    """Write down an action: by whom, from where, on what, and with which HTTP status it ended.

    The line is `action=run subject=recruiting/acme by=jane from=10.0.0.7 status=202 …`, with
    values of any other form in quotes, so that no value can pass for a field or a line.
    """
    fields = {
        "action": action,
        "subject": subject,
        "by": viewer.name,
        "from": address,
        "status": str(status),
        **{name: value for name, value in details.items() if value},
    }
    AUDIT.info("%s", " ".join(f"{name}={_value(value)}" for name, value in fields.items()))


def _value(value: str) -> str:
    plain = value and all(letter.isalnum() or letter in "-._/:@" for letter in value)
    return value if plain else ascii(value)
