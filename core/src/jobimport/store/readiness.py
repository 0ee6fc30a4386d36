"""Whether MongoDB can be used: it answers, and lets us read our database."""

from collections.abc import Awaitable, Callable
from typing import Final

from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from jobimport.health import Unusable, does_not_answer, refuses_us
from jobimport.store.collections import RUNS, Database

_UNAUTHORIZED: Final = (13, 18)
"""Unauthorized and AuthenticationFailed, of MongoDB's error codes."""


def mongodb_check(database: Database) -> Callable[[], Awaitable[None]]:
    """Make a check that raises Unusable."""

    async def check() -> None:
        try:
            await database[RUNS].find_one({"_id": "readiness"}, {"_id": 1})
        except OperationFailure as failure:
            if failure.code in _UNAUTHORIZED:
                raise refuses_us("mongodb") from None
            raise does_not_answer("mongodb", failure) from None
        except ConfigurationError as error:
            name = type(error).__name__
            raise Unusable(f"MONGODB_URL can't be used ({name}): mend it in the Secret") from None
        except (PyMongoError, OSError) as error:
            raise does_not_answer("mongodb", error) from None

    return check
