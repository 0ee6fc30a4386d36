"""What a first script does: fetch, and one upsert for every record."""

import gzip
import io
import json
import urllib.request

from lxml import etree
from pymongo import MongoClient
from targets import FEED, KIND, MONGODB, done, from_json, from_xml, ready


def records():
    if KIND == "json":
        number, total = 1, 1
        while (number - 1) * 500 < total:
            with urllib.request.urlopen(f"{FEED}&page={number}&per_page=500") as answer:
                document = json.load(answer)
            total, number = document["total"], number + 1
            yield from map(from_json, document["jobs"])
        return
    with urllib.request.urlopen(FEED) as answer, gzip.open(io.BufferedReader(answer)) as plain:
        for _, element in etree.iterparse(plain, tag="job"):
            yield from_xml({child.tag: child.text for child in element})
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


ready()
with MongoClient(MONGODB) as client:
    jobs, count = client["bench"]["loop"], 0
    for record in records():
        jobs.update_one({"_id": record["_id"]}, {"$set": record}, upsert=True)
        count += 1
done(count)
