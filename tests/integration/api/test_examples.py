"""The examples of the docs are run as they stand there."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from gateways import ImportsFolder, serving
from jobimport.ids import ImportKey
from jobimport.store.collections import Database
from jobimport_api.access.viewers import Everybody
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.sources.folder import LocalSource

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "api.md").read_text()


@asynccontextmanager
async def a_gateway(redis: Redis, database: Database, folder: ImportsFolder) -> AsyncGenerator[str]:
    catalog = Catalog(LocalSource(folder.path, folder.state), redis, database)
    async with serving(make_app(catalog, Everybody(), Options(auth_mode="none"))) as url:
        yield url


async def run(*command: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )


async def test_the_trigger_for_scripts_is_as_the_docs_say(
    redis: Redis, database: Database, folder: ImportsFolder
) -> None:
    command = re.search(r"^curl .*$", DOCS, re.MULTILINE)
    assert command is not None
    key = await folder.add("acme", "recruiting")
    async with a_gateway(redis, database, folder) as url:
        process = await run("bash", "-c", command[0], TOKEN="x", GATEWAY=url)
        printed, _ = await asyncio.wait_for(process.communicate(), 60)
    assert b'"token":' in printed, printed
    imp = await folder.imports.get(key)
    assert imp is not None
    assert "jobimport.dev/run-requested" in imp.annotations


def node_beside(folder: Path) -> list[str]:
    """Node looks for packages beside the file that it runs."""
    packages = ROOT / "frontend" / "node_modules"
    if not (packages / "socket.io-client").exists():
        pytest.skip("the dashboard's packages are not installed: make frontend-deps")
    (folder / "node_modules").symlink_to(packages)
    program = folder / "follow.mjs"
    program.write_text((ROOT / "examples" / "live" / "follow.mjs").read_text())
    return ["node", str(program)]


@pytest.fixture(params=["python", "javascript"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    if request.param == "javascript":
        return node_beside(tmp_path)
    return [sys.executable, str(ROOT / "examples" / "live" / "follow.py")]


async def test_the_example_clients_follow_a_change(
    redis: Redis, database: Database, folder: ImportsFolder, client: list[str]
) -> None:
    await folder.add("acme")
    async with a_gateway(redis, database, folder) as url:
        process = await run(*client, url)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert b"1 imports" in await process.stdout.readline()
            owner = {"jobimport.dev/owner": "jane"}
            await folder.imports.annotate(ImportKey("default", "acme"), owner)
            line = await process.stdout.readline()
        assert line.startswith(b"import.changed default/acme"), line
        process.kill()
        await process.wait()
