"""Two gateways in auth mode kubernetes behind a plain balancer and behind oauth2-proxy, on a real
API server, with operator, worker and stores: what the log-in tests of the browser look at.

Says as a line of JSON where everything is, and takes orders as `browser.orders` has them. Ends, and
everything with it, when its standard input ends.
"""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from browser.login.cluster import (
    ALL_BUT_DELETE,
    LAB,
    OURS,
    ROOT,
    THEIRS,
    Cluster,
    running_cluster,
    running_parts,
)
from browser.orders import serve
from cluster.login_proxy import running_login_proxy
from gateways import a_last_run, a_manifest
from gateways.balancer import balancing
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving
from jobimport_cli.processes import running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import embedded_redis

_READY_SECONDS = 180
_GATEWAYS = ("gateway-1", "gateway-2")


class Stack:
    """What the tests may order."""

    def __init__(self, cluster: Cluster, logs: Path) -> None:
        self._cluster = cluster
        self._logs = logs
        self.orders = {
            "user": self._user,
            "kubectl": self._kubectl,
            "status": self._status,
            "gateway-log": self._gateway_log,
            "asked": self._asked,
            "issue": self._issue,
        }

    async def _user(self, order: dict[str, Any]) -> str:
        """Make a user; gives the token."""
        verbs = order.get("verbs", ALL_BUT_DELETE)
        namespaces = order.get("namespaces", [OURS])
        return await asyncio.to_thread(self._cluster.user, order["name"], verbs, *namespaces)

    async def _kubectl(self, order: dict[str, Any]) -> str:
        return await asyncio.to_thread(self._cluster.kubectl, *order["arguments"])

    async def _status(self, order: dict[str, Any]) -> None:
        """Write what the last run of the lab's import came to: the verdict of each partition."""
        partitions = [{"key": key, "verdict": is_} for key, is_ in order["partitions"].items()]
        last = a_last_run("Partial", id=order["run"], failedPages=1, partitions=partitions)
        patch = json.dumps({"status": {"sourceName": f"{LAB}.halves", "lastRun": last}})
        how = ("patch", "ji", "halves", "--subresource=status", "--type=merge", "-p", patch)
        await asyncio.to_thread(self._cluster.kubectl, "-n", LAB, *how)

    async def _gateway_log(self, order: dict[str, Any]) -> str:
        """All that both gateways have logged."""
        return "".join((self._logs / f"{each}.log").read_text() for each in _GATEWAYS)

    async def _asked(self, order: dict[str, Any]) -> list[str]:
        return await asyncio.to_thread(self._cluster.asked, order["import"])

    async def _issue(self, order: dict[str, Any]) -> None:
        """How long the issuer's tokens are valid from now on."""
        self._cluster.issuer.seconds = order["seconds"]


def _imports(board: str) -> list[dict[str, Any]]:
    request = {"url": f"{board}/northwind/jobs"}
    source = {
        "request": request,
        "format": {"type": "json", "records": "jobs"},
        "pagination": {
            "type": "page",
            "send": {"in": "query", "name": "page"},
            "size": {"in": "query", "name": "per_page", "value": 100},
            "stop": {"total": "total"},
        },
    }
    owned = {"annotations": {"jobimport.dev/owner": "somebody-else"}}
    halves = [{"half": "north"}, {"half": "south"}]
    parted = {
        "request": {"url": f"{board}/{{partition.half}}"},
        "format": {"records": "jobs"},
        "partitions": {"values": halves},
    }
    return [
        a_manifest("northwind", OURS, source=source, schedule="@yearly"),
        a_manifest("of-others", OURS, source=source, suspend=True, **owned),
        a_manifest("secret-plans", THEIRS),
        a_manifest("halves", LAB, source=parted),
    ]


async def _until_ready(*ports: int) -> None:
    async with asyncio.timeout(_READY_SECONDS), httpx.AsyncClient() as client:
        for port in ports:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                        break
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running_gateways(environment: dict[str, str], logs: Path) -> AsyncGenerator[list[int]]:
    """Two gateways with the settings that they have by default; gives their ports."""
    settings = {
        **environment,
        "AUTH_MODE": "kubernetes",
        "AUTH_PROXY_HEADER": "X-Forwarded-Access-Token",
        "TRUSTED_PROXIES": "127.0.0.1",
        "DASHBOARD_DIR": str(ROOT / "frontend" / "out"),
    }
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in _GATEWAYS]
        for name, port in zip(_GATEWAYS, ports, strict=True):
            own = {**settings, "PORT": str(port)}
            await stack.enter_async_context(running_part(name, "jobimport_api", [], own, logs))
        await _until_ready(*ports)
        yield ports


async def run() -> None:
    """Run until the standard input ends."""
    feed = Feed("northwind", FeedStyle.PAGES, 300)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobimport-login-")))
        cluster = stack.enter_context(running_cluster(folder))
        board = await stack.enter_async_context(serving(Board({feed.name: feed}, FaultPlan())))
        redis_url = stack.enter_context(embedded_redis())
        mongo_url = stack.enter_context(mongo_stand_in())
        quicken(mongo_url, "jobimport", ["jobs"])
        environment = {
            "KUBECONFIG": str(cluster.plane.kubeconfig),
            "REDIS_URL": redis_url,
            "MONGODB_URL": mongo_url,
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "LOG_FORMAT": "text",
        }
        for manifest in _imports(board):
            cluster.apply(manifest)
        await stack.enter_async_context(running_parts(environment, folder))
        ports = await stack.enter_async_context(running_gateways(environment, folder))
        _, url = await stack.enter_async_context(balancing(*ports))
        proxies: list[str] = []
        for name, more in (("passing", {}), ("refreshing", {"cookie_refresh": "3s"})):
            (folder / name).mkdir()
            proxy = running_login_proxy(
                folder / name,
                cluster.issuer.url,
                cluster.ca,
                f"http://127.0.0.1:{ports[0]}",
                pass_access_token="true",
                **more,
            )
            proxies.append(await stack.enter_async_context(proxy))
        gateways = ",".join(f"http://127.0.0.1:{port}" for port in ports)
        await serve(
            Stack(cluster, folder).orders,
            url=url,
            gateways=gateways,
            passing=proxies[0],
            refreshing=proxies[1],
        )


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
