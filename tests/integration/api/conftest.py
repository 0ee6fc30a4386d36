"""A gateway over a folder of imports, asked without a network."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from gateways import ImportsFolder
from jobimport.store.collections import Database
from jobimport_api.access.viewers import Everybody
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.sources.folder import LocalSource

ClientOf = Callable[..., httpx.AsyncClient]


@pytest.fixture
def folder(tmp_path: Path) -> ImportsFolder:
    path = tmp_path / "imports"
    path.mkdir()
    return ImportsFolder(path)


@pytest.fixture
async def client_of(
    redis: Redis, database: Database, folder: ImportsFolder
) -> AsyncIterator[ClientOf]:
    clients: list[httpx.AsyncClient] = []

    def make(viewers: Any = None, **options: Any) -> httpx.AsyncClient:
        catalog = Catalog(
            LocalSource(folder.path, folder.state),
            options.pop("redis", redis),
            options.pop("database", database),
        )
        app = make_app(catalog, viewers or Everybody(), Options(auth_mode="none", **options))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://localhost/api/v1")
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()
