"""Records a second, first and unchanged, against a plain loop of upserts: same data, same server.

The records are given as a decoded feed of JSON pages; what is measured on our side is all that a
worker does with a page after the network: decode, hash, compare, map, write, note.
"""

import asyncio
import json
import resource
import time
from pathlib import Path
from typing import Any

import orjson
import yaml
from pymongo import MongoClient

from jobimport.ids import PartitionKey, TaskId
from jobimport.resource.object import ImportObject
from jobimport.snapshot import RunSnapshot
from jobimport.store.collections import open_client, open_database
from jobimport_cli.board.postings import as_json, make_posting
from jobimport_cli.standins.mongo_server import mongo_stand_in, quicken
from jobimport_worker.batches import BatchWriter
from jobimport_worker.context import RunContext
from jobimport_worker.decode import decoder_for

POSTINGS, PER_PAGE = 20_000, 500
EXAMPLE = Path(__file__).parents[2] / "examples" / "northwind.yaml"


def pages() -> list[bytes]:
    """The feed as JSON pages."""
    records = [as_json(make_posting("bench", number, 1)) for number in range(POSTINGS)]
    return [
        orjson.dumps({"total": POSTINGS, "jobs": records[start : start + PER_PAGE]})
        for start in range(0, POSTINGS, PER_PAGE)
    ]


def a_context(sequence: int) -> RunContext:
    imp = ImportObject.from_manifest(yaml.safe_load(EXAMPLE.read_text()))
    assert imp.spec is not None
    return RunContext(
        RunSnapshot(
            namespace="bench",
            name="bench",
            uid="uid",
            generation=1,
            run=f"run-{sequence}",
            sequence=sequence,
            reason="Requested",
            source_name="bench.bench",
            spec=imp.spec,
        )
    )


async def ours(url: str, feed: list[bytes], sequence: int) -> float:
    """Seconds for one walk of the feed."""
    client = open_client(url)
    database = open_database(client, "bench")
    context = a_context(sequence)
    started = time.perf_counter()
    for number, body in enumerate(feed):
        writer = BatchWriter(
            context,
            database,
            partition=PartitionKey("all"),
            task=TaskId(f"run-{sequence}/{number}"),
            token=number + 1,
            batch_size=PER_PAGE,
        )
        decoder = decoder_for(context.spec.source.format, "application/json", None, ["total"])
        await writer.add(decoder.feed(body))
        await writer.add(decoder.close())
        await writer.close()
    seconds = time.perf_counter() - started
    await client.close()
    return seconds


def plain_loop(url: str, feed: list[bytes]) -> float:
    """Seconds for what a first script does: one upsert a record, everything written each time."""
    with MongoClient[dict[str, Any]](url) as client:
        jobs = client["bench"]["plain"]
        started = time.perf_counter()
        for body in feed:
            for record in json.loads(body)["jobs"]:
                fields = {"title": record["title"], "company": record["employer"]["name"], **record}
                jobs.update_one({"_id": record["id"]}, {"$set": fields}, upsert=True)
        return time.perf_counter() - started


def measure() -> dict[str, Any]:
    """First import and unchanged re-import, ours and the loop's, on one server."""
    feed = pages()
    with mongo_stand_in() as url:
        quicken(url, "bench", ["jobs"])
        asyncio.run(ours(url, feed[:4], 1))  # the server's compiler warms up
        with MongoClient[dict[str, Any]](url) as client:
            client["bench"]["jobs"].delete_many({})
        plain_loop(url, feed[:4])
        first = asyncio.run(ours(url, feed, 2))
        unchanged = asyncio.run(ours(url, feed, 3))
        loop_first = plain_loop(url, feed)
        loop_again = plain_loop(url, feed)
    return {
        "postings": POSTINGS,
        "firstPerSecond": round(POSTINGS / first),
        "unchangedPerSecond": round(POSTINGS / unchanged),
        "loopFirstPerSecond": round(POSTINGS / loop_first),
        "loopAgainPerSecond": round(POSTINGS / loop_again),
        "firstVersusLoop": round(loop_first / first, 1),
        "unchangedVersusLoop": round(loop_again / unchanged, 1),
        "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
