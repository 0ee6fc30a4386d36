"""What an import, a probe and events say of something that was made wrong, and by when."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from cluster.operator_bench import Bench, eventually

SAID_SECONDS = 30
"""The promise: from the fault to the sentence."""
MENDED_SECONDS = 90


class Fault:
    """The moment at which something was made wrong; what is said of it is due 30 s later."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def remaining(self) -> float:
        return self.began + SAID_SECONDS - time.monotonic()

    async def ready_is(self, bench: Bench, name: str, reason: str) -> str:
        """Wait for this reason of the import's Ready; its message."""
        return await becomes(bench, name, reason, self.remaining())

    async def probe_says(self, port: int, *words: str) -> str:
        """Wait until the operator is unready with these words; its text."""

        def expected(answer: httpx.Response) -> bool:
            return answer.status_code == 503 and all(each in answer.text for each in words)

        return await answers(port, expected, self.remaining())

    async def event(self, bench: Bench, reason: str, kind: str = "JobImport") -> dict[str, Any]:
        """Wait for an event with this reason at an object of this kind."""

        async def found() -> dict[str, Any] | None:
            return await event_of(bench, reason, kind)

        return await eventually(found, self.remaining())


async def becomes(bench: Bench, name: str, reason: str, within: float = MENDED_SECONDS) -> str:
    async def found() -> str | None:
        ready = await bench.condition(name, "Ready") or {}
        return ready["message"] if ready.get("reason") == reason else None

    return await eventually(found, within)


async def answers(port: int, expected: Callable[[httpx.Response], bool], within: float) -> str:
    """Wait for an answer of the operator's readiness probe; its text."""

    async def found() -> str | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            with suppress(httpx.TransportError):
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
                return answer.text if expected(answer) else None
        return None

    return await eventually(found, within)


async def ready_again(port: int) -> None:
    await answers(port, lambda answer: answer.status_code == 200, MENDED_SECONDS)


async def events(bench: Bench) -> list[dict[str, Any]]:
    path = f"/apis/events.k8s.io/v1/namespaces/{bench.namespace}/events"
    return (await bench.api.get(path) or {}).get("items", [])


async def event_of(bench: Bench, reason: str, kind: str = "JobImport") -> dict[str, Any] | None:
    for each in await events(bench):
        if each["reason"] == reason and each["regarding"]["kind"] == kind:
            return each
    return None
