"""The least that any program must do, to see what the best possible ratio is; JSON only.

It reads pages, asks which postings are stored, and inserts the others. Nothing is compared, checked
or updated, so that of a walk with changes it is no floor but a part.
"""

import urllib.request

import orjson
from pymongo import MongoClient
from targets import FEED, MONGODB, done, from_json, ready

ready()
with MongoClient(MONGODB) as client:
    jobs, count, number, total = client["bench"]["floor"], 0, 1, 1
    while (number - 1) * 500 < total:
        with urllib.request.urlopen(f"{FEED}&page={number}&per_page=500") as answer:
            document = orjson.loads(answer.read())
        total, number = document["total"], number + 1
        ids = [each["id"] for each in document["jobs"]]
        known = {each["_id"] for each in jobs.find({"_id": {"$in": ids}}, {"_id": 1})}
        new = [from_json(each) for each in document["jobs"] if each["id"] not in known]
        if new:
            jobs.insert_many(new, ordered=False)
        count += len(ids)
done(count)
