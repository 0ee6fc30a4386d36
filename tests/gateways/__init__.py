"""Gateways for tests: over a folder of imports, on real servers, with a viewer of one's choice."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
import yaml

from jobimport.ids import ImportKey
from jobimport.local import LocalImports
from jobimport.resource.status import JobImportStatus
from jobimport.store.collections import REJECTS, RUNS, SIGHTINGS, Database
from jobimport_api.access.viewers import Verb, Viewer
from jobimport_api.live.wire import Wire

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def a_manifest(name: str, namespace: str = "default", **over: Any) -> dict[str, Any]:
    annotations = over.pop("annotations", {})
    spec = {
        "source": {"request": {"url": "https://jobs.example/x"}, "format": {"records": "jobs"}},
        "mapping": {"externalId": "id", "title": "title"},
        **over,
    }
    return {
        "apiVersion": "jobimport.dev/v1alpha1",
        "kind": "JobImport",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
        "spec": spec,
    }


def a_last_run(verdict: str = "Complete", **over: Any) -> dict[str, Any]:
    return {
        "id": "run-2",
        "sequence": 2,
        "reason": "Scheduled",
        "startedAt": NOW.isoformat(),
        "finishedAt": NOW.isoformat(),
        "verdict": verdict,
        "message": f"it was {verdict}.",
        "records": 10,
        **over,
    }


class ImportsFolder:
    """A folder of imports, written as their users and the operator write them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / "state"
        self.imports = LocalImports(path, self.state, owner=True)

    async def add(
        self, name: str, namespace: str = "default", *, status: Any = None, **over: Any
    ) -> ImportKey:
        text = yaml.safe_dump(a_manifest(name, namespace, **over))
        (self.path / f"{namespace}-{name}.yaml").write_text(text)
        key = ImportKey(namespace, name)
        imp = await self.imports.get(key)
        assert imp is not None
        if status is not None:
            whole = {"sourceName": f"{namespace}.{name}", **status}
            await self.imports.write_status(imp, JobImportStatus.model_validate(whole))
        return key


async def add_posting(database: Database, source: str, identity: str, **over: Any) -> None:
    await database["jobs"].insert_one(
        {
            "_id": f"{source}:{identity}",
            "source": source,
            "externalId": identity,
            "title": f"Job {identity}",
            "company": "Acme",
            "locations": [{"city": "Berlin", "country": "DE"}],
            "url": f"https://jobs.example/{identity}",
            "partitions": ["all"],
            "firstSeenAt": NOW,
            "firstSeenRun": "run-1",
            "lastChangedAt": NOW + timedelta(seconds=int(identity) if identity.isdigit() else 0),
            "lastChangedRun": "run-1",
            "closedAt": None,
            "misses": 0,
            "writeToken": "1",
            "history": [{"at": NOW, "run": "run-1", "kind": "Inserted", "fields": {}}],
            **over,
        }
    )


async def add_reject(database: Database, key: ImportKey, identity: str, **over: Any) -> None:
    await database[REJECTS].insert_one(
        {
            "_id": f"{key}-{identity}",
            "import": str(key),
            "namespace": key.namespace,
            "name": key.name,
            "source": f"{key.namespace}.{key.name}",
            "run": "run-2",
            "partition": "all",
            "externalId": identity,
            "reason": "title is required",
            "message": "title is required: the record has none.",
            "raw": json.dumps({"id": identity}),
            "at": NOW,
            **over,
        }
    )


async def add_run(database: Database, key: ImportKey, sequence: int, **over: Any) -> None:
    await database[RUNS].insert_one(
        {
            "_id": f"run-{sequence}",
            "import": str(key),
            "sequence": sequence,
            "reason": "Scheduled",
            "state": "finished",
            "startedAt": NOW,
            "finishedAt": NOW,
            "outcome": {"verdict": "Complete", "open": 10 * sequence, "message": "all seen."},
            "partitions": [],
            "coverage": {"mapped": 10, "filled": {"title": 9}, "errors": {"title": 1}},
            **over,
        }
    )


async def add_sighting(database: Database, source: str, run: str, *ids: str) -> None:
    await database[SIGHTINGS].insert_one(
        {"run": run, "source": source, "partition": "all", "ids": list(ids), "at": NOW}
    )


class Limited:
    """A viewer with rights in some namespaces only."""

    token = None

    def __init__(self, name: str, verbs: set[Verb], *namespaces: str) -> None:
        self.name = name
        self._verbs = verbs
        self._namespaces = namespaces

    async def may(self, verb: Verb, namespace: str, name: str = "") -> bool:
        return verb in self._verbs and namespace in self._namespaces

    async def of(self, token: str | None, address: str = "") -> Viewer:
        return self

    async def again(self, viewer: Viewer) -> Viewer:
        return self


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncGenerator[str]:
    """Serve an application on a port of the loopback; gives its URL."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        lifespan="on",
        ws=Wire,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task
