"""Presets of XML feeds, each on answers of its shape and with its quirks."""

import gzip
from typing import Any

from aiohttp import web

from .conftest import Rig
from .feeds import answering, imported, moved, rss, shown, stored

_DATE = "<pubDate>Sun, 01 Nov 2026 10:00:00 +0000</pubDate>"


async def test_rss_identifies_by_guid_or_link(rig: Rig) -> None:
    items = (
        f"<item><title>A</title><link>https://x.example/1</link><guid isPermaLink='false'>g1</guid>"
        f"{_DATE}<description>&lt;p&gt;Hi&lt;/p&gt;</description></item>"
        f"<item><title>B</title><link>https://x.example/2</link>{_DATE}</item>"
    )
    answering(rig, lambda _: rss(items))
    first, second = await imported(rig, "rss", url=f"{rig.source.address}/feed")
    assert shown(first, "externalId", "description") == ("g1", "<p>Hi</p>")
    assert second["externalId"] == "https://x.example/2"


async def test_atom_takes_the_alternate_link(rig: Rig) -> None:
    feed = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id>'
        '<title type="html">A</title><link rel="self" href="https://x.example/self"/>'
        '<link rel="alternate" href="https://x.example/1"/><updated>2026-11-01T10:00:00Z</updated>'
        '<content type="html">&lt;p&gt;Hi&lt;/p&gt;</content></entry></feed>'
    )
    answering(rig, lambda _: feed)
    (posting,) = await imported(rig, "atom", url=f"{rig.source.address}/atom.xml")
    assert shown(posting, "externalId", "title", "url", "description") == (
        "urn:1", "A", "https://x.example/1", "<p>Hi</p>",
    )  # fmt: skip


async def test_wp_job_manager_knows_no_namespace_and_ends_at_a_404(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        page = int(request.query["paged"])
        if page > 2:
            return web.Response(status=404, text=rss(""), content_type="application/xml")
        items = "".join(
            f"<item><title>Job</title><link>https://j.example/{page}{n}</link>"
            f"<guid>https://j.example/?p={page}{n}</guid>{_DATE}<description>x</description>"
            f"<content:encoded><![CDATA[<p>Whole</p>]]></content:encoded>"
            f"<job_listing:location>Gent</job_listing:location>"
            f"<job_listing:job_type>Full Time</job_listing:job_type>"
            f"<job_listing:company>Acme</job_listing:company></item>"
            for n in range(3)
        )
        space = f'xmlns:job_listing="http://site-{page}.example"'
        return rss(items, f'{space} xmlns:content="http://purl.org/rss/1.0/modules/content/"')

    asked = answering(rig, answer)
    postings = await imported(rig, "wp-job-manager", site="j.example")
    assert len(postings) == 6
    assert asked[0].path_qs == "/j.example/?feed=job_feed&paged=1"
    assert shown(postings[0], "company", "description", "employmentTypes") == (
        "Acme", "<p>Whole</p>", ["FULL_TIME"],
    )  # fmt: skip
    assert postings[0]["locations"] == [{"text": "Gent"}]


async def test_we_work_remotely_splits_company_and_title(rig: Rig) -> None:
    item = (
        f"<item><title>Acme: Lead: Backend</title><region>Anywhere</region><type>Full-Time</type>"
        f"<category>Programming</category>{_DATE}<guid>https://w.example/1</guid>"
        f"<link>https://w.example/1</link></item>"
    )
    asked = answering(rig, lambda _: rss(item))
    (posting,) = await imported(rig, "we-work-remotely", feed="categories/remote-jobs")
    assert asked[0].path == "/weworkremotely.com/categories/remote-jobs.rss"
    assert shown(posting, "company", "title", "remote") == ("Acme", "Lead: Backend", True)


async def test_jobicy_is_read_as_rss_too(rig: Rig) -> None:
    item = (
        f"<item><title>QA &amp; Test</title><link>https://jobicy.com/jobs/7</link>{_DATE}"
        "<guid isPermaLink='false'>https://jobicy.com/?p=7</guid>"
        "<job_listing:company>Acme</job_listing:company>"
        "<job_listing:location>USA</job_listing:location>"
        "<content:encoded><![CDATA[<p>Whole</p>]]></content:encoded></item>"
    )
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:job_listing="https://jobicy.com"'
    )
    asked = answering(rig, lambda _: rss(item, spaces))
    more = {"mapping": {"company": "company", "locations": {"text": "location"}}}
    spec = moved(rig, "rss", more, url="https://jobicy.com/?feed=job_feed")
    spec["source"]["request"]["url"] = f"{rig.source.address}/?feed=job_feed"
    assert (await rig.run(spec)).verdict == "Complete"
    (posting,) = await stored(rig)
    assert asked[0].path_qs == "/?feed=job_feed"
    assert shown(posting, "externalId", "title", "company", "description") == (
        "https://jobicy.com/?p=7", "QA & Test", "Acme", "<p>Whole</p>",
    )  # fmt: skip


async def test_higheredjobs_asks_for_a_category(rig: Rig) -> None:
    item = f"<item><title>Dean</title><link>https://h.example/1</link>{_DATE}</item>"
    asked = answering(rig, lambda _: rss(item))
    (posting,) = await imported(rig, "higheredjobs", category="68")
    assert asked[0].path_qs == "/www.higheredjobs.com/rss/categoryFeed.cfm?catID=68"
    assert posting["externalId"] == "https://h.example/1"


async def test_indeed_xml_reads_gzip_with_cdata_and_closes_what_is_gone(rig: Rig) -> None:
    def feed(*numbers: int) -> web.Response:
        jobs = "".join(
            f"<job><title><![CDATA[Welder & Co]]></title>"
            f"<referencenumber><![CDATA[{n}]]></referencenumber>"
            f"<url><![CDATA[https://x.example/{n}]]></url><company>Acme</company>"
            f"<city>Gent</city><country>Belgium</country><jobtype>fulltime, contract</jobtype>"
            f"<salary>$20 - $30</salary><remotetype>Fully remote</remotetype>"
            f"<description><![CDATA[<p>Weld</p>]]></description>"
            f"<date>Sun, 01 Nov 2026 10:00:00 GMT</date></job>"
            for n in numbers
        )
        text = f'<?xml version="1.0" encoding="utf-8"?><source><publisher/>{jobs}</source>'
        return web.Response(body=gzip.compress(text.encode()), content_type="application/gzip")

    answering(rig, lambda _: feed(1, 2, 3))
    first, *_ = await imported(rig, "indeed-xml", url=f"{rig.source.address}/feed.xml.gz")
    assert shown(first, "title", "employmentTypes", "remote") == (
        "Welder & Co", ["FULL_TIME", "CONTRACTOR"], True,
    )  # fmt: skip
    assert first["salary"] == {"min": 20, "max": 30, "currency": "USD"}
    assert first["locations"] == [{"city": "Gent", "country": "BE"}]
    answering(rig, lambda _: feed(1))
    spec = moved(
        rig,
        "indeed-xml",
        {"completeness": {"missesBeforeClose": 1}},
        url=f"{rig.source.address}/feed.xml.gz",
    )
    assert (await rig.run(spec)).closed == 2


async def test_personio_has_lists_of_one_and_its_language(rig: Rig) -> None:
    def position(number: int, extra: str = "") -> str:
        return (
            f"<position><id>{number}</id><office>Munich</office>{extra}<name>Clerk</name>"
            f"<department>Office</department><jobDescriptions><jobDescription><name>Tasks</name>"
            f"<value><![CDATA[<p>File</p>]]></value></jobDescription></jobDescriptions>"
            f"<employmentType>permanent</employmentType><schedule>full-time</schedule>"
            f"<createdAt>2026-10-01T08:00:00+00:00</createdAt></position>"
        )

    more = "<additionalOffices><office>Berlin</office></additionalOffices>"
    text = f"<?xml version='1.0'?><workzag-jobs>{position(1)}{position(2, more)}</workzag-jobs>"
    asked = answering(rig, lambda _: text)
    first, second = await imported(rig, "personio", company="acme", language="de")
    assert asked[0].path_qs == "/acme.jobs.personio.de/xml?language=de"
    assert shown(first, "url", "language", "description") == (
        "https://acme.jobs.personio.de/job/1", "de", "<h3>Tasks</h3><p>File</p>",
    )  # fmt: skip
    assert second["locations"] == [{"text": "Munich"}, {"text": "Berlin"}]


async def test_teamtailor_walks_by_offset_and_reads_its_namespace(rig: Rig) -> None:
    def item(number: int) -> str:
        return (
            f"<item><title>Job</title><link>https://acme.example/jobs/{number}</link>"
            f"<guid>guid-{number:03}</guid>{_DATE}<description>x</description>"
            "<remoteStatus>fully</remoteStatus><tt:department>Sales</tt:department>"
            "<tt:locations><tt:location><tt:name>HQ</tt:name><tt:city>Malmö</tt:city>"
            "<tt:country>Sweden</tt:country></tt:location></tt:locations></item>"
        )

    def answer(request: web.Request) -> Any:
        start = int(request.query["offset"])
        items = "".join(item(n) for n in range(120)[start : start + int(request.query["per_page"])])
        return rss(items, 'xmlns:tt="https://teamtailor.com/locations"')

    answering(rig, answer)
    first, *rest = await imported(rig, "teamtailor", site="acme.teamtailor.com")
    assert len(rest) == 119
    assert first["locations"] == [{"text": "HQ", "city": "Malmö", "country": "SE"}]
    assert shown(first, "remote", "department") == (True, "Sales")


async def test_a_preset_serves_many_boards_as_partitions(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        board = request.path.split("/")[4]
        job = {"id": board, "title": f"Job at {board}", "absolute_url": "https://x.example/1"}
        return {"jobs": [job]}

    answering(rig, answer)
    source = {"partitions": {"values": [{"name": "acme"}, {"name": "beta"}]}}
    spec = moved(rig, "greenhouse", {"source": source}, board="{partition.name}")
    last = await rig.run(spec)
    assert (last.verdict, last.inserted) == ("Complete", 2)
    assert [each["partitions"] for each in await stored(rig)] == [["acme"], ["beta"]]
