"""Decoders: however a response is cut into chunks, the records are the same, or the error is."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimport.resource.fetching import Format
from jobimport_worker.decode import decoder_for, structured
from jobimport_worker.errors import SourceError

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
RECORDS = st.lists(
    st.dictionaries(
        st.sampled_from(["id", "title", "city", "ü"]),
        st.recursive(SCALARS, lambda each: st.lists(each, max_size=3), max_leaves=4),
        max_size=4,
    ),
    max_size=6,
)
CUTS = st.lists(st.integers(0, 400), max_size=12)


def pieces(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    """The body cut at the given places."""
    places = sorted({each for each in cuts if 0 < each < len(body)})
    return [body[start:end] for start, end in zip([0, *places], [*places, len(body)], strict=True)]


def decoded(form: dict[str, Any], chunks: Sequence[bytes]) -> list[Any] | str:
    """The records, or the error's class."""
    wanted = ["total"] if form["type"] == "json" else []
    decoder = decoder_for(Format.model_validate(form), "", None, wanted)
    found: list[Any] = []
    try:
        for chunk in chunks:
            found += decoder.feed(chunk)
        return [*found, *decoder.close()]
    except SourceError as error:
        return type(error).__name__


def xml_of(records: Sequence[dict[str, Any]]) -> str:
    items = "".join(
        "<job>" + "".join(f"<f>{escape(str(value))}</f>" for value in each.values()) + "</job>"
        for each in records
    )
    return f"<source>{items}</source>"


def csv_of(records: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["id", "title"])
    rows.writerows([[str(each.get("id", "-")), str(each.get("title"))] for each in records])
    return out.getvalue()


def bodies(records: list[dict[str, Any]]) -> dict[str, tuple[dict[str, Any], bytes]]:
    """The records in each format."""
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in records) or "{}"
    return {
        "json": (
            {"type": "json", "records": "jobs"},
            json.dumps({"total": len(records), "jobs": records}, ensure_ascii=False).encode(),
        ),
        "jsonLines": ({"type": "jsonLines"}, lines.encode()),
        "csv": ({"type": "csv"}, csv_of(records).encode()),
        "xml": ({"type": "xml", "records": "source.job"}, xml_of(records).encode()),
    }


@settings(max_examples=50, deadline=None)
@given(RECORDS, CUTS)
@pytest.mark.parametrize("form", ["json", "jsonLines", "csv", "xml"])
def test_any_chunking_gives_the_same_records(
    form: str, records: list[dict[str, Any]], cuts: list[int]
) -> None:
    spec, body = bodies(records)[form]
    whole = decoded(spec, [body])
    assert decoded(spec, pieces(body, cuts)) == whole
    assert isinstance(whole, list)
    if form == "json":
        assert whole == records


@settings(max_examples=60, deadline=None)
@given(RECORDS.filter(bool), CUTS)
def test_json_that_is_streamed_gives_what_json_read_at_once_gives(
    records: list[dict[str, Any]], cuts: list[int]
) -> None:
    spec, body = bodies(records)["json"]
    before = structured.STREAM_FROM
    structured.STREAM_FROM = 1
    try:
        streamed = decoded(spec, pieces(body, cuts))
    finally:
        structured.STREAM_FROM = before
    assert streamed == decoded(spec, [body]) == records


@settings(max_examples=50, deadline=None)
@given(RECORDS.filter(bool), st.integers(1, 400), CUTS)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_cut_document_is_never_taken_for_a_whole_one(
    form: str, records: list[dict[str, Any]], end: int, cuts: list[int]
) -> None:
    spec, body = bodies(records)[form]
    cut = body[: min(end, len(body) - 1)]
    assert isinstance(decoded(spec, pieces(cut, cuts)), str)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), CUTS)
@pytest.mark.parametrize("form", ["json", "jsonLines", "csv", "xml"])
def test_any_bytes_give_records_or_an_error_in_words(
    form: str, body: bytes, cuts: list[int]
) -> None:
    spec, _ = bodies([])[form]
    assert decoded(spec, pieces(body, cuts)) is not None
