"""A response without the records that were looked for says what it has in their place."""

import json
from typing import Any

import pytest

from jobimport.resource.reading import Format
from jobimport_worker.decode import decoder_for, structured
from jobimport_worker.errors import SourceError, Terminal, Transient

MIB = 1 << 20


def failure(form: dict[str, Any], body: bytes, step: int = 1 << 16) -> SourceError:
    """The error that a response ends in."""
    decoder = decoder_for(Format.model_validate(form), "", None, ())
    try:
        for start in range(0, len(body), step):
            decoder.feed(body[start : start + step])
        decoder.close()
    except SourceError as error:
        return error
    raise AssertionError("it was read without an error")


def count_of(form: dict[str, Any], body: bytes) -> int:
    decoder = decoder_for(Format.model_validate(form), "", None, ())
    return len([*decoder.feed(body), *decoder.close()])


DOCUMENT = {
    "data": {"items": [{"id": 1, "tags": [1]}], "total": 1},
    "facets": [{"name": "x"}],
    "jobs": {"of": 1},
}
JSON = {
    "data.itms": "not in the response, which has an object with the fields data, facets, jobs"
    " (did you mean 'data.items'? lists: data.items, facets)",
    "data": "expected a list, found an object with the fields items, total"
    " (lists: data.items, facets)",
    "": "(empty): expected a list, found an object with the fields data, facets, jobs"
    " (lists: data.items, facets)",
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("path", JSON)
def test_a_path_that_json_does_not_have_is_told_with_the_lists_there_are(
    monkeypatch: pytest.MonkeyPatch, path: str, streamed: bool
) -> None:
    if streamed:
        monkeypatch.setattr(structured, "STREAM_FROM", 1)
    error = failure({"records": path}, json.dumps(DOCUMENT).encode())
    assert isinstance(error, Terminal)
    if not streamed:
        assert JSON[path] in str(error)
    assert "spec.source.format.records" in str(error)
    assert "lists: data.items, facets" in str(error)


def test_a_bare_list_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for start in (1 << 22, 1):
        monkeypatch.setattr(structured, "STREAM_FROM", start)
        error = failure({"records": "jobs"}, b'[{"id": 1}]')
        assert "which has a list (leave the path empty for a bare list)" in str(error)


def test_a_large_document_with_an_empty_list_of_records_is_an_empty_feed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(structured, "STREAM_FROM", 1)
    body = json.dumps({"facets": [{"items": [1]}] * 50, "data": {"items": []}}).encode()
    assert count_of({"records": "data.items"}, body) == 0
    assert "not in the response" in str(failure({"records": "facets.items"}, body))


def test_json_that_breaks_after_some_records_says_after_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(structured, "STREAM_FROM", 1)
    body = b"[" + b'{"id": 1},' * 30_000
    error = failure({}, body + b"nonsense]")
    assert isinstance(error, Terminal)
    assert str(error).startswith("the JSON is broken after 30,000 records: ")
    assert isinstance(failure({}, body), Transient), "what only ends too early is cut off"


JOBS = "".join(f"<job><id>{number}</id></job>" for number in range(3))
XML = {
    "job": "whose root is <source> (source.job comes 3 times)",
    "source.jobs": "no such element there (did you mean 'source.job'? source.job comes 3 times)",
    "jobs.job": "whose root is <source> (source.job comes 3 times)",
    "source.list.job": "whose root is <source> (did you mean 'source.job'? source.job comes 3",
}


@pytest.mark.parametrize("path", XML)
def test_a_path_that_xml_does_not_have_is_told_with_the_elements_that_repeat(path: str) -> None:
    error = failure({"type": "xml", "records": path}, f"<source>{JOBS}</source>".encode())
    assert isinstance(error, Terminal)
    assert f"spec.source.format.records {path!r}" in str(error)
    assert XML[path] in str(error)


def test_many_elements_in_the_place_of_the_records_are_no_empty_feed() -> None:
    items = "<entry><id/></entry>" * 5
    error = failure({"type": "xml", "records": "rss.item"}, f"<rss>{items}</rss>".encode())
    assert "rss.entry comes 5 times" in str(error)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<title>Jobs</title><link>x</link><category>a</category><category>b</category>",
        "<image><url>x</url></image>",
        "<author><name>a</name></author><author><name>b</name></author>",
    ],
)
def test_an_honestly_empty_feed_is_none_with_a_wrong_path(inside: str) -> None:
    body = f"<rss><channel>{inside}</channel></rss>".encode()
    assert count_of({"type": "xml", "records": "rss.channel.item"}, body) == 0


@pytest.mark.parametrize(("delimiter", "used"), [(",", ";"), (",", "\t"), (";", ","), (",", "|")])
def test_csv_with_another_delimiter_is_told(delimiter: str, used: str) -> None:
    """All of a row would be one value, and no record would have an id."""
    body = used.join(["id", "title"]) + "\n" + used.join(["1", "Cook"])
    error = failure({"type": "csv", "delimiter": delimiter}, body.encode())
    assert isinstance(error, Terminal)
    assert f"is spec.source.format.delimiter {json.dumps(used)}?" in str(error)
    assert count_of({"type": "csv"}, b"id\n1\n2\n") == 2, "a single column has no delimiter"


ENDLESS = {
    "json": ({"type": "json", "records": "jobs"}, b'{"jobs": [{"id": 1}, {"title": "', "'jobs'"),
    "lines": ({"type": "jsonLines"}, b'{"id": 1}\n{"title": "', "is it JSON Lines?"),
    "csv": ({"type": "csv"}, b'id,title\n1,a\n2,"', "a quoted value has no end"),
    "xml": (
        {"type": "xml", "records": "source.job"},
        b"<source><job><id>1</id></job><job><title>",
        "check spec.source.format.records 'source.job'",
    ),
}


@pytest.mark.parametrize("form", ENDLESS)
def test_a_record_that_never_ends_is_told_with_what_came_before_it(form: str) -> None:
    """Beyond 32 MiB, with what to look at; trying again cannot help."""
    spec, begin, hint = ENDLESS[form]
    error = failure(spec, begin + b"x" * (33 * MIB), step=MIB)
    assert isinstance(error, Terminal)
    assert "no whole record in 32 MiB of the response after 1 whole ones" in str(error)
    assert "a record has 32 MiB at most" in str(error)
    assert hint in str(error)


@pytest.mark.parametrize("text", ["Salt & Pepper", "AT&T", "A & B, C &amp; D"])
def test_a_bare_ampersand_is_told_and_is_nothing_that_was_cut_off(text: str) -> None:
    body = f"<source><job><title>{text}</title></job></source>".encode()
    error = failure({"type": "xml", "records": "source.job"}, body)
    assert isinstance(error, Terminal)
    assert "broken after 0 records" in str(error)
    assert "an & that begins no entity is to be written &amp;" in str(error)
    for end in ("&", "&am", "&#x2", "&amp", "&amp; x"):
        cut = f"<source><job><title>Salt {end}".encode()
        assert isinstance(failure({"type": "xml", "records": "source.job"}, cut), Transient), end


def test_lines_of_json_in_the_place_of_a_document_are_told() -> None:
    error = failure({"records": "jobs"}, b'{"id": 1}\n{"id": 2}\n')
    assert 'is spec.source.format.type "jsonLines"?' in str(error)
