"""Scrapy: a JSON spider and an XMLFeedSpider, with a pipeline that upserts in bulk.

A pipeline of one upsert an item, as most examples have it, would be slower than this one. The
spiders run without the parts that a trusted feed does not need: robots.txt, cookies, logs,
telnet. XMLFeedSpider's fastest iterator is used; it holds the whole file, as it always does.
"""

import gzip
import logging

import scrapy
from pymongo import MongoClient, ReplaceOne
from scrapy.crawler import CrawlerProcess
from scrapy.http import XmlResponse
from scrapy.spiders import XMLFeedSpider
from targets import FEED, KIND, MONGODB, PER_BATCH, done, from_json, from_xml, ready

written = [0]


class BulkUpserts:
    def open_spider(self):
        self.client = MongoClient(MONGODB)
        self.jobs, self.waiting = self.client["bench"]["scrapy"], []

    def process_item(self, item):
        self.waiting.append(ReplaceOne({"_id": item["_id"]}, item, upsert=True))
        if len(self.waiting) >= PER_BATCH:
            self.flush()
        return item

    def close_spider(self):
        self.flush()
        self.client.close()

    def flush(self):
        if self.waiting:
            self.jobs.bulk_write(self.waiting, ordered=False)
            written[0] += len(self.waiting)
            self.waiting = []


class JsonSpider(scrapy.Spider):
    name = "json"

    async def start(self):
        yield scrapy.Request(f"{FEED}&page=1&per_page=500", cb_kwargs={"first": True})

    def parse(self, response, first=False):
        document = response.json()
        if first:
            for page in range(2, -(-document["total"] // 500) + 1):
                yield scrapy.Request(f"{FEED}&page={page}&per_page=500")
        for job in document["jobs"]:
            yield from_json(job)


class XmlSpider(XMLFeedSpider):
    name, itertag, iterator = "xml", "job", "iternodes"

    async def start(self):
        yield scrapy.Request(FEED, callback=self.parse_packed)

    def parse_packed(self, response):
        plain = XmlResponse(response.url, body=gzip.decompress(response.body))
        return self._parse(plain)

    def parse_node(self, response, node):
        return from_xml({child.tag: child.text for child in node.root})


logging.disable(logging.WARNING)
ready()
process = CrawlerProcess(
    {
        "ITEM_PIPELINES": {BulkUpserts: 1},
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "ROBOTSTXT_OBEY": False,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_MAXSIZE": 0,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": 3600,
    }
)
process.crawl(JsonSpider if KIND == "json" else XmlSpider)
process.start()
done(written[0])
