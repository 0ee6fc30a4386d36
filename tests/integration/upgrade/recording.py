"""What an older release left in mid-run: its folders, Redis, MongoDB and the board's ledger.

`python -m integration.upgrade.recording COMMIT` with tests/ on PYTHONPATH records it anew, with
that release's own operator and worker, both killed in mid-run.
"""

import asyncio
import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import yaml
from bson import json_util
from pymongo import AsyncMongoClient

from chaos.stage import Stage
from cluster.older import Older, older_release
from jobimport.queue.connection import connect
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.ledger import FeedLedger, ServedPosting
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.redis_server import RedisServer

RECORDED: Final = Path(__file__).parent / "recorded"
BOARD: Final = "127.0.77.1", 18790
"""Where the board is, then and now: its address is a part of the specs."""
ENDED: Final = Feed("ended", FeedStyle.XML, 12, broken=frozenset({3}))
BEGUN: Final = Feed("begun", FeedStyle.PAGES, 120, broken=frozenset({5}))
_PAGES_DONE: Final = 3

Recording = dict[str, Any]


def recordings() -> list[Path]:
    """The recordings there are, one for each older release."""
    return sorted(RECORDED.glob("*.json"))


async def record(older: Older) -> Recording:
    """Let the older release end one run and begin another, kill it, and take what it left."""
    commands = older_commands(older.folder)
    with (
        tempfile.TemporaryDirectory() as name,
        closing(RedisServer()) as redis,
        mongo_stand_in() as mongo_url,
    ):
        redis.start()
        async with (
            Stage.open(Path(name), redis.url, mongo_url) as stage,
            stage.serving(ENDED, BEGUN, delay_seconds=0.3, where=BOARD),
        ):
            stage.commands = commands
            stage.apply(ENDED)
            stage.start_operator()
            worker = stage.start_worker(lease_seconds=5)
            await stage.finished(ENDED.name)
            stage.apply(BEGUN, batchSize=20, concurrency=2)
            async with asyncio.timeout(60):
                while stage.board.ledgers[BEGUN.name].responses < _PAGES_DONE:
                    await asyncio.sleep(0.01)
            stage.kill(worker)
            if stage.operator is not None:
                stage.kill(stage.operator)
            return await _left(stage)


def older_commands(folder: Path) -> dict[str, list[str]]:
    """Install an older release from its own lock; how its parts are started."""
    uv = Path(__file__).parents[3] / ".tools" / "bin" / "uv"
    command = [str(uv), "sync", "--quiet", "--locked", "--all-packages", "--no-dev"]
    subprocess.run(command, cwd=folder, check=True)
    python = str(folder / ".venv" / "bin" / "python")
    return {part: [python, "-m", f"jobimport_{part}"] for part in ("operator", "worker")}


async def _left(stage: Stage) -> Recording:
    redis = connect(stage.redis_url)
    keys = sorted([key async for key in redis.scan_iter(count=1000)])
    dumps = {key.decode(): base64.b64encode(await redis.dump(key)).decode() for key in keys}
    await redis.aclose()
    documents: dict[str, Any] = {}
    async with AsyncMongoClient[dict[str, Any]](stage.mongo_url) as client:
        database = client[stage.database]
        for name in sorted(await database.list_collection_names()):
            found = await database[name].find({}).to_list()
            documents[name] = json.loads(json_util.dumps(found))
    ledgers = {
        name: {key: asdict(each) for key, each in ledger.postings.items()}
        for name, ledger in stage.board.ledgers.items()
    }
    return {
        "files": dict(_files(stage.folder)),
        "redis": dumps,
        "mongodb": documents,
        "ledgers": ledgers,
    }


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """The files of the imports and of the state, but for locks and logs."""
    for top in ("imports", "state"):
        for path in sorted((folder / top).rglob("*")):
            if path.is_file() and path.stat().st_size:
                yield str(path.relative_to(folder)), path.read_text()


async def restore(stage: Stage, recording: Recording) -> None:
    """Put back what was recorded: into the stage's folder, Redis and database."""
    for name, text in recording["files"].items():
        path = stage.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    redis = connect(stage.redis_url)
    for key, dump in recording["redis"].items():
        await redis.restore(key, 0, base64.b64decode(dump), replace=True)
    await redis.aclose()
    async with AsyncMongoClient[dict[str, Any]](stage.mongo_url) as client:
        for name, found in recording["mongodb"].items():
            if found:
                documents = json_util.loads(json.dumps(found))
                await client[stage.database][name].insert_many(documents)


def fields_of(schema: dict[str, Any], path: str = "") -> dict[str, str]:
    """The type of each field of a CRD's schema, by path."""
    found: dict[str, str] = {}
    for name, field in schema.get("properties", {}).items():
        below = f"{path}.{name}" if path else name
        found[below] = field.get("type", "any")
        found |= fields_of(field, below)
        if isinstance(field.get("items"), dict):
            found |= fields_of(field["items"], f"{below}[]")
        if isinstance(field.get("additionalProperties"), dict):
            found |= fields_of(field["additionalProperties"], f"{below}{{}}")
    return found


def schema_in(folder: Path) -> dict[str, Any]:
    """The schema of the CRD in a folder of this repository's sources."""
    crd = yaml.safe_load((folder / "crds" / "jobimports.jobimport.dev.yaml").read_text())
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def ledger_of(recording: Recording, name: str) -> FeedLedger:
    """What the board had served of a feed by then."""
    postings = {key: ServedPosting(**each) for key, each in recording["ledgers"][name].items()}
    return FeedLedger(postings)


def main() -> None:
    """Record the release of a commit."""
    commit = sys.argv[1]
    with older_release(commit) as older:
        recording = asyncio.run(record(older))
        recording["fields"] = fields_of(schema_in(older.folder))
    RECORDED.mkdir(exist_ok=True)
    path = RECORDED / f"{commit}.json"
    path.write_text(json.dumps(recording, indent=1, sort_keys=True) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
