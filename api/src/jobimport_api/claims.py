"""Whose postings are whose: a source name is one import's alone within a collection."""

from collections.abc import Iterable

from jobimport.resource.defaults import source_name
from jobimport.resource.object import ImportObject
from jobimport_api.problems import ProblemError


def claimed_source(imp: ImportObject, all_imports: Iterable[ImportObject]) -> str:
    """The source whose postings are the import's own; ProblemError 409 where they are not.

    A spec may name any source, so its word alone opens nothing: the operator must have pinned the
    name, and no older import of another namespace may have it in the same collection.
    """
    source = imp.status.source_name
    if source is None:
        raise ProblemError(
            409, f"{imp.key} has no postings yet: its source gets its name with its first run."
        )
    for other in all_imports:
        if (
            other.namespace != imp.namespace
            and _collection(other) == _collection(imp)
            and source_name(other) == source
            and (other.created_at, other.uid) < (imp.created_at, imp.uid)
        ):
            raise ProblemError(
                409,
                f"The postings of source {source!r} belong to an older import of another namespace:"
                " give this import a spec.source.name or spec.destination.collection of its own.",
            )
    return source


def _collection(imp: ImportObject) -> str | None:
    return imp.spec.destination.collection if imp.spec else None
