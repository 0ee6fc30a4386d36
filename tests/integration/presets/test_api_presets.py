"""Presets of JSON feeds, each on answers of its shape and with its quirks."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from .conftest import Rig
from .feeds import answering, imported, moved, shown, stored


async def test_greenhouse_unescapes_its_content(rig: Rig) -> None:
    job = {
        "id": 44,
        "title": "Engineer",
        "content": "&lt;p&gt;Build &amp;amp; run&lt;/p&gt;",
        "location": {"name": "Berlin"},
        "absolute_url": "https://boards.greenhouse.io/acme/jobs/44",
        "updated_at": "2026-11-01T10:00:00-05:00",
        "first_published": "2026-10-01T10:00:00-05:00",
        "departments": [{"name": "R&D"}],
        "company_name": "Acme",
        "requisition_id": "R-7",
    }
    asked = answering(rig, lambda _: {"jobs": [job], "meta": {"total": 1}})
    (posting,) = await imported(rig, "greenhouse", board="acme")
    assert asked[0].path_qs == "/boards-api.greenhouse.io/v1/boards/acme/jobs?content=true"
    assert shown(posting, "externalId", "description", "department", "company") == (
        "44", "<p>Build &amp; run</p>", "R&D", "Acme",
    )  # fmt: skip
    assert posting["datePosted"] == datetime(2026, 10, 1, 15, tzinfo=UTC)
    assert posting["identifiers"] == {"requisition": "R-7"}
    job["updated_at"] = "2026-11-02T10:00:00-05:00"
    last = await rig.run(moved(rig, "greenhouse", {}, board="acme"))
    assert (last.verdict, last.updated) == ("Unchanged", 0)


async def test_lever_walks_a_bare_list_to_an_empty_page(rig: Rig) -> None:
    def job(number: int) -> dict[str, Any]:
        return {
            "id": f"id-{number:03}",
            "text": f"Job {number}",
            "description": "<p>Hi</p>",
            "lists": [{"text": "You will", "content": "<li>weld</li>"}],
            "additional": "<p>Bye</p>",
            "categories": {
                "commitment": "Full-time",
                "team": "Metal",
                "allLocations": ["Lyon", "Gent"],
            },
            "workplaceType": "remote",
            "salaryRange": {"min": 50, "max": 60, "currency": "eur", "interval": "per-hour-wage"},
            "createdAt": 1_760_000_000_000,
            "hostedUrl": f"https://jobs.lever.co/acme/{number}",
        }

    def answer(request: web.Request) -> Any:
        skip, limit = int(request.query["skip"]), int(request.query["limit"])
        return [job(number) for number in range(150)][skip : skip + limit]

    asked = answering(rig, answer)
    first, *rest = await imported(rig, "lever", site="acme", host="api.eu.lever.co")
    assert (len(rest), len(asked), asked[0].path) == (149, 3, "/api.eu.lever.co/v0/postings/acme")
    assert first["description"] == ("<p>Hi</p><h3>You will</h3><ul><li>weld</li></ul><p>Bye</p>")
    assert first["locations"] == [{"text": "Lyon"}, {"text": "Gent"}]
    assert first["salary"] == {"min": 50, "max": 60, "currency": "EUR", "unit": "HOUR"}
    assert shown(first, "remote", "employmentTypes") == (True, ["FULL_TIME"])
    assert first["datePosted"] == datetime.fromtimestamp(1_760_000_000, UTC), "milliseconds"


async def test_ashby_leaves_out_what_is_not_listed(rig: Rig) -> None:
    job = {
        "title": "Designer",
        "location": "Berlin",
        "address": {"postalAddress": {"addressLocality": "Berlin", "addressCountry": "Germany"}},
        "secondaryLocations": [
            {"location": "Paris", "address": {"addressLocality": "Paris", "addressCountry": "FR"}}
        ],
        "isListed": True,
        "isRemote": None,
        "id": "a0",
        "employmentType": "FullTime",
        "publishedAt": "2026-11-01T00:00:00.000+00:00",
        "descriptionHtml": "<p>Draw</p>",
        "jobUrl": "https://jobs.ashbyhq.com/acme/1",
        "compensation": {
            "summaryComponents": [
                {"compensationType": "EquityPercentage", "minValue": 1},
                {
                    "compensationType": "Salary",
                    "interval": "1 YEAR",
                    "currencyCode": "EUR",
                    "minValue": 60_000,
                    "maxValue": 70_000,
                },
            ]
        },
    }
    hidden = {**job, "isListed": False, "jobUrl": "https://jobs.ashbyhq.com/acme/2"}
    answering(rig, lambda _: {"apiVersion": "1", "jobs": [job, hidden]})
    (posting,) = await imported(rig, "ashby", board="acme")
    assert posting["externalId"] == "https://jobs.ashbyhq.com/acme/1"
    assert posting["locations"] == [
        {"text": "Berlin", "city": "Berlin", "country": "DE"},
        {"text": "Paris", "city": "Paris", "country": "FR"},
    ]
    assert posting["salary"] == {"min": 60_000, "max": 70_000, "currency": "EUR", "unit": "YEAR"}
    job["id"] = "a republished posting has another id"
    again = await rig.run(moved(rig, "ashby", {}, board="acme"))
    assert (again.inserted, again.closed, again.open) == (0, 0, 1)


async def test_workable_makes_one_posting_of_its_rows(rig: Rig) -> None:
    row = {
        "title": "Nurse",
        "shortcode": "AB12",
        "employment_type": "Part-time",
        "telecommuting": False,
        "url": "https://apply.workable.com/j/AB12",
        "application_url": "https://apply.workable.com/j/AB12/apply",
        "published_on": "2026-10-10",
        "country": "Germany",
        "state": "Berlin",
        "description": "<p>Care</p>",
    }
    jobs = [{**row, "city": "Berlin"}, {**row, "city": "Potsdam"}, {**row, "shortcode": "CD34"}]
    answering(rig, lambda _: {"name": "Acme", "jobs": jobs})
    first, second = await imported(rig, "workable", account="acme")
    assert [place["city"] for place in first["locations"]] == ["Berlin", "Potsdam"]
    assert second["externalId"] == "CD34"
    assert shown(first, "employmentTypes", "remote") == (["PART_TIME"], False)


async def test_recruitee_maps_its_offers(rig: Rig) -> None:
    offer = {
        "id": 9,
        "title": "Baker",
        "description": "<p>Bake</p>",
        "requirements": "<p>Hands</p>",
        "locations": [{"city": "Gent", "country_code": "BE", "street": "Markt 1"}],
        "employment_type_code": "fulltime_permanent",
        "published_at": "2026-10-01 08:00:00 UTC",
        "careers_url": "https://acme.recruitee.com/o/baker",
        "careers_apply_url": "https://acme.recruitee.com/o/baker/c/new",
        "salary": {"min": "2500", "max": "3000", "currency": "EUR", "period": "month"},
        "company_name": "Acme",
        "remote": False,
    }
    asked = answering(rig, lambda _: {"offers": [offer]})
    (posting,) = await imported(rig, "recruitee", company="acme")
    assert asked[0].path == "/acme.recruitee.com/api/offers/"
    assert shown(posting, "description", "employmentTypes", "salary") == (
        "<p>Bake</p><p>Hands</p>",
        ["FULL_TIME"],
        {"min": 2500, "max": 3000, "currency": "EUR", "unit": "MONTH"},
    )
    assert posting["locations"] == [{"street": "Markt 1", "city": "Gent", "country": "BE"}]


async def test_arbeitnow_follows_its_links(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        page = int(request.query.get("page", "1"))
        following = f"{request.url.origin()}{request.path}?page={page + 1}" if page < 3 else None
        job = {"slug": f"job-{page}", "title": "Cook", "job_types": [], "created_at": 1_760_000_000}
        return {"data": [job], "links": {"next": following}}

    answering(rig, answer)
    postings = await imported(rig, "arbeitnow")
    assert [each["externalId"] for each in postings] == ["job-1", "job-2", "job-3"]
    assert postings[0]["datePosted"] == datetime.fromtimestamp(1_760_000_000, UTC), "seconds"


async def test_remotive_asks_once_and_sends_only_what_is_given(rig: Rig) -> None:
    job = {
        "id": 1,
        "title": "Writer",
        "company_name": "Acme",
        "job_type": "full_time",
        "publication_date": "2026-10-01T00:00:00",
        "candidate_required_location": "Worldwide",
        "salary": "$40k - $60k",
        "url": "https://remotive.com/remote-jobs/1",
        "description": "<p>Write</p>",
    }
    asked = answering(rig, lambda _: {"0-legal-notice": "…", "job-count": 1, "jobs": [job]})
    (posting,) = await imported(rig, "remotive", search="python")
    assert asked[0].path_qs == "/remotive.com/api/remote-jobs?search=python"
    assert shown(posting, "remote", "salary") == (
        True, {"min": 40_000, "max": 60_000, "currency": "USD"},
    )  # fmt: skip


async def test_jobicy_closes_nothing_since_it_shows_the_newest_only(rig: Rig) -> None:
    def job(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "url": f"https://jobicy.com/jobs/{number}",
            "jobTitle": "Q&amp;A",
            "companyName": "Acme",
            "jobIndustry": ["Engineering"],
            "jobType": ["full-time"],
            "jobGeo": "USA",
            "jobDescription": "<p>Test</p>",
            "pubDate": "2026-11-01 10:00:00",
            "annualSalaryMin": 90_000,
            "annualSalaryMax": 110_000,
            "salaryCurrency": "USD",
        }

    asked = answering(rig, lambda _: {"jobCount": 1, "jobs": [job(1)]})
    (posting,) = await imported(rig, "jobicy", geo="usa")
    assert asked[0].path_qs == "/jobicy.com/api/v2/remote-jobs?count=100&geo=usa"
    assert shown(posting, "title", "department", "remote") == ("Q&A", "Engineering", True)
    assert posting["salary"]["unit"] == "YEAR"
    polite = moved(rig, "jobicy", {"source": {"politeness": {"requests": 100}}}, geo="usa")
    answering(rig, lambda _: {"jobCount": 1, "jobs": [job(2)]})
    for _ in range(3):
        assert (await rig.run(polite)).closed == 0


async def test_remoteok_leaves_out_its_legal_notice(rig: Rig) -> None:
    notice = {"last_updated": 1, "legal": "Please link back."}
    job = {
        "id": "77",
        "position": "Dev &amp; Ops",
        "company": "Acme",
        "location": "",
        "salary_min": 0,
        "salary_max": 0,
        "date": "2026-11-01T00:00:00+00:00",
        "url": "https://remoteok.com/remote-jobs/77",
        "description": "Hi",
    }
    paid = {**job, "id": "78", "salary_min": 50_000, "salary_max": 80_000}
    answering(rig, lambda _: [notice, job, paid])
    first, second = await imported(rig, "remoteok")
    assert shown(first, "externalId", "title", "salary") == ("77", "Dev & Ops", None)
    assert second["salary"] == {"min": 50_000, "max": 80_000, "currency": "USD", "unit": "YEAR"}


async def test_the_muse_throttles_with_403_and_counts_from_0(rig: Rig) -> None:
    refused = iter([True])

    def answer(request: web.Request) -> Any:
        page = int(request.query["page"])
        if page == 1 and next(refused, False):
            return web.Response(status=403, headers={"Retry-After": "1"})
        jobs = [{"id": page * 20 + n, "name": "Job", "contents": "<p>x</p>"} for n in range(20)]
        return {"page": page, "page_count": 3, "total": 60, "results": jobs if page < 3 else []}

    asked = answering(rig, answer)
    last = await rig.run(moved(rig, "the-muse", {"retry": {"maxAttempts": 1}}, company="Acme"))
    assert (last.verdict, last.inserted, last.failed_pages) == ("Complete", 60, 0)
    assert asked[0].query_string == "company=Acme&page=0"


async def test_adzuna_has_its_page_in_the_path_and_its_keys_in_the_query(rig: Rig) -> None:
    def answer(request: web.Request) -> Any:
        page = int(request.path.rsplit("/", 1)[1])
        jobs = [
            {
                "id": str(page * 100 + n),
                "title": "<strong>Nurse</strong>",
                "location": {"display_name": "Leeds", "area": ["UK", "Yorkshire", "Leeds"]},
                "company": {"display_name": "NHS"},
                "salary_min": 30_000,
                "salary_max": 31_000,
                "salary_is_predicted": str(n % 2),
                "contract_time": "full_time",
                "created": "2026-11-01T00:00:00Z",
                "redirect_url": "https://www.adzuna.co.uk/land/ad/1",
            }
            for n in range(50 if page < 3 else 10)
        ]
        return {"count": 110, "results": jobs}

    asked = answering(rig, answer)
    auth = {"query": {"app_id": "api-key", "app_key": "api-key"}}
    last = await rig.run(moved(rig, "adzuna", {"source": {"auth": auth}}, country="gb"))
    assert (last.verdict, last.inserted) == ("Complete", 110)
    paths = sorted(each.path for each in asked)
    assert paths[0] == "/api.adzuna.com/v1/api/jobs/gb/search/1"
    assert len(paths) == 3
    assert asked[0].query["app_key"] == "s3cr3t-value"
    assert "what" not in asked[0].query
    first, second, *_ = await stored(rig)
    assert shown(first, "title", "employmentTypes") == ("Nurse", ["FULL_TIME"])
    assert first["salary"] == {"min": 30_000, "max": 31_000, "currency": "GBP", "unit": "YEAR"}
    assert "salary" not in second, "an estimate is no salary"


async def test_usajobs_sends_its_key_and_address_as_headers(rig: Rig) -> None:
    def item(number: int) -> dict[str, Any]:
        return {
            "MatchedObjectId": str(number),
            "MatchedObjectDescriptor": {
                "PositionTitle": "Ranger",
                "OrganizationName": "Park Service",
                "PositionURI": f"https://www.usajobs.gov/job/{number}",
                "PositionLocation": [{"LocationName": "Denver, Colorado", "CountryCode": "US"}],
                "PositionSchedule": [{"Name": "Full-time"}],
                "PositionRemuneration": [
                    {"MinimumRange": "51.5", "MaximumRange": "60", "RateIntervalCode": "PH"}
                ],
                "PublicationStartDate": "2026-11-01T00:00:00.0000",
                "ApplicationCloseDate": "2026-12-01T23:59:59.9970",
                "UserArea": {"Details": {"JobSummary": "Walk", "MajorDuties": ["Talk", "Watch"]}},
                "JobCategory": [{"Name": "Park Ranger", "Code": "0025"}],
            },
        }

    def answer(request: web.Request) -> Any:
        page = int(request.query["Page"])
        items = [item(page * 1000 + n) for n in range(500 if page < 2 else 20)]
        return {"SearchResult": {"SearchResultCountAll": 520, "SearchResultItems": items}}

    asked = answering(rig, answer)
    auth = {"headers": {"Authorization-Key": "api-key", "User-Agent": "api-key"}}
    last = await rig.run(moved(rig, "usajobs", {"source": {"auth": auth}}, keyword="ranger"))
    assert (last.verdict, last.inserted) == ("Complete", 520)
    sent = asked[0].headers
    assert (sent["Authorization-Key"], sent["User-Agent"]) == ("s3cr3t-value", "s3cr3t-value")
    first, *_ = await stored(rig)
    assert first["salary"] == {"min": 51.5, "max": 60, "currency": "USD", "unit": "HOUR"}
    assert first["description"] == "Walk<p>Talk</p><p>Watch</p>"
    assert first["validThrough"] == datetime(2026, 12, 1, 23, 59, 59, 997000, tzinfo=UTC)
