"""The board of the demo: three feeds, three formats, over 20,000 postings, a few of them broken."""

from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board

SAMPLE_PORT = 8790
"""Where the examples expect the board."""


def sample_board() -> Board:
    """The board that the examples import from."""
    feeds = (
        Feed("northwind", FeedStyle.PAGES, 12_000, broken=frozenset({4_321})),
        Feed("aggregator", FeedStyle.XML, 9_000, broken=frozenset({77})),
        Feed("village-board", FeedStyle.RSS, 400, broken=frozenset({9})),
    )
    faults = FaultPlan(throttled=4, unavailable=6, reset=6)
    return Board({feed.name: feed for feed in feeds}, faults)
