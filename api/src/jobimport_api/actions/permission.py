"""The right that an action needs, checked before it and written down after it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import Request

from jobimport.ids import ImportKey
from jobimport_api.access.audit import note_action
from jobimport_api.access.viewers import Verb, Viewer
from jobimport_api.problems import ProblemError, not_permitted


@asynccontextmanager
async def permitted(
    request: Request,
    viewer: Viewer,
    action: str,
    key: ImportKey,
    *,
    verb: Verb = "patch",
    **details: str | None,
) -> AsyncGenerator[None]:
    """Let an action happen in the context, and note it in the audit log, also where it fails.

    ProblemError 403 where the viewer lacks the right. The API server checks again, since it is
    written to with the viewer's own token.
    """
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        if not await viewer.may(verb, key.namespace, key.name):
            raise not_permitted(f"{action} {key}", verb, key.namespace)
        yield
        status = HTTPStatus.ACCEPTED
    except ProblemError as problem:
        status = problem.status
        raise
    finally:
        address = request.client.host if request.client else "?"
        note_action(viewer, action, str(key), status=status, address=address, **details)
