"""The queue's Lua scripts: loaded from their files, run by hash."""

from functools import cache
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

Argument = str | int | bytes


@cache
def source(name: str) -> str:
    """The text of a script, with what all of them share in front."""
    folder = resources.files("jobimport.queue") / "scripts"
    return "\n".join((folder / each).read_text() for each in ("prelude.lua", f"{name}.lua"))


class Steps:
    """The scripts of one pool. A script that Redis has forgotten is sent again by redis-py."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._scripts: dict[str, AsyncScript] = {}

    async def run(self, name: str, *arguments: Argument) -> Any:
        """Run a script with the pool's prefix as its key."""
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = self._redis.register_script(source(name))
        return await script(keys=[self._prefix], args=list(arguments))
