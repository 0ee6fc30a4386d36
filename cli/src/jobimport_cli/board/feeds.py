"""The feeds of the board: which postings each has now, and how it writes them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import StrEnum
from xml.sax.saxutils import escape

from jobimport_cli.board.postings import BoardPosting, make_posting


class FeedStyle(StrEnum):
    """How a feed is written and walked."""

    PAGES = "pages"
    """JSON in pages: /<feed>/jobs?page=1&per_page=100, with the total."""
    XML = "xml"
    """One gzip XML file as aggregators want it: /<feed>/feed.xml.gz."""
    RSS = "rss"
    """RSS 2.0 in one document: /<feed>/jobs.rss."""


@dataclass(slots=True)
class Feed:
    """One feed, which changes while it is served: versions grow, postings go and come back."""

    name: str
    style: FeedStyle
    count: int
    broken: frozenset[int] = frozenset()
    _versions: dict[int, int] = field(default_factory=dict[int, int], init=False)
    _removed: set[int] = field(default_factory=set[int], init=False)

    def numbers(self) -> list[int]:
        """The numbers of the postings it has now, in order."""
        return [number for number in range(self.count) if number not in self._removed]

    def posting(self, number: int) -> BoardPosting:
        """One posting in its present version."""
        version = self._versions.get(number, 1)
        return make_posting(self.name, number, version, broken=number in self.broken)

    def change(self, number: int) -> None:
        """Put out a new version of a posting."""
        self._versions[number] = self._versions.get(number, 1) + 1

    def remove(self, number: int) -> None:
        """Take a posting down."""
        self._removed.add(number)

    def restore(self, number: int) -> None:
        """Put a posting up again that was taken down."""
        self._removed.discard(number)

    def mend(self) -> None:
        """Give the broken postings their titles."""
        self.broken = frozenset()


def xml_pieces(postings: list[BoardPosting]) -> Iterator[str]:
    """The aggregator file, piece by piece, as one whole document."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<source><publisher>Sample board</publisher>\n'
    for posting in postings:
        title = f"<title><![CDATA[{posting.title}]]></title>" if posting.title else ""
        yield (
            f"<job>{title}<referencenumber>{posting.id}</referencenumber>"
            f"<url><![CDATA[{posting.url}]]></url><company>{escape(posting.company)}</company>"
            f"<city>{escape(posting.city)}</city><country>{posting.country}</country>"
            f"<description><![CDATA[{posting.description}]]></description>"
            f"<jobtype>{posting.employment_type}</jobtype>"
            f"<date>{format_datetime(posting.published, usegmt=True)}</date></job>\n"
        )
    yield "</source>\n"


def rss_pieces(postings: list[BoardPosting]) -> Iterator[str]:
    """The RSS document, piece by piece. The namespace is the site's own, as such sites do it."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
        ' xmlns:job_listing="https://jobs.example/feed"><channel><title>Sample board</title>\n'
    )
    for posting in postings:
        title = f"<title>{escape(posting.title)}</title>" if posting.title else ""
        yield (
            f'<item>{title}<link>{posting.url}</link><guid isPermaLink="false">{posting.id}</guid>'
            f"<description>{escape(posting.description)}</description>"
            f"<pubDate>{format_datetime(posting.published, usegmt=True)}</pubDate>"
            f"<job_listing:location>{escape(posting.city)}</job_listing:location>"
            f"<job_listing:company>{escape(posting.company)}</job_listing:company></item>\n"
        )
    yield "</channel></rss>\n"
