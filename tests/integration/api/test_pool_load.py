"""The load of a pool, as KEDA's metrics-api scaler asks for it."""

from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from redis.asyncio import Redis

from jobimport.ids import ImportKey, PartitionKey, PoolKey, RunId, TaskId, WorkerId
from jobimport.queue.queue import Queue
from jobimport.queue.tasks import RunStart, Task, TaskKind
from jobimport.store.collections import Database
from jobimport_api.access.viewers import Everybody, Verb
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.sources.folder import LocalSource

EXAMPLE = Path(__file__).parents[3] / "examples" / "keda" / "scaledobject.yaml"
POOL = PoolKey("recruiting", "default")


class Nobody(Everybody):
    """Somebody without any right."""

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        return False

    async def of(self, token: str | None, address: str = "") -> "Nobody":
        return self


def a_client(redis: Redis, database: Database, folder: Path, who: Any) -> httpx.AsyncClient:
    (folder / "state").mkdir(exist_ok=True)
    catalog = Catalog(LocalSource(folder, folder / "state"), redis, database)
    app = make_app(catalog, who, Options(auth_mode="none"))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


async def three_tasks(redis: Redis) -> None:
    queue = Queue(redis, POOL)
    run = RunStart(RunId("r"), ImportKey("recruiting", "acme"), "u", 1, 1, "Requested", 9, 3, b"{}")
    tasks = [Task(TaskId(f"r/{n}"), TaskKind.PAGE, PartitionKey("all")) for n in range(3)]
    await queue.start_run(run, tasks)
    await queue.claim(WorkerId("w"), 1, 60_000)


async def test_the_example_for_keda_reads_the_load_where_it_says(
    redis: Redis, database: Database, tmp_path: Path
) -> None:
    authentication, scaled = yaml.safe_load_all(EXAMPLE.read_text())
    trigger = scaled["spec"]["triggers"][0]
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    assert trigger["type"] == "metrics-api"
    assert scaled["spec"]["scaleTargetRef"]["name"] == f"jobimport-worker-{POOL.pool}"
    await three_tasks(redis)
    async with a_client(redis, database, tmp_path, Everybody()) as client:
        answer = await client.get(urlsplit(trigger["metadata"]["url"]).path)
    assert answer.status_code == 200, answer.text
    where = trigger["metadata"]["valueLocation"].split(".")
    assert reduce(lambda value, name: value[name], where, answer.json()) == 3


async def test_p9_a_load_that_is_not_known_is_an_error_and_never_0(
    database: Database, tmp_path: Path
) -> None:
    away = Redis(port=1)
    async with a_client(away, database, tmp_path, Everybody()) as client:
        answer = await client.get("/api/v1/pools/recruiting/default/load")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "load" not in answer.json()
    await away.aclose()


@pytest.mark.parametrize(("who", "status"), [(Everybody(), 404), (Nobody(), 403)])
async def test_an_unknown_pool_and_one_of_a_namespace_that_is_not_yours_have_no_load(
    redis: Redis, database: Database, tmp_path: Path, who: Any, status: int
) -> None:
    async with a_client(redis, database, tmp_path, who) as client:
        answer = await client.get("/api/v1/pools/recruiting/default/load")
    assert answer.status_code == status
    assert answer.json()["detail"]
