"""Hold MongoDB against the ledger of the board: what is missing, extra or stale."""

from dataclasses import dataclass, field
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from jobimport_cli.board.ledger import FeedLedger
from jobimport_cli.board.postings import digest_of


@dataclass(slots=True)
class Comparison:
    """The differences between what was served and what is stored of one source."""

    served: int = 0
    stored: int = 0
    rejected: int = 0
    missing: list[str] = field(default_factory=list[str])
    extra: list[str] = field(default_factory=list[str])
    stale: list[str] = field(default_factory=list[str])
    unrejected: list[str] = field(default_factory=list[str])

    @property
    def same(self) -> bool:
        """Whether MongoDB holds exactly what was served."""
        return not (self.missing or self.extra or self.stale or self.unrejected)

    def __str__(self) -> str:
        parts = (
            f"{len(ids)} {name} ({', '.join(ids[:3])}{', …' if len(ids) > 3 else ''})"
            for name, ids in (
                ("missing", self.missing),
                ("extra", self.extra),
                ("stale", self.stale),
                ("broken but not rejected", self.unrejected),
            )
            if ids
        )
        return "; ".join(parts) or "no difference"


async def compare(
    database: AsyncDatabase[dict[str, Any]], collection: str, source: str, ledger: FeedLedger
) -> Comparison:
    """Compare the open postings of a source with the ledger of the feed that it imports.

    `served` counts the postings that went out whole, `rejected` the broken records among what
    went out that are in quarantine.
    """
    result = Comparison()
    stored: dict[str, str] = {}
    async for posting in database[collection].find({"source": source, "closedAt": None}):
        stored[posting["externalId"]] = _digest(posting)
    rejects = database["jobimport.rejects"].find({"source": source})
    rejected = {reject["externalId"] async for reject in rejects}
    for key, served in ledger.postings.items():
        if served.broken:
            if key in rejected:
                result.rejected += 1
            else:
                result.unrejected.append(key)
            continue
        result.served += 1
        if key not in stored:
            result.missing.append(key)
        elif stored[key] != served.digest:
            result.stale.append(key)
    valid = {key for key, served in ledger.postings.items() if not served.broken}
    result.extra = sorted(stored.keys() - valid)
    result.stored = len(stored)
    return result


def _digest(posting: dict[str, Any]) -> str:
    places: list[dict[str, Any]] = posting.get("locations") or [{}]
    return digest_of(
        posting.get("title") or "",
        posting.get("company") or "",
        posting.get("description") or "",
        posting.get("url") or "",
        places[0].get("city") or "",
    )
