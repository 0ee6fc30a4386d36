"""Whether Redis can be used: it answers, lets us in, and keeps what it is given."""

from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError

from jobimport.health import Unusable, does_not_answer, refuses_us
from jobimport.queue.queue import QueueRefused, check_server


def redis_check(redis: Redis) -> Callable[[], Awaitable[None]]:
    """Make a check that raises Unusable."""

    async def check() -> None:
        try:
            await check_server(redis)
        except QueueRefused as refused:
            raise Unusable(str(refused)) from None
        except (AuthenticationError, AuthorizationError):
            raise refuses_us("redis") from None
        except (RedisError, OSError) as error:
            raise does_not_answer("redis", error) from None

    return check
