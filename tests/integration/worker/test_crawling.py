"""Careers sites: sitemaps, their indexes, pages with JSON-LD, and the robots.txt of the host."""

import gzip
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .conftest import Rig

XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@dataclass
class Site:
    """A careers site; `dates` are the lastmod of its pages, None: the sitemap says none."""

    rig: Rig
    dates: dict[int, str | None] = field(
        default_factory=lambda: dict[int, str | None](dict.fromkeys(range(6), "2026-11-01"))
    )
    titles: dict[int, str] = field(default_factory=dict[int, str])
    robots: tuple[int, str] = (404, "")
    agents: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.rig.source.handler = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.agents.add(request.headers["User-Agent"])
        path = request.path
        if path == "/robots.txt":
            return web.Response(status=self.robots[0], text=self.robots[1])
        if path == "/sitemap.xml":
            names = "".join(f"<sitemap><loc>/part-{n}.xml.gz</loc></sitemap>" for n in range(2))
            return web.Response(text=f"<sitemapindex {XMLNS}>{names}</sitemapindex>")
        if path.startswith("/part-"):
            return web.Response(body=gzip.compress(self.part(int(path[6])).encode()))
        number = int(path.rpartition("/")[2])
        document = {"@type": "JobPosting", "title": self.titles.get(number, f"Job {number}")}
        script = f'<script type="application/ld+json">{json.dumps(document)}</script>'
        return web.Response(text=f"<html>{script}</html>", content_type="text/html")

    def part(self, part: int) -> str:
        urls = ""
        for number, date in self.dates.items():
            if number % 2 == part:
                lastmod = f"<lastmod>{date}</lastmod>" if date else ""
                urls += f"<url><loc>{self.rig.source.address}/jobs/{number}</loc>{lastmod}</url>"
        return f"<urlset {XMLNS}>{urls}<url><loc>https://a.example/about</loc></url></urlset>"

    def spec(self, **over: Any) -> dict[str, Any]:
        source = {
            "request": {"url": f"{self.rig.source.address}/sitemap.xml", "timeoutSeconds": 5},
            "format": {"type": "sitemap", "where": "contains(loc, '/jobs/')"},
            "detail": {"request": {"url": "{+record.loc}"}, "format": {"type": "jsonLd"}},
        }
        return {
            "source": source | over,
            "mapping": {"externalId": "loc", "title": "_.detail.title", "required": ["title"]},
            "completeness": {"missesBeforeClose": 1},
            "retry": {"maxAttempts": 2, "initialDelaySeconds": 0},
        }

    def pages_asked(self) -> int:
        return sum(each.startswith("/jobs/") for each in self.rig.source.asked)


async def test_a_site_is_walked_by_its_index_and_closes_what_it_takes_down(rig: Rig) -> None:
    site = Site(rig)
    first = await rig.run(site.spec())
    assert (first.verdict, first.pages, first.inserted) == ("Complete", 3, 6)
    assert await rig.stored(title="Job 5") == 1
    del site.dates[4]
    last = await rig.run(site.spec())
    assert (last.verdict, last.closed, last.open) == ("Complete", 1, 5)


async def test_lastmod_says_which_pages_are_fetched_again(rig: Rig) -> None:
    site = Site(rig)
    await rig.run(site.spec())
    assert (await rig.run(site.spec())).unchanged == 6
    assert site.pages_asked() == 6
    site.dates[3], site.titles[3] = "2026-11-20", "Head of Jobs"
    assert (await rig.run(site.spec())).updated == 1
    assert site.pages_asked() == 7


async def test_without_lastmod_every_page_is_looked_at(rig: Rig) -> None:
    site = Site(rig, dates=dict.fromkeys(range(4)))
    await rig.run(site.spec())
    site.titles[1] = "Cook"
    assert (await rig.run(site.spec())).updated == 1
    assert site.pages_asked() == 8


async def test_robots_txt_keeps_its_pages_back_and_they_count_as_seen(rig: Rig) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: jobimport\nDisallow: /jobs/2$\nAllow: /\n"
    site = Site(rig, robots=(200, rules))
    last = await rig.run(site.spec())
    assert (last.inserted, last.rejected) == (5, 1)
    reject = await rig.database["jobimport.rejects"].find_one({})
    assert "robots.txt" in reject["message"]
    assert "/jobs/2" not in rig.source.asked
    ignored = await rig.run(site.spec(politeness={"robotsTxt": "Ignore"}))
    assert (ignored.inserted, ignored.rejected) == (1, 0)


async def test_a_sitemap_that_robots_txt_disallows_is_told(rig: Rig) -> None:
    site = Site(rig, robots=(200, "User-agent: *\nDisallow: /sitemap"))
    last = await rig.run(site.spec())
    assert last.verdict == "Failed"
    assert "robotsTxt to Ignore" in last.message


async def test_nothing_is_crawled_while_robots_txt_cannot_be_read(rig: Rig) -> None:
    site = Site(rig, robots=(500, ""))
    last = await rig.run(site.spec())
    assert last.verdict == "Failed"
    assert "robots.txt cannot be read" in last.message
    assert site.pages_asked() == 0


async def test_a_crawl_delay_is_kept_and_the_user_agent_has_a_contact(rig: Rig) -> None:
    site = Site(rig, robots=(200, "User-agent: *\nCrawl-delay: 0.3\n"))
    started = time.monotonic()
    last = await rig.run(site.spec(politeness={"contact": "feeds@acme.example"}))
    assert last.inserted == 6
    assert time.monotonic() - started > 0.3 * 8
    assert site.agents == {"JobImport/test (+feeds@acme.example)"}


async def test_an_api_is_not_crawled(rig: Rig) -> None:
    rig.source.gives('[{"id": 1, "title": "x"}]')
    spec = Site(rig).spec()
    rig.source.gives('[{"id": 1, "title": "x"}]')
    spec["source"] = {"request": {"url": f"{rig.source.address}/jobs"}}
    spec["mapping"] = {"externalId": "id", "title": "title"}
    assert (await rig.run(spec)).inserted == 1
    assert rig.source.asked == ["/jobs"]


async def test_a_site_is_walked_through_indexes_within_its_index(rig: Rig) -> None:
    site = Site(rig)
    nested = {"/sitemap.xml": ("/a", "/b"), "/a": ("/part-0.xml.gz", "/c"), "/b": (), "/c": ("/d",)}
    nested["/d"] = ("/part-1.xml.gz",)

    async def handler(request: web.Request) -> web.StreamResponse:
        names = nested.get(request.path)
        if names is None:
            return await site.answer(request)
        each = "".join(f"<sitemap><loc>{name}</loc></sitemap>" for name in names)
        return web.Response(text=f"<sitemapindex>{each}</sitemapindex>")

    rig.source.handler = handler
    last = await rig.run(site.spec())
    assert last.verdict == "Partial"
    assert "more than 2 indexes deep" in last.message
    nested["/c"] = nested.pop("/d")
    last = await rig.run(site.spec())
    assert (last.verdict, last.open, last.closed) == ("Complete", len(site.dates), 0)
    assert last.pages == 6


async def test_p6_an_index_that_names_itself_makes_a_partial_run(rig: Rig) -> None:
    site = Site(rig)

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/part-1.xml.gz":
            name = "<sitemap><loc>/part-1.xml.gz</loc></sitemap>"
            return web.Response(text=f"<sitemapindex>{name}</sitemapindex>")
        return await site.answer(request)

    rig.source.handler = handler
    last = await rig.run(site.spec())
    assert (last.verdict, last.closed) == ("Partial", 0)
    assert "names itself" in last.message
