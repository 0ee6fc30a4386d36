"""What the rivals write: the same fields as our mapping gives, without cleaning or checking them.

They are spared what ours does beyond that: HTML is not sanitised, nothing is hashed or validated.
"""

import os
import sys
from datetime import datetime
from typing import Any

FEED, MONGODB, KIND = (
    os.environ["BENCH_FEED"],
    os.environ["BENCH_MONGODB"],
    os.environ["BENCH_KIND"],
)
"""`json` or `xml`."""
PER_BATCH = 500


def from_json(job: dict[str, Any]) -> dict[str, Any]:
    salary = job["salary"]
    return {
        "_id": job["id"],
        "title": job["title"],
        "company": job["employer"]["name"],
        "description": job["description"],
        "locations": job["offices"],
        "employmentTypes": [job["employment"]],
        "salary": {"min": salary["from"], "max": salary["to"], "currency": salary["currency"]},
        "datePosted": datetime.fromisoformat(job["published"]),
        "url": job["url"],
    }


def from_xml(job: dict[str, Any]) -> dict[str, Any]:
    return {
        "_id": job["id"],
        "title": job["title"],
        "company": job["company"],
        "description": job["description"],
        "locations": [{"city": job["city"], "country": job["country"]}],
        "employmentTypes": [job["jobtype"]],
        "salary": {"min": int(job["salaryMin"]), "max": int(job["salaryMax"]), "currency": "EUR"},
        "datePosted": datetime.fromisoformat(job["date"]),
        "url": job["url"],
    }


def ready() -> None:
    """Say that the libraries are loaded and wait for the word to begin: only work is measured."""
    print("ready", flush=True)
    sys.stdin.readline()


def done(records: int) -> None:
    """Say how many records there were, and wait until what was used has been read."""
    print(f"done {records}", flush=True)
    sys.stdin.readline()
