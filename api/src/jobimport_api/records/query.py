"""From what a viewer asks for to a query of MongoDB; what they type is never an operator."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from jobimport.store.collections import Document
from jobimport_api.problems import ProblemError

State = Literal["open", "closed", "all"]
Changed = Literal["inserted", "updated", "closed", "reopened"]
_SEARCHED: Final = ("title", "company", "externalId", "url", "locations.city")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which postings to list. `changed` without a run is about the last one."""

    search: str = ""
    state: State = "open"
    partition: str | None = None
    run: str | None = None
    changed: Changed | None = None


def query_of(source: str, wanted: Wanted, last_run: str | None) -> Document:
    """The query; ProblemError 400 where `changed` is about no run."""
    query: Document = {"source": source}
    conditions: list[Document] = []
    if wanted.state == "open":
        query["closedAt"] = None
    elif wanted.state == "closed":
        query["closedAt"] = {"$ne": None}
    if wanted.partition is not None:
        query["partitions"] = wanted.partition
    run = wanted.run or (last_run if wanted.changed else None)
    if wanted.changed and run is None:
        raise ProblemError(400, "changed: this import has had no run yet; name one with run.")
    if run is not None:
        conditions.append(_changed_in(run, wanted.changed))
    for word in wanted.search.split():
        pattern = {"$regex": re.escape(word), "$options": "i"}
        conditions.append({"$or": [{field: pattern} for field in _SEARCHED]})
    if conditions:
        query["$and"] = conditions
    return query


def _changed_in(run: str, changed: Changed | None) -> Document:
    kinds: dict[Changed, Document] = {
        "inserted": {"firstSeenRun": run},
        "updated": {
            "lastChangedRun": run,
            "firstSeenRun": {"$ne": run},
            "reopenedRun": {"$ne": run},
            "closedRun": {"$ne": run},
        },
        "closed": {"closedRun": run},
        "reopened": {"reopenedRun": run, "firstSeenRun": {"$ne": run}},
    }
    if changed is not None:
        return kinds[changed]
    any_of: list[dict[str, Any]] = [
        {name: run} for name in ("lastChangedRun", "firstSeenRun", "closedRun", "reopenedRun")
    ]
    return {"$or": any_of}
