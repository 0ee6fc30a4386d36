"""The collections, their names and their indexes."""

from typing import Any

from pymongo import ASCENDING, AsyncMongoClient, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from jobimport.cancelling import mend_wait_for
from jobimport.store.patience import outlasting

Document = dict[str, Any]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]

RUNS = "jobimport.runs"
PAGES = "jobimport.pages"
SIGHTINGS = "jobimport.sightings"
PARTITIONS = "jobimport.partitions"
REJECTS = "jobimport.rejects"
DETAILS = "jobimport.details"
DOCUMENTS = "jobimport.documents"
BODIES = "jobimport.bodies"

_POSTING_INDEXES = [
    IndexModel([("source", ASCENDING), ("closedAt", ASCENDING)]),
    IndexModel([("source", ASCENDING), ("lastChangedRun", ASCENDING)]),
    IndexModel([("lastChangedAt", ASCENDING)]),
    IndexModel([("url", ASCENDING)]),
    IndexModel([("keptFields", ASCENDING)], sparse=True),
    IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0),
]
_INDEXES = {
    BODIES: [IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0)],
    DETAILS: [IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0)],
    DOCUMENTS: [IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0)],
    RUNS: [
        IndexModel([("import", ASCENDING), ("sequence", ASCENDING)]),
        IndexModel([("namespace", ASCENDING), ("name", ASCENDING), ("sequence", ASCENDING)]),
        IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0),
    ],
    PAGES: [
        IndexModel([("run", ASCENDING), ("partition", ASCENDING), ("number", ASCENDING)]),
        IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0),
    ],
    SIGHTINGS: [
        IndexModel([("run", ASCENDING), ("partition", ASCENDING)]),
        IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0),
    ],
    REJECTS: [
        IndexModel([("source", ASCENDING), ("run", ASCENDING)]),
        IndexModel([("import", ASCENDING), ("reason", ASCENDING)]),
        IndexModel([("expireAt", ASCENDING)], expireAfterSeconds=0),
    ],
}


_OPTIONS: dict[str, Any] = {
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    # Longer than any answer takes, a first index of a large collection too: a connection that died
    # in silence is one that the driver would wait for without an end
    "socketTimeoutMS": 300_000,
    "appName": "jobimport",
}


def open_client(url: str) -> AsyncMongoClient[Document]:
    """A client for a MongoDB; it connects at the first call. Times come back in UTC.

    What the URL says of the options stands.
    """
    mend_wait_for()
    asked = url.partition("?")[2].lower()
    options = {name: each for name, each in _OPTIONS.items() if f"{name.lower()}=" not in asked}
    return AsyncMongoClient(url, tz_aware=True, **options)


def open_database(client: AsyncMongoClient[Document], name: str) -> Database:
    """The database, written with majority so that no fail-over takes anything back."""
    return client.get_database(
        name, write_concern=WriteConcern("majority"), read_concern=ReadConcern("majority")
    )


@outlasting
async def ensure_indexes(database: Database, postings: str) -> None:
    """Create the indexes of our collections and of a collection of postings, where missing."""
    for name, models in {**_INDEXES, postings: _POSTING_INDEXES}.items():
        await database[name].create_indexes(models)
