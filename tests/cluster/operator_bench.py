"""What tests of the operator on a real API server have in hand."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobimport.cluster_api import ApiError, ClusterApi
from jobimport.ids import PoolKey, RunId, WorkerId
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import Counts, TaskKind

BASE = "/apis/jobimport.dev/v1alpha1/namespaces"
SPEC: dict[str, Any] = {
    "source": {
        "request": {"url": "https://jobs.example.com/list"},
        "format": {"type": "json", "records": "jobs"},
    },
    "mapping": {"externalId": "id", "title": "title"},
}


async def eventually(condition: Callable[[], Any], within: float = 40.0) -> Any:
    """Wait until what the condition returns (awaited) is true, and return that."""
    async with asyncio.timeout(within):
        while True:
            if value := await condition():
                return value
            await asyncio.sleep(0.05)


@dataclass
class Bench:
    """A namespace of its own in the cluster, and a Redis."""

    api: ClusterApi
    namespace: str
    redis_url: str
    environment: dict[str, str]

    def __post_init__(self) -> None:
        self.redis = connect(self.redis_url)
        self.queue = Queue(self.redis, PoolKey(self.namespace, "default"))

    def path(self, name: str) -> str:
        return f"{BASE}/{self.namespace}/jobimports/{name}"

    async def apply(self, name: str, **spec: Any) -> None:
        manifest = {
            "apiVersion": "jobimport.dev/v1alpha1",
            "kind": "JobImport",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {**SPEC, **spec},
        }
        await self.api.apply(self.path(name), manifest, "test")

    async def refusal(self, name: str, **spec: Any) -> str | None:
        try:
            await self.apply(name, **spec)
        except ApiError as refused:
            return str(refused)
        return None

    async def status(self, name: str) -> dict[str, Any]:
        return (await self.api.get(self.path(name)) or {}).get("status", {})

    async def condition(self, name: str, kind: str) -> dict[str, Any] | None:
        found = (await self.status(name)).get("conditions", [])
        return next((each for each in found if each["type"] == kind), None)

    async def current_run(self, name: str) -> RunId | None:
        run = (await self.status(name)).get("currentRun")
        known = run is not None and await self.queue.run_view(run["id"]) is not None
        return RunId(run["id"]) if known else None

    async def last_run(self, name: str) -> dict[str, Any] | None:
        status = await self.status(name)
        return None if "currentRun" in status else status.get("lastRun")

    async def deployment(self) -> dict[str, Any] | None:
        name = "jobimport-worker-default"
        return await self.api.get(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}")

    async def replicas(self) -> int | None:
        return ((await self.deployment()) or {}).get("spec", {}).get("replicas")

    async def work(self, run: RunId, verdict: str = "Complete", within: float = 60) -> None:
        """Do the tasks of a run, as a worker would; TimeoutError where it does not end."""
        async with asyncio.timeout(within):
            await self._work(run, verdict)

    async def _work(self, run: RunId, verdict: str) -> None:
        worker = WorkerId("by-hand")
        while (view := await self.queue.run_view(run)) is not None and view.outcome is None:
            for lease in (await self.queue.claim(worker, 1, 5000)).leases:
                now = datetime.now(UTC).isoformat()
                outcome = {
                    "id": run,
                    "reason": view.reason,
                    "startedAt": now,
                    "finishedAt": now,
                    "verdict": verdict,
                    "records": 5,
                    "message": "5 records.",
                }
                final = lease.task.kind == TaskKind.FINALIZE
                await self.queue.finish(lease, Counts(), outcome=outcome if final else None)

    @asynccontextmanager
    async def operator(
        self, log: Path | None = None, **settings: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run an operator with more settings while the context lasts; `log` gets what it says."""
        with log.open("wb") if log else nullcontext() as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "jobimport_operator"),
                env={**self.environment, **settings},
                stderr=output,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                with suppress(TimeoutError):
                    async with asyncio.timeout(15):
                        await process.wait()
            if process.returncode is None:
                process.kill()
                async with asyncio.timeout(15):
                    await process.wait()
