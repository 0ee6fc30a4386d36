"""What the board has served: for each feed the last version of each posting, and how often."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jobimport_cli.board.postings import BoardPosting


@dataclass(slots=True)
class ServedPosting:
    """The newest version of a posting that went out, whole, in a response."""

    version: int
    digest: str
    broken: bool
    times: int


@dataclass(slots=True)
class FeedLedger:
    """All that one feed served. Responses that a fault cut off are not in it."""

    postings: dict[str, ServedPosting] = field(default_factory=dict[str, ServedPosting])
    responses: int = 0
    faults: dict[str, int] = field(default_factory=dict[str, int])

    def served(self, postings: Iterable[BoardPosting]) -> None:
        """Note the postings of one whole response."""
        self.responses += 1
        for posting in postings:
            known = self.postings.get(posting.id)
            if known is None:
                self.postings[posting.id] = ServedPosting(
                    posting.version, posting.digest, posting.broken, 1
                )
                continue
            known.times += 1
            if posting.version >= known.version:
                known.version, known.digest = posting.version, posting.digest
                known.broken = posting.broken

    def fault(self, name: str) -> None:
        """Note one fault that was injected."""
        self.faults[name] = self.faults.get(name, 0) + 1
