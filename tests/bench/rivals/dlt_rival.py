"""dlt: its rest_api source (JSON) or a streaming resource (XML), and a custom destination.

dlt has no MongoDB destination, so this is the documented way: `@dlt.destination` with bulk upserts
(a plain function a batch), schema evolution for nested data off (`max_table_nesting=0`: nested data
stays in its document instead of becoming child tables) and no dlt columns. Telemetry is off. XML:
dlt reads none, so a resource streams it with lxml and gives batches, the cheapest thing to give.
"""

import gzip
import io
import os
import tempfile
import urllib.request

os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DATA_WRITER__BUFFER_MAX_ITEMS": "5000",
    "DATA_WRITER__FILE_MAX_ITEMS": "20000",
    "LOAD__WORKERS": "4",
}

import dlt
from dlt.sources.rest_api import rest_api_source
from lxml import etree
from pymongo import MongoClient, ReplaceOne
from targets import FEED, KIND, MONGODB, PER_BATCH, done, from_json, from_xml, ready

client = MongoClient(MONGODB)
written = [0]


@dlt.destination(
    batch_size=PER_BATCH,
    loader_file_format="typed-jsonl",
    naming_convention="direct",
    skip_dlt_columns_and_tables=True,
    max_table_nesting=0,
)
def mongodb(items, table):
    jobs = client["bench"]["dlt"]
    jobs.bulk_write(
        [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in items], ordered=False
    )
    written[0] += len(items)


def json_source():
    base, _, query = FEED.partition("/jobs?")
    parameters = dict(pair.split("=") for pair in query.split("&")) | {"per_page": 500}
    return rest_api_source(
        {
            "client": {"base_url": base},
            "resources": [
                {
                    "name": "jobs",
                    "endpoint": {
                        "path": "jobs",
                        "params": parameters,
                        "data_selector": "jobs",
                        "paginator": {
                            "type": "page_number",
                            "base_page": 1,
                            "page_param": "page",
                            "total_path": None,
                        },
                    },
                    "processing_steps": [{"map": from_json}],
                }
            ],
        }
    )


@dlt.resource(name="jobs")
def xml_source():
    batch = []
    with urllib.request.urlopen(FEED) as answer, gzip.open(io.BufferedReader(answer)) as plain:
        for _, element in etree.iterparse(plain, tag="job"):
            batch.append(from_xml({child.tag: child.text for child in element}))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(batch) >= PER_BATCH:
                yield batch
                batch = []
    yield batch


ready()
with tempfile.TemporaryDirectory(prefix="jobimport-dlt-") as folder:
    pipeline = dlt.pipeline("bench", destination=mongodb, pipelines_dir=folder)
    pipeline.run(json_source() if KIND == "json" else xml_source())
    client.close()
done(written[0])
