"""Keeps a copy of the open postings in SQLite, as a search index or a website would.

    pip install "pymongo>=4.10"
    MONGODB_URL=mongodb://… python consumer.py --database jobimport --copy postings.db

It follows MongoDB's change stream where there is one (a replica set), and asks for what changed by
`lastChangedAt` where there is none. Stopped and started again, it goes on where it was.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import json_util
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

Posting = Mapping[str, Any]

REAL_CHANGES = [
    {
        "$match": {
            "$or": [
                {"operationType": {"$in": ["insert", "replace", "delete"]}},
                {"updateDescription.updatedFields.lastChangedAt": {"$exists": True}},
            ]
        }
    }
]
"""Leaves out what JobImport notes on postings without changing them, such as a miss."""

OVERLAP = timedelta(minutes=10)
"""How far polling looks back: a worker stamps a batch before it is written, by its own clock."""

TOKEN_IS_TOO_OLD = 286


class Copy:
    """The copy: open postings by id, and how far it has come."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("CREATE TABLE IF NOT EXISTS postings (id TEXT PRIMARY KEY, at TEXT, doc)")
        self._db.execute("CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT)")

    def apply(self, posting: Posting) -> bool:
        """Take in a posting as it is now; whether that changed the copy. Said twice, it is once."""
        key, at = posting["_id"], posting["lastChangedAt"].isoformat()
        if posting.get("closedAt") is not None:
            return self.remove(key)
        known = self._db.execute("SELECT at FROM postings WHERE id = ?", (key,)).fetchone()
        if known and known[0] >= at:
            return False
        row = (key, at, json.dumps(posting, default=str))
        self._db.execute("INSERT OR REPLACE INTO postings VALUES (?, ?, ?)", row)
        return True

    def remove(self, key: str) -> bool:
        """Take out a posting that is closed or gone; whether it was there."""
        return self._db.execute("DELETE FROM postings WHERE id = ?", (key,)).rowcount > 0

    def keep_only(self, keys: set[str]) -> None:
        """Take out all that is not among `keys`."""
        for (key,) in self._db.execute("SELECT id FROM postings").fetchall():
            if key not in keys:
                self.remove(key)

    def state(self, name: str) -> str | None:
        """What was noted under a name."""
        row = self._db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def note(self, name: str, value: str) -> None:
        """Note how far it has come, together with all that was taken in before."""
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))
        self._db.commit()


def apply_event(copy: Copy, event: Mapping[str, Any]) -> bool:
    """Take in an event of the change stream; whether it changed the copy."""
    posting = event.get("fullDocument")
    if posting is None:  # deleted: by the TTL of closed postings, or since the event
        return copy.remove(event["documentKey"]["_id"])
    return copy.apply(posting)


def load_all(jobs: Collection[Any], copy: Copy) -> int:
    """Take in all open postings, and take out what is not among them; how many there are."""
    keys: set[str] = set()
    for posting in jobs.find({"closedAt": None}):
        keys.add(posting["_id"])
        copy.apply(posting)
    copy.keep_only(keys)
    return len(keys)


def follow_stream(jobs: Collection[Any], copy: Copy) -> None:
    """Follow the change stream for ever; OperationFailure where the server has none."""
    token = copy.state("token")
    after = json_util.loads(token) if token else None
    with jobs.watch(REAL_CHANGES, full_document="updateLookup", resume_after=after) as stream:
        if after is None:  # the stream is open: nothing is missed between the load and its events
            print(f"loaded {load_all(jobs, copy):,} open postings", flush=True)
        while stream.alive:
            event = stream.try_next()
            if event is not None and apply_event(copy, event):
                print(event["operationType"], event["documentKey"]["_id"], flush=True)
            if stream.resume_token:
                copy.note("token", json_util.dumps(stream.resume_token))


def poll(jobs: Collection[Any], copy: Copy) -> int:
    """Ask once for what changed since the last time; how much there was."""
    since = copy.state("since")
    if since is None:
        newest = jobs.find_one(sort=[("lastChangedAt", -1)])
        count = load_all(jobs, copy)
    else:
        start = datetime.fromisoformat(since) - OVERLAP
        query = {"lastChangedAt": {"$gte": start}}
        changed: Iterable[Any] = jobs.find(query).sort([("lastChangedAt", 1), ("_id", 1)])
        newest, count = None, 0
        for newest in changed:
            count += copy.apply(newest)
    if newest is not None:
        copy.note("since", newest["lastChangedAt"].isoformat())
    return count


def main() -> int:
    """Follow a collection of postings until it is stopped; with `--once` ask once and end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", default="jobimport")
    parser.add_argument("--collection", default="jobs")
    parser.add_argument("--copy", default="postings.db")
    parser.add_argument("--every", type=float, default=10, help="seconds between two polls")
    parser.add_argument("--once", action="store_true", help="poll once, and end")
    options = parser.parse_args()
    copy = Copy(options.copy)
    with MongoClient[Any](os.environ["MONGODB_URL"], tz_aware=True, tzinfo=UTC) as client:
        jobs = client[options.database][options.collection]
        if options.once:
            print(f"{poll(jobs, copy):,} changes", flush=True)
            return 0
        while True:
            try:
                follow_stream(jobs, copy)
            except OperationFailure as error:
                if error.code == TOKEN_IS_TOO_OLD:
                    copy.note("token", "")
                    continue
                print(f"no change stream here ({error.code}): polling", flush=True)
                break
        while True:
            print(f"{poll(jobs, copy):,} changes", flush=True)
            time.sleep(options.every)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
