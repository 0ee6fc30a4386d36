"""What a page has come to so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobimport.mapping.coverage import Coverage
from jobimport.queue.tasks import Counts

_EXAMPLES = 3


@dataclass(slots=True)
class Clashes:
    """Ids that came with different content: how often, and a few of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list[str])

    def add(self, external_id: str) -> None:
        """Note one more."""
        self.count += 1
        if len(self.examples) < _EXAMPLES and external_id not in self.examples:
            self.examples.append(external_id)


@dataclass(slots=True)
class Tally:
    """What one attempt at a page has come to: its counts, and what they are judged by.

    `nameless` are rejects without an id, `closed` postings that stay so although they are shown.
    `collisions` are ids that the page itself gave twice with different content; `overwritten` are
    postings that another page of the same run had written with other content: the source changed
    while it was walked, or two records share an id.
    """

    counts: Counts = field(default_factory=Counts)
    nameless: int = 0
    closed: int = 0
    collisions: Clashes = field(default_factory=Clashes)
    overwritten: Clashes = field(default_factory=Clashes)
    coverage: Coverage = field(default_factory=Coverage)

    @property
    def unstored(self) -> int:
        """Records with an id that no open posting stands for."""
        return self.counts.rejected - self.nameless + self.closed


def quoted(ids: Sequence[str]) -> str:
    """A few ids for a message."""
    return ", ".join(repr(each[:80]) for each in ids)
