"""The errors of a run, grouped, each with what to ask the source to see it for oneself."""

from typing import Any, Final

from pymongo import DESCENDING

from jobimport.resource.object import ImportObject
from jobimport.store.collections import PAGES
from jobimport_api.catalog import Catalog
from jobimport_api.runs.curl import curl_of
from jobimport_api.runs.schemas import ErrorGroup

_MOST_PAGES: Final = 2_000
_MOST_GROUPS: Final = 100


async def errors_of(catalog: Catalog, imp: ImportObject, run: str) -> list[ErrorGroup]:
    """What went wrong on the run's pages, the most frequent first; of each the newest example."""
    groups: dict[str, ErrorGroup] = {}
    query: dict[str, Any] = {
        "run": run,
        "import": str(imp.key),
        "$or": [{"state": "failed"}, {"problem": {"$ne": None}}],
    }
    fields = dict.fromkeys(("error", "problem", "partition", "url", "at"), 1)
    pages = catalog.database[PAGES].find(query, fields).sort("at", DESCENDING).limit(_MOST_PAGES)
    async for page in pages:
        message = page.get("error") or page.get("problem") or "unknown"
        group = groups.get(message)
        if group is not None:
            group.count += 1
        elif len(groups) < _MOST_GROUPS:
            groups[message] = ErrorGroup(
                message=message,
                count=1,
                example=page["_id"],
                partition=page["partition"],
                last_at=page["at"],
                curl=curl_of(imp, page.get("url")),
            )
    return sorted(groups.values(), key=lambda each: -each.count)
