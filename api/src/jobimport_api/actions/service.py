"""Actions: annotations and spec.suspend, set in the viewer's name."""

import secrets
from datetime import UTC, datetime
from typing import Final

from jobimport.resource import names
from jobimport.resource.object import ImportObject
from jobimport_api.access.viewers import Viewer
from jobimport_api.actions.schemas import Accepted, Action
from jobimport_api.catalog import Catalog
from jobimport_api.problems import ProblemError

_ANNOTATIONS: Final = {
    Action.CANCEL: names.CANCEL_REQUESTED,
    Action.APPROVE_CLOSE: names.APPROVE_CLOSE_REQUESTED,
}


async def request_run(catalog: Catalog, viewer: Viewer, imp: ImportObject) -> Accepted:
    """Ask for a run."""
    return await annotate(catalog, viewer, imp, names.RUN_REQUESTED, a_token())


async def act(catalog: Catalog, viewer: Viewer, imp: ImportObject, action: Action) -> Accepted:
    """Carry out an action; ProblemError 409 where it makes no sense now."""
    if action in (Action.SUSPEND, Action.RESUME):
        suspended = action is Action.SUSPEND
        await catalog.source.suspend(imp.key, suspended=suspended, viewer=viewer)
        return Accepted(token="suspended" if suspended else "resumed")
    if action is Action.CANCEL and imp.status.current_run is None:
        raise ProblemError(409, f"{imp.key} has no run in progress that could be cancelled.")
    return await annotate(catalog, viewer, imp, _ANNOTATIONS[action], a_token())


def a_token() -> str:
    """A token that no request had before."""
    return f"{datetime.now(UTC).isoformat(timespec='milliseconds')}-{secrets.token_hex(3)}"


async def annotate(
    catalog: Catalog, viewer: Viewer, imp: ImportObject, annotation: str, value: str
) -> Accepted:
    """Set an annotation that requests something, and say who requested it."""
    await catalog.source.annotate(
        imp.key, {annotation: value, names.REQUESTED_BY: viewer.name}, viewer
    )
    return Accepted(token=value)
