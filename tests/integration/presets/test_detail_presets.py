"""Presets that need a second request: details, discovered partitions, sitemaps."""

import json
from typing import Any

from aiohttp import web

from .conftest import Rig
from .feeds import answering, imported, moved, shown, stored


async def test_smartrecruiters_takes_the_description_from_the_detail(rig: Rig) -> None:
    totals = iter([150, 149, 149])

    def answer(request: web.Request) -> Any:
        if request.path.endswith("/postings"):
            start = int(request.query["offset"])
            page = [
                {
                    "id": f"{n:04}",
                    "name": f"Job {n}",
                    "company": {"identifier": "Acme", "name": "Acme Ltd"},
                    "location": {"city": "Gent", "country": "be", "remote": False},
                    "releasedDate": "2026-11-01T10:00:00.000Z",
                    "typeOfEmployment": {"label": "Full-time"},
                }
                for n in range(150)[start : start + 100]
            ]
            return {"offset": start, "totalFound": next(totals), "content": page}
        sections = {
            "jobDescription": {"text": "<p>Do it</p>"},
            "qualifications": {"text": "<p>Q</p>"},
        }
        return {"jobAd": {"sections": sections}, "applyUrl": "https://x.example/apply"}

    asked = answering(rig, answer)
    first, *rest = await imported(rig, "smartrecruiters", company="Acme")
    assert len(rest) == 149, "the first total is latched"
    assert len(asked) == 152
    assert shown(first, "description", "applyUrl", "employmentTypes") == (
        "<p>Do it</p><p>Q</p>", "https://x.example/apply", ["FULL_TIME"],
    )  # fmt: skip
    assert first["url"] == "https://jobs.smartrecruiters.com/Acme/0000"


async def test_smartrecruiters_believes_an_unknown_company_only_when_confirmed(rig: Rig) -> None:
    answering(rig, lambda _: {"offset": 0, "totalFound": 0, "content": []})
    spec = moved(rig, "smartrecruiters", {}, company="Acmee")
    messages = [(await rig.run(spec)).message for _ in range(3)]
    assert ["nothing closed until 3 runs" in each for each in messages] == [True, True, False]


async def test_workday_posts_its_offset_and_reads_details(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        return walk(request) if request.method == "POST" else detail(request)

    async def walk(request: web.Request) -> Any:
        sent = await request.json()
        bodies.append(sent)
        start = sent["offset"] % 2000
        jobs = [
            {
                "title": "Job",
                "externalPath": f"/job/Gent/Job_R-{n}",
                "locationsText": "2 Locations",
                "postedOn": "Posted 3 Days Ago",
                "bulletFields": [f"R-{n}"],
            }
            for n in range(start, start + sent["limit"])
        ]
        return {"total": 2000 if sent["offset"] == 0 else 0, "jobPostings": jobs[:20]}

    def detail(request: web.Request) -> Any:
        info = {
            "jobDescription": "<p>Do</p>",
            "location": "Gent",
            "additionalLocations": ["Lyon"],
            "startDate": "2026-11-01",
            "timeType": "Full time",
            "jobReqId": "R-1",
            "externalUrl": f"https://acme.example{request.path}",
        }
        return {"jobPostingInfo": info}

    bodies: list[Any] = []
    answering(rig, answer)
    over = {"source": {"pagination": {"cap": {"records": 40}}}}
    named = {"host": "acme.wd3.myworkdayjobs.com", "tenant": "acme", "site": "Careers"}
    last = await rig.run(moved(rig, "workday", over, **named))
    assert (last.verdict, last.inserted, last.closed) == ("Truncated", 40, 0)
    assert [each["offset"] for each in bodies] == [0, 20]
    assert bodies[0] == {"appliedFacets": {}, "searchText": "", "offset": 0, "limit": 20}
    first, *_ = await stored(rig)
    assert first["locations"] == [{"text": "Gent"}, {"text": "Lyon"}]
    assert shown(first, "description", "employmentTypes", "identifiers") == (
        "<p>Do</p>", ["FULL_TIME"], {"requisition": "R-1"},
    )  # fmt: skip


async def test_workable_v3_sends_its_token_and_reads_details(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        return walk(request) if request.method == "POST" else {"description": "<p>Care</p>"}

    async def walk(request: web.Request) -> Any:
        token = (await request.json()).get("token")
        tokens.append(token)
        number = int(token or 0)
        job = {"shortcode": f"C{number}", "title": "Nurse", "location": {"city": "Gent"}}
        following = str(number + 1) if number < 2 else None
        return {"total": 3, "results": [job], **({"nextPage": following} if following else {})}

    tokens: list[Any] = []
    answering(rig, answer)
    postings = await imported(rig, "workable-v3", account="acme")
    assert tokens == [None, "1", "2"]
    assert [each["externalId"] for each in postings] == ["C0", "C1", "C2"]
    assert shown(postings[0], "url", "description") == (
        "https://apply.workable.com/acme/j/C0/", "<p>Care</p>",
    )  # fmt: skip


async def test_reed_uses_basic_authentication_and_offsets(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        if request.path.endswith("/search"):
            start = int(request.query["resultsToSkip"])
            jobs = [
                {
                    "jobId": 1000 + n,
                    "jobTitle": "Driver",
                    "employerName": "Acme",
                    "locationName": "Leeds",
                    "minimumSalary": 30_000,
                    "maximumSalary": 32_000,
                    "currency": "GBP",
                    "date": "01/11/2026",
                    "expirationDate": "02/12/2026",
                    "jobDescription": "An excerpt",
                    "jobUrl": f"https://www.reed.co.uk/jobs/{n}",
                }
                for n in range(120)[start : start + 100]
            ]
            return {"totalResults": 120, "results": jobs}
        return {"jobDescription": "<p>All</p>", "fullTime": True, "salaryType": "per annum"}

    asked = answering(rig, answer)
    over = {"source": {"auth": {"basic": "api-key"}}}
    last = await rig.run(moved(rig, "reed", over, keywords="driver"))
    assert (last.verdict, last.inserted) == ("Complete", 120)
    assert {each.headers["Authorization"] for each in asked} == {"Basic czNjcjN0LXZhbHVl"}
    first, *_ = await stored(rig)
    assert shown(first, "description", "employmentTypes") == ("<p>All</p>", ["FULL_TIME"])
    assert first["salary"] == {"min": 30_000, "max": 32_000, "currency": "GBP", "unit": "YEAR"}
    assert shown(first, "datePosted", "validThrough") == (
        "2026-11-01T00:00:00+00:00", "2026-12-02T00:00:00+00:00",
    )  # fmt: skip


async def test_hacker_news_finds_the_threads_and_leaves_out_replies(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        if request.query["tags"] == "story,author_whoishiring":
            names = ("Who is hiring?", "Who wants to be hired?", "Who is hiring?", "Who is hiring?")
            stories = enumerate(names)
            return {"hits": [{"objectID": str(n), "title": f"Ask HN: {t}"} for n, t in stories]}
        story = int(request.query["tags"].removeprefix("comment,story_"))
        text = "Acme | Engineer | Gent | REMOTE<p>We build."
        hits = [
            {"objectID": f"{story}1", "story_id": story, "parent_id": story, "comment_text": text},
            {"objectID": f"{story}2", "story_id": story, "parent_id": 5, "comment_text": "Nice"},
        ]
        return {"hits": hits, "nbHits": 2, "nbPages": 1, "page": int(request.query["page"])}

    answering(rig, answer)
    postings = await imported(rig, "hacker-news")
    assert [each["externalId"] for each in postings] == ["01", "21"]
    assert shown(postings[0], "title", "company", "remote") == (
        "Acme | Engineer | Gent | REMOTE", "Acme", True,
    )  # fmt: skip


async def test_a_careers_site_is_read_by_sitemap_index_and_json_ld(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        here = rig.source.address
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.path == "/sitemap.xml":
            return (
                '<?xml version="1.0"?><sitemapindex'
                ' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                f"<sitemap><loc>{here}/jobs.xml</loc></sitemap></sitemapindex>"
            )
        if request.path == "/jobs.xml":
            urls = "".join(f"<url><loc>{here}/jobs/{n}</loc></url>" for n in range(3))
            more = f"<url><loc>{here}/about</loc></url>"
            return (
                '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                f"{urls}{more}</urlset>"
            )
        posting = {
            "@context": "https://schema.org",
            "@type": "JobPosting",
            "title": "Forester",
            "description": "&lt;p&gt;Trees&lt;/p&gt;",
            "hiringOrganization": {"@type": "Organization", "name": "Acme"},
            "jobLocation": {"address": {"addressLocality": "Graz", "addressCountry": "AT"}},
            "employmentType": "FULL_TIME",
            "datePosted": "2026-11-01",
            "baseSalary": {"currency": "EUR", "value": {"value": 20, "unitText": "HOUR"}},
        }
        script = f'<script type="application/ld+json">{json.dumps(posting)}</script>'
        return f"<!doctype html><html><head>{script}</head><body></body></html>"

    answering(rig, answer)
    over = {"source": {"format": {"where": "contains(loc, '/jobs/')"}}}
    spec = moved(rig, "careers-site", over, sitemap=f"{rig.source.address}/sitemap.xml")
    last = await rig.run(spec)
    assert (last.verdict, last.inserted) == ("Complete", 3), last.message
    first, *_ = await stored(rig)
    assert first["externalId"] == f"{rig.source.address}/jobs/0"
    assert first["locations"] == [{"city": "Graz", "country": "AT"}]
    assert first["salary"] == {"min": 20, "max": 20, "currency": "EUR", "unit": "HOUR"}
    assert shown(first, "company", "description") == ("Acme", "<p>Trees</p>")
