"""A retry of one partition, from the request over REST to the status, on a real API server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from gateways import a_manifest
from jobimport_cli.processes import running_part
from jobimport_cli.standins.ports import free_port

from .conftest import Kubectl
from .test_tenants import a_user, until_ready
from .test_whole import DEADLINE_SECONDS, NAMESPACE, read, running_parts, until_finished


class Boards:
    """Three boards of a source; those of `down` answer 404."""

    def __init__(self) -> None:
        self.down = {"berlin", "bonn"}
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        name = request.path[1:]
        self.asked.append(name)
        if name in self.down:
            return web.Response(status=404)
        return web.json_response({"jobs": [{"id": f"{name}-1", "title": "Job"}]})


@pytest.fixture
async def boards() -> AsyncIterator[tuple[Boards, str]]:
    boards = Boards()
    app = web.Application()
    app.router.add_get("/{name}", boards.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield boards, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def an_import_of(address: str) -> dict[str, Any]:
    names = [{"name": each} for each in ("berlin", "bonn", "paris")]
    source = {
        "request": {"url": f"{address}/{{partition.name}}"},
        "partitions": {"values": names},
        "format": {"records": "jobs"},
    }
    return a_manifest("boards", NAMESPACE, source=source)


async def test_a_retry_of_one_partition_walks_what_failed_of_it_alone(
    boards: tuple[Boards, str],
    kubeconfig: Path,
    kubectl: Kubectl,
    tmp_path: Path,
) -> None:
    source, address = boards
    kubectl("create", "namespace", NAMESPACE, check=False)
    token = a_user(kubectl, NAMESPACE, "retrier")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with running_parts(kubeconfig, tmp_path) as environment:
        served = {**environment, "AUTH_MODE": "kubernetes", "PORT": str(port)}
        async with (
            running_part("gateway", "jobimport_api", [], served, tmp_path),
            httpx.AsyncClient(
                base_url=f"{url}/api/v1/imports/{NAMESPACE}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            ) as client,
        ):
            await until_ready(url)
            kubectl("apply", "--server-side", "-f", "-", given=an_import_of(address))
            first = (await until_finished(kubectl, "boards"))["status"]["lastRun"]
            assert [each["key"] for each in first["partitions"]] == ["berlin", "bonn", "paris"]
            assert first["verdict"] == "Partial"
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (await client.get("/boards")).json()["lastRun"] is None:
                    await asyncio.sleep(0.1)  # the gateway's view is half a second old at most
            unknown = await client.post("/boards/retry", params={"partition": "rome"})
            assert unknown.status_code == 404
            assert "failed: berlin, bonn." in unknown.json()["detail"]
            source.down, source.asked = set(), []
            accepted = await client.post("/boards/retry", params={"partition": "bonn"})
            assert accepted.status_code == 202, accepted.text
            status = await until_another_run_ended(kubectl, first["id"])
            assert source.asked == ["bonn"]
            assert status["lastHandledRetryRequest"] == accepted.json()["token"]
            verdicts = {each["key"]: each["verdict"] for each in status["lastRun"]["partitions"]}
            assert verdicts == {"berlin": "Failed", "bonn": "Complete", "paris": "Complete"}
            shown = (await client.get(f"/boards/runs/{status['lastRun']['id']}")).json()
            assert (shown["retryOf"], shown["retryPartition"]) == (first["id"], "bonn")
            by_hand = "jobimport.dev/retry-requested=by hand partition=berlin"
            kubectl("-n", NAMESPACE, "annotate", "ji", "boards", "--overwrite", by_hand)
            last = (await until_another_run_ended(kubectl, status["lastRun"]["id"]))["lastRun"]
            assert (source.asked, last["verdict"], last["open"]) == (
                ["bonn", "berlin"],
                "Complete",
                3,
            )


async def until_another_run_ended(kubectl: Kubectl, before: str) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            status = (await read(kubectl, "ji", "boards"))["status"]
            if not status.get("currentRun") and status["lastRun"]["id"] != before:
                return status
            await asyncio.sleep(0.2)
