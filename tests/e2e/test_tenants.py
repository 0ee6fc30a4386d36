"""Tenants of one gateway on a real API server: nothing crosses a namespace that one may not see."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
from pymongo import AsyncMongoClient

from gateways import a_manifest, add_posting, add_reject, add_run
from jobimport.ids import ImportKey
from jobimport.store.collections import Database
from jobimport_api.openapi import described
from jobimport_cli.processes import running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_cli.standins.ports import free_port

from .conftest import Kubectl

CACHE_SECONDS = 2
CUT_OFF_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Tenants:
    """A gateway over two namespaces; `token` is of a user who may use the first alone."""

    url: str
    token: str
    ours: str
    theirs: str

    async def ask(self, method: str, path: str, token: str | None = None, **over: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=30) as client:
            return await client.request(method, path, headers=headers, **over)

    @asynccontextmanager
    async def live(self, token: str) -> AsyncGenerator[socketio.AsyncClient]:
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(self.url, auth={"token": token}, transports=["websocket"])
        yield client
        await client.disconnect()


ALL_BUT_DELETE = "get,list,watch,create,patch"


def a_user(kubectl: Kubectl, namespace: str, name: str, verbs: str = ALL_BUT_DELETE) -> str:
    """A service account with rights on the imports of its namespace; its token."""
    kubectl("create", "namespace", namespace, check=False)
    kubectl("-n", namespace, "create", "serviceaccount", name, check=False)
    rights = (f"--verb={verbs}", "--resource=jobimports.jobimport.dev")
    kubectl("-n", namespace, "create", "role", name, *rights, check=False)
    binding = (f"--role={name}", f"--serviceaccount={namespace}:{name}")
    kubectl("-n", namespace, "create", "rolebinding", name, *binding, check=False)
    return kubectl("-n", namespace, "create", "token", name).stdout.strip()


def an_import_of(kubectl: Kubectl, namespace: str) -> None:
    kubectl("apply", "--server-side", "-f", "-", given=a_manifest("acme", namespace))
    status = json.dumps({"status": {"sourceName": f"{namespace}.acme"}})
    patch = ("patch", "ji", "acme", "--subresource=status", "--type=merge", "-p", status)
    kubectl("-n", namespace, *patch)


async def fill(database: Database, namespace: str, sequence: int) -> None:
    key = ImportKey(namespace, "acme")
    await add_run(database, key, sequence)
    await add_posting(database, f"{namespace}.acme", "1", title=f"Secret of {namespace}")
    await add_reject(database, key, "bad", message=f"secret of {namespace}")


@pytest.fixture
async def tenants(
    kubeconfig: Path, kubectl: Kubectl, operator_redis: str, tmp_path: Path
) -> AsyncIterator[Tenants]:
    mark = uuid.uuid4().hex[:8]
    ours, theirs = f"tenant-a-{mark}", f"tenant-b-{mark}"
    token = a_user(kubectl, ours, "alice")
    a_user(kubectl, theirs, "bob")
    for namespace in (ours, theirs):
        an_import_of(kubectl, namespace)
    port = free_port()
    with mongo_stand_in() as mongo_url:
        quicken(mongo_url, "jobimport", ["jobs"])
        environment = {
            "KUBECONFIG": str(kubeconfig),
            "REDIS_URL": operator_redis,
            "MONGODB_URL": mongo_url,
            "AUTH_MODE": "kubernetes",
            "AUTH_CACHE_SECONDS": str(CACHE_SECONDS),
            "LOG_FORMAT": "text",
            "PORT": str(port),
        }
        client = AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True)
        database = client["jobimport"]
        await fill(database, ours, 1)
        await fill(database, theirs, 2)
        url = f"http://127.0.0.1:{port}"
        async with running_part("gateway", "jobimport_api", [], environment, tmp_path):
            await until_ready(url)
            yield Tenants(url, token, ours, theirs)
        await client.close()
    kubectl("delete", "namespace", ours, theirs, "--wait=false")


async def until_ready(url: str) -> None:
    async with asyncio.timeout(90), httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.2)


def routes_of_a_namespace() -> list[tuple[str, str, dict[str, Any]]]:
    """Every route that names a namespace: method, path with it left open, and what is sent."""
    values = {"name": "acme", "run": "run-2", "task": "oneoff/x", "pool": "default"}
    found: list[tuple[str, str, dict[str, Any]]] = []
    for template, operations in json.loads(described())["paths"].items():
        path = template.removeprefix("/api/v1").replace("{action}", "retry")
        if "{namespace}" not in path:
            continue
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", value)
        query = {"record": {"id": "1"}, "why": {"q": "1"}}.get(path.rpartition("/")[2], {})
        found += [(method.upper(), path, {"params": query}) for method in operations]
    return found


async def test_no_route_crosses_a_namespace_that_one_may_not_see(tenants: Tenants) -> None:
    routes = routes_of_a_namespace()
    assert len(routes) >= 15
    for method, path, sent in routes:
        theirs = await tenants.ask(method, path.replace("{namespace}", tenants.theirs), **sent)
        assert theirs.status_code in (403, 404), (method, path, theirs.text)
        assert f"ecret of {tenants.theirs}" not in theirs.text
    for path in ("", "/runs", "/records", "/rejects", "/record?id=1", "/why?q=1", "/events"):
        ours = await tenants.ask("GET", f"/imports/{tenants.ours}/acme{path}")
        assert ours.status_code == 200, (path, ours.text)


async def test_lists_searches_and_pools_show_what_one_may_see_alone(tenants: Tenants) -> None:
    for path in ("/imports", "/imports?search=acme", f"/imports?search={tenants.theirs}", "/pools"):
        answer = await tenants.ask("GET", path)
        assert answer.status_code == 200
        assert tenants.theirs not in answer.text, path
    assert (await tenants.ask("GET", "/imports")).json()["total"] == 1


async def test_previews_and_applying_need_a_right_where_they_happen(tenants: Tenants) -> None:
    theirs = json.dumps(a_manifest("new", tenants.theirs))
    asked = {"namespace": tenants.theirs, "manifest": theirs}
    assert (await tenants.ask("POST", "/preview", json=asked)).status_code == 403
    for dry_run in (True, False):
        wanted = {"manifest": theirs, "dryRun": dry_run}
        assert (await tenants.ask("POST", "/apply", json=wanted)).status_code == 403
    ours = json.dumps(a_manifest("acme", tenants.ours, schedule="@hourly"))
    shown = await tenants.ask("POST", "/apply", json={"manifest": ours})
    assert shown.status_code == 200, shown.text
    assert "+  schedule: '@hourly'" in shown.json()["diff"]
    done = await tenants.ask("POST", "/apply", json={"manifest": ours, "dryRun": False})
    assert done.status_code == 200, done.text
    assert (await tenants.ask("POST", f"/imports/{tenants.ours}/acme/runs")).status_code == 202
    created = json.dumps(a_manifest("created", tenants.ours))
    made = await tenants.ask("POST", "/apply", json={"manifest": created, "dryRun": False})
    assert made.json()["created"] is True, made.text
    assert (
        f"jobimport.dev/owner: system:serviceaccount:{tenants.ours}:alice"
        in made.json()["manifest"]
    )


async def test_who_may_only_read_reads_all_of_theirs_and_changes_nothing(
    tenants: Tenants, kubectl: Kubectl
) -> None:
    token = a_user(kubectl, tenants.ours, "reader", "get,list")
    base = f"/imports/{tenants.ours}/acme"
    for path in ("", "/runs", "/runs/run-1", "/records", "/rejects", "/events"):
        assert (await tenants.ask("GET", f"{base}{path}", token)).status_code == 200, path
    assert (await tenants.ask("GET", base, token)).json()["permissions"]["patch"] is False
    before = kubectl("-n", tenants.ours, "get", "ji", "acme", "-o", "yaml").stdout
    actions = ("runs", "retry", "cancel", "suspend", "resume", "approve-close", "rejects/replay")
    for action in actions:
        body: dict[str, Any] = {"json": {}} if action == "rejects/replay" else {}
        refused = await tenants.ask("POST", f"{base}/{action}", token, **body)
        assert refused.status_code == 403, (action, refused.text)
        assert "needs the verb patch" in refused.json()["detail"], action
    manifest = json.dumps(a_manifest("acme", tenants.ours, schedule="@hourly"))
    asked = {"namespace": tenants.ours, "manifest": manifest}
    preview = await tenants.ask("POST", "/preview", token, json=asked)
    assert (preview.status_code, "verb create" in preview.json()["detail"]) == (403, True)
    for dry_run in (True, False):
        wanted = {"manifest": manifest, "dryRun": dry_run}
        assert (await tenants.ask("POST", "/apply", token, json=wanted)).status_code == 403
    assert kubectl("-n", tenants.ours, "get", "ji", "acme", "-o", "yaml").stdout == before


async def test_no_room_crosses_a_namespace_that_one_may_not_see(tenants: Tenants) -> None:
    async with tenants.live(tenants.token) as client:
        everything = await client.call("subscribe", {"room": "imports"})
        assert {each["namespace"] for each in everything["snapshot"]} == {tenants.ours}
        assert list(everything["seqs"]) == [f"ns/{tenants.ours}"]
        theirs = {"namespace": tenants.theirs, "name": "acme", "runId": "run-2"}
        for kind in ("import", "run"):
            refused = await client.call("subscribe", {"room": kind, **theirs})
            assert refused["error"]["status"] == 403
    stranger = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await stranger.connect(
            tenants.url, auth={"token": "guessed"}, transports=["websocket"], wait_timeout=10
        )


async def test_a_revoked_token_is_cut_off_within_a_minute_sockets_too(
    tenants: Tenants, kubectl: Kubectl
) -> None:
    token = a_user(kubectl, tenants.ours, "carol")
    assert (await tenants.ask("GET", "/session", token)).json()["name"].endswith(":carol")
    async with tenants.live(token) as client:
        gone = asyncio.Event()
        client.on("disconnect", lambda *_: gone.set())
        assert "snapshot" in await client.call("subscribe", {"room": "imports"})
        kubectl("-n", tenants.ours, "delete", "serviceaccount", "carol")
        async with asyncio.timeout(CUT_OFF_SECONDS):
            while (await tenants.ask("GET", "/imports", token)).status_code != 401:
                await asyncio.sleep(0.25)
            await gone.wait()
    assert (await tenants.ask("GET", "/imports")).status_code == 200


async def test_guessing_tokens_is_slowed_down_and_those_known_are_still_served(
    tenants: Tenants,
) -> None:
    assert (await tenants.ask("GET", "/session")).status_code == 200
    codes = [(await tenants.ask("GET", "/session", f"guess-{n}")).status_code for n in range(40)]
    assert codes[0] == 401
    assert 429 in codes
    waiting = await tenants.ask("GET", "/session", "one-more")
    assert int(waiting.headers["retry-after"]) >= 1
    assert (await tenants.ask("GET", "/session")).status_code == 200
