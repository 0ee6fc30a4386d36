"""What is asked for and when: templates, changes since a time, answers, robots.txt, checks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimport.budgets import Limits
from jobimport.mapping.expressions import CompiledExpression
from jobimport.resource.fetching import Request
from jobimport.resource.reading import ResponseRule
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.status import Verdict
from jobimport.resource.walking import Incremental, Pagination, TimeFormat
from jobimport.validation import check_spec
from jobimport_worker.detail import record_values, with_detail
from jobimport_worker.errors import EmptyAnswer, Gone, SourceError, Terminal, Throttled, Transient
from jobimport_worker.fetch.judging import check_status
from jobimport_worker.fetch.request import Sent, prepare
from jobimport_worker.fetch.robots import RobotsFile
from jobimport_worker.paginate import Following, PageFacts, PageRef, next_step, sent_for
from jobimport_worker.since import Newest, remembered_walk, since_of, written

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOURLY = Incremental.model_validate({"send": {"name": "since"}, "fullEverySeconds": 7200})
times = st.integers(0, 30 * 86_400).map(lambda each: NOW + timedelta(seconds=each - 15 * 86_400))


@given(
    watermark=times,
    full_at=times,
    now=times,
    known=st.booleans(),
    asked=st.booleans(),
)
def test_p6_a_walk_is_incremental_only_after_a_full_one_of_the_same_kind(
    watermark: datetime, full_at: datetime, now: datetime, known: bool, asked: bool
) -> None:
    memory = {"watermark": watermark, "fullAt": full_at, "walkHash": "h" if known else "other"}
    since = since_of(HOURLY, memory, "h", now, full=asked)
    is_full = not known or asked or now - full_at >= timedelta(hours=2)
    assert (since is None) is is_full
    if since is not None:
        assert datetime.fromisoformat(since) <= watermark - timedelta(hours=1)


@given(newest=st.lists(times, max_size=4), before=st.none() | times, started=times)
def test_the_time_to_ask_since_never_goes_back_nor_beyond_the_walk(
    newest: list[datetime], before: datetime | None, started: datetime
) -> None:
    incremental = HOURLY.model_copy(update={"field": "at"})
    pages = [{"newest": None, "since": "x"}, *({"newest": each} for each in newest)]
    memory = {"walkHash": "h", "watermark": before}
    found = remembered_walk(incremental, Verdict.INCREMENTAL, pages, memory, "h", started)
    mark = found["watermark"]
    assert "fullAt" not in found
    if before is not None:
        assert mark >= before
    if mark is not None and mark != before:
        assert mark <= started
    for verdict in (Verdict.PARTIAL, Verdict.FAILED, Verdict.TRUNCATED, Verdict.HELD):
        assert remembered_walk(incremental, verdict, pages, memory, "h", started) == {}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso8601", "2026-11-25T12:00:00Z"),
        ("date", "2026-11-25"),
        ("epochSeconds", "1795608000"),
        ("epochMilliseconds", "1795608000000"),
    ],
)
def test_a_time_is_written_as_the_source_wants_it(form: str, text: str) -> None:
    assert written(NOW, TimeFormat(form)) == text


def test_an_epoch_is_a_number_in_json() -> None:
    incremental = Incremental.model_validate({"send": {"in": "json", "name": "filter.since"}})
    sent = sent_for(Pagination(), PageRef(since="1795608000"), incremental)
    body = prepare(Request(url="https://a.example", method="POST"), {}, sent).body
    assert body == b'{"filter":{"since":1795608000}}'


def test_records_without_a_readable_time_move_nothing() -> None:
    newest = Newest(CompiledExpression("at"))
    newest.look_at([{"at": "2026-11-01"}, {"at": "yesterday-ish"}, {}, "x", {"at": "2026-10-01"}])
    assert newest.at == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_detail_request_is_made_of_its_record() -> None:
    request = Request.model_validate(
        {"url": "https://a.example{/record.id}", "json": {"q": ["{record.ref.code}"]}}
    )
    record = {"id": "a/b c", "ref": {"code": 7}}
    sent = prepare(
        request, record_values(request, record), Sent(), home="https://home.example/jobs"
    )
    assert (sent.url, sent.body) == ("https://a.example/a%2Fb%20c", b'{"q":["7"]}')
    assert sent.home == "https://home.example/jobs"
    with pytest.raises(Terminal, match=r"needs \{record.ref.code\}"):
        record_values(request, {"id": 1})


def test_a_detail_stands_beside_what_the_record_has() -> None:
    assert with_detail({"id": 1, "_": {"x": 2}}, [3]) == {"id": 1, "_": {"x": 2, "detail": [3]}}
    assert with_detail("text", 1) == {"value": "text", "_": {"detail": 1}}


@pytest.mark.parametrize(
    ("status", "rule", "body", "error"),
    [
        (404, None, b"", Gone),
        (410, None, b"", Gone),
        (404, {"status": [404], "class": "Empty"}, b"", EmptyAnswer),
        (404, {"status": [404], "class": "Transient"}, b"", Transient),
        (403, {"status": [403], "class": "Throttled"}, b"", Throttled),
        (403, {"status": [403], "contains": "SLOW", "class": "Throttled"}, b"so slow", Throttled),
        (403, {"status": [403], "contains": "slow", "class": "Throttled"}, b"no", Terminal),
        (304, None, b"", Terminal),
    ],
)
def test_an_answer_means_what_the_spec_or_else_its_status_says(
    status: int, rule: dict[str, Any] | None, body: bytes, error: type[SourceError]
) -> None:
    answer = httpx.Response(status, request=httpx.Request("GET", "https://a.example"))
    rules = [ResponseRule.model_validate(rule)] if rule else []
    with pytest.raises(error) as caught:
        check_status(answer, rules, "https://a.example", body)
    assert type(caught.value) is error


def test_robots_txt_is_read_with_its_groups_wildcards_and_delay() -> None:
    lines = "\ufeffUser-agent: JobImport|Disallow: /*?|Crawl-delay: 900||User-agent: *|Disallow: /"
    file = RobotsFile.parse(lines.replace("|", "\n").encode())
    assert file.allows("https://a.example/jobs/1")
    assert not file.allows("https://a.example/jobs?x=1")
    assert file.crawl_delay_seconds == 60
    assert RobotsFile.parse(b"<html>\x00\xff nonsense").allows("https://a.example/")


def test_a_crawl_delay_makes_a_budget_stricter_and_never_looser() -> None:
    assert Limits().with_gap(2).to_argument() == "1 2000000 0"
    assert Limits(10, 1_000_000, 3).with_gap(0.5).to_argument() == "1 500000 3"
    assert Limits(1, 60_000_000).with_gap(5) == Limits(1, 60_000_000)
    assert Limits(5, 1).with_gap(0) == Limits(5, 1)


@given(urls=st.lists(st.from_regex(r"https://a\.example/[a-z]{1,6}", fullmatch=True), max_size=9))
def test_the_sitemaps_of_an_index_are_pages_of_the_walk(urls: list[str]) -> None:
    step = next_step(Pagination(), PageRef(), PageFacts(0, sitemaps=tuple(urls)))
    assert (step.closed, step.proof, step.problem) == (True, True, None)
    if not urls:
        assert step.following is None
        return
    assert step.following is not None
    again = Following.from_document(step.following.to_document()).pages()
    assert [(each.number, each.url) for each in again] == list(enumerate(urls, 2))
    seen, page = {each.number for each in again}, again[0]
    for _ in range(2):
        deeper = next_step(
            Pagination(), page, PageFacts(0, sitemaps=(f"https://b.example/{page.number}",))
        )
        assert (deeper.closed, deeper.proof, deeper.problem) == (True, True, None)
        assert deeper.following is not None
        (page,) = deeper.following.pages()
        assert page.number not in seen
        seen.add(page.number)
    too_deep = next_step(Pagination(), page, PageFacts(0, sitemaps=("y",)))
    assert "2 indexes deep" in (too_deep.problem or "")
    itself = PageFacts(0, sitemaps=(urls[0],))
    assert "names itself" in (next_step(Pagination(), again[0], itself).problem or "")
    assert next_step(Pagination(), again[0], PageFacts(3)).proof


def problems_of(**source: Any) -> str:
    base = {"request": {"url": "https://a.example/jobs"}}
    spec = {"source": base | source, "mapping": {"externalId": "id"}}
    return "\n".join(map(str, check_spec(JobImportSpec.model_validate(spec))))


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({"detail": {"request": {"url": "https://a.example/x"}}}, "nothing of the record"),
        (
            {"format": {"type": "xml", "records": "/rss/channel/item"}},
            "spec.source.format.records: is a path of names joined by dots, such as data.jobs;"
            " rss.channel.item?",
        ),
        ({"format": {"records": "$.data.jobs[*]"}}, "such as data.jobs; data.jobs?"),
        (
            {"format": {"type": "xml", "records": "a:rss.b:item"}},
            "has names without the prefix of their namespace; rss.item?",
        ),
        ({"detail": {"request": {"url": "{+page.u}{record.x}"}}}, "unknown variable {page.u}"),
        ({"request": {"url": "https://a.example/{record.id}"}}, "unknown variable {record.id}"),
        (
            {"request": {"url": "https://a.example/x", "query": {"id": "{record.id}"}}},
            "spec.source.request.query.id: unknown variable {record.id}",
        ),
        (
            {
                "request": {"url": "https://a.example/{partition.boad}"},
                "partitions": {"values": [{"board": "x"}]},
            },
            "{partition.boad} has no value in spec.source.partitions.values[0]"
            " (did you mean 'board'? there: board)",
        ),
        (
            {
                "request": {"url": "https://a.example/x", "json": {"q": ["{partition.city}"]}},
                "partitions": {"values": [{"name": "a", "city": "1"}, {"name": "b"}]},
            },
            "request.json: {partition.city} has no value in spec.source.partitions.values[1]",
        ),
        (
            {"request": {"url": "https://a.example/x", "headers": {"authorization": "Bearer x"}}},
            "request.headers.authorization: would be readable by all",
        ),
        ({"format": {"charset": "klingon"}}, "no charset 'klingon'"),
        ({"format": {"type": "sitemap"}, "pagination": {"type": "page"}}, "walked by its index"),
        ({"format": {"type": "csv"}, "pagination": {"stop": {"total": "n"}}}, "nothing beside"),
        (
            {"format": {"type": "xml", "records": "a.b"}, "pagination": {"stop": {"total": "@n"}}},
            "expected the name of an element first",
        ),
        ({"pagination": {"type": "page", "send": {"in": "path", "name": "n"}}}, "{page.n}"),
        ({"incremental": {"send": {}, "field": "nope(at)"}}, "unknown function 'nope'"),
        (
            {"partitions": {"discover": {"request": {}, "partitions": "x["}}},
            "spec.source.partitions.discover.request.url: a URL is needed",
        ),
    ],
)
def test_p10_what_could_not_work_is_said_before_it_runs(
    source: dict[str, Any], problem: str
) -> None:
    assert problem in problems_of(**source)


def test_what_can_work_has_no_problem() -> None:
    detail = {"request": {"url": "{+record.loc}"}, "format": {"type": "jsonLd"}}
    discover = {"request": {"url": "https://a.example/boards"}, "partitions": "[].slug"}
    assert problems_of(format={"type": "sitemap"}, detail=detail) == ""
    assert problems_of(partitions={"discover": discover}) == ""
    assert problems_of(incremental={"send": {"name": "since"}, "field": "updated"}) == ""
    graphql = {"url": "https://a.example/q", "json": {"query": "{jobs{id} now {record}}"}}
    assert problems_of(request=graphql) == ""
    search = {"url": "https://a.example/jobs{?partition.city}"}
    assert problems_of(request=search, partitions={"values": [{"city": "1"}, {"name": "x"}]}) == ""
