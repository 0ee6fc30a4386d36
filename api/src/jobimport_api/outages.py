"""What is not known while Redis or MongoDB is away, and how long an answer waits for them."""

from contextlib import AbstractContextManager
from typing import Final

import pymongo

REDIS_AWAY: Final = (
    "Redis cannot be reached, so what is running now is not known. Runs go on; try again."
)
MONGODB_AWAY: Final = (
    "MongoDB cannot be reached, so history and postings cannot be shown. Try again."
)
_BRIEF_SECONDS: Final = 1.5


def briefly() -> AbstractContextManager[None]:
    """Wait for MongoDB only shortly, where the answer is of use without what it has."""
    return pymongo.timeout(_BRIEF_SECONDS)
