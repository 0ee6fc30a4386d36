"""Retries of what failed in the last run: of all of it, or of one partition."""

from collections.abc import Sequence

from jobimport.resource import names
from jobimport.resource.object import ImportObject
from jobimport.resource.requests import retried_partition, retry_request
from jobimport.resource.status import LastRun, Verdict
from jobimport.store.collections import RUNS
from jobimport_api.access.viewers import Viewer
from jobimport_api.actions.schemas import Accepted
from jobimport_api.actions.service import a_token, annotate
from jobimport_api.catalog import Catalog
from jobimport_api.problems import ProblemError
from jobimport_api.runs.schemas import Partition

_NAMED = 10


async def request_retry(
    catalog: Catalog, viewer: Viewer, imp: ImportObject, partition: str | None
) -> Accepted:
    """Ask for a retry; ProblemError 404 for an unknown partition, 409 where nothing failed."""
    last = imp.status.last_run
    if last is None:
        raise ProblemError(
            409, f"No run of {imp.key} has ended yet, so nothing has failed: request a run instead."
        )
    if partition is not None:
        _check_waiting(imp, partition)
        _check_partition(await _partitions(catalog, last), last, partition)
    elif imp.status.current_run is None and not (last.failed_pages or not last.verdict.successful):
        raise ProblemError(409, f"Nothing failed in run {last.id}: request a run instead.")
    value = retry_request(a_token(), partition)
    return await annotate(catalog, viewer, imp, names.RETRY_REQUESTED, value)


def _check_waiting(imp: ImportObject, partition: str) -> None:
    """There is one request at a time: another one would take the place of the one that waits."""
    waiting = imp.annotations.get(names.RETRY_REQUESTED)
    if not waiting or waiting == imp.status.last_handled_retry_request:
        return
    other = retried_partition(waiting)
    if other != partition:
        what = f"partition {other!r}" if other else "all that failed"
        raise ProblemError(
            409, f"A retry of {what} waits to be begun: ask for {partition!r} again after that."
        )


async def _partitions(catalog: Catalog, last: LastRun) -> Sequence[Partition]:
    """The partitions of the last run: all of them where MongoDB has it, else as status has them."""
    run = await catalog.database[RUNS].find_one({"_id": last.id}, {"partitions": 1})
    if run is not None and run.get("partitions"):
        return [Partition.of(each) for each in run["partitions"]]
    return [Partition.from_outcome(each) for each in last.partitions]


def _check_partition(known: Sequence[Partition], last: LastRun, partition: str) -> None:
    found = next((each for each in known if each.key == partition), None)
    failed = [each.key for each in known if _failed(each)]
    named = ", ".join(failed[:_NAMED]) or "none"
    if found is None:
        raise ProblemError(
            404,
            f"Run {last.id} has no partition {partition!r}; partitions in which something failed:"
            f" {named}.",
        )
    if not _failed(found):
        raise ProblemError(
            409,
            f"No page of partition {partition!r} failed in run {last.id} (verdict {found.verdict}):"
            f" request a run to walk it anew. Partitions in which something failed: {named}.",
        )


def _failed(partition: Partition) -> bool:
    """Whether a retry has something to walk; by the verdict, where pages are not counted."""
    if partition.failed_pages is not None:
        return partition.failed_pages > 0
    return not Verdict(partition.verdict).successful
