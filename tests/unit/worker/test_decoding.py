"""Every format, charset and cut: what is read does not depend on how the network cuts it."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimport.resource.reading import Format
from jobimport.xmlpaths import XmlPath
from jobimport_worker.decode import decoder_for
from jobimport_worker.decode.sitemap import SITEMAPS
from jobimport_worker.errors import SourceError, Terminal, Transient
from jobimport_worker.fetch.encodings import unpacker_for


def read(
    form: dict[str, Any],
    body: bytes,
    *,
    charset: str | None = None,
    wanted: Sequence[str] = (),
    step: int = 1 << 20,
) -> tuple[list[Any], dict[str, Any]]:
    decoder = decoder_for(Format.model_validate(form), "", charset, wanted)
    records: list[Any] = []
    for start in range(0, len(body), step):
        records += decoder.feed(body[start : start + step])
    records += decoder.close()
    return records, decoder.values


TITLES = ["Köchin", "Łódź", "調理師"]
ROWS = [{"id": number, "title": title} for number, title in enumerate(TITLES)]
XML = "".join(f"<job><id>{each['id']}</id><title>{each['title']}</title></job>" for each in ROWS)
HTML = "".join(
    '<script type="application/ld+json">'
    + json.dumps({"@type": "JobPosting", **each}, ensure_ascii=False)
    + "</script>"
    for each in ROWS
)
BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "json": ({"type": "json"}, json.dumps(ROWS, ensure_ascii=False)),
    "jsonLines": (
        {"type": "jsonLines"},
        "\n".join(json.dumps(each, ensure_ascii=False) for each in ROWS),
    ),
    "csv": ({"type": "csv"}, "id,title\n" + "".join(f"{r['id']},{r['title']}\r\n" for r in ROWS)),
    "xml": ({"type": "xml", "records": "jobs.job"}, f"<jobs>{XML}</jobs>"),
    "jsonLd": ({"type": "jsonLd"}, f"<!DOCTYPE html><html><head>{HTML}</head></html>"),
}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "gb18030", "utf-8-sig"])
@pytest.mark.parametrize("kind", sorted(BODIES))
def test_each_format_is_read_in_each_declared_charset_and_cut(kind: str, charset: str) -> None:
    form, text = BODIES[kind]
    declared = charset.removesuffix("-sig")
    for step in (1, 7, 1 << 20):
        records, _ = read(form, text.encode(charset), charset=declared, step=step)
        assert [each["title"] for each in records] == TITLES


@pytest.mark.parametrize("kind", ["csv", "json", "xml"])
def test_a_spec_can_name_the_charset_that_the_source_keeps_to_itself(kind: str) -> None:
    form, text = BODIES[kind]
    latin = text.replace(TITLES[1], "Lyon").replace(TITLES[2], "Malmö").encode("cp1252")
    with pytest.raises(SourceError):
        read(form, latin, charset="utf-8")
    records, _ = read({**form, "charset": "windows-1252"}, latin, charset="utf-8")
    assert [each["title"] for each in records] == ["Köchin", "Lyon", "Malmö"]


@pytest.mark.parametrize("name", ["ISO-8859-1", "windows-1252", "iso-8859-15", "utf-16"])
def test_an_xml_declaration_is_believed_where_it_can_be_true(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><jobs><job>Köchin</job></jobs>'
    body = text.encode("utf-8" if name == "utf-16" else name)
    for step in (1, 11, 4096):
        assert read({"type": "xml", "records": "jobs.job"}, body, step=step)[0] == ["Köchin"]


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ("<meta http-equiv=Content-Type content='text/html; charset=ISO-8859-2'>", "iso-8859-2"),
        ("", "cp1252"),
        ("", "utf-8"),
        ('<meta charset="utf-16">', "utf-8"),
    ],
)
def test_a_page_is_read_by_its_meta_element_or_else_as_a_browser_would(
    head: str, charset: str
) -> None:
    script = '{"@type": "JobPosting", "title": "Köchin"}'
    page = f'<html><head>{head}<script type="application/ld+json">{script}</script></html>'
    records, _ = read({"type": "jsonLd"}, page.encode(charset))
    assert records[0]["title"] == "Köchin"


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13"])
@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_charset_that_does_not_exist_is_told(kind: str, name: str) -> None:
    form, text = BODIES[kind]
    with pytest.raises(Terminal, match="charset that is unknown"):
        read(form, text.encode(), charset=name)


SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by x -->\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
    "<url><loc> https://a.example/jobs/1 </loc><lastmod>2026-11-01</lastmod>"
    "<image:image><image:loc>https://a.example/x.png</image:loc></image:image></url>"
    "<url><loc><![CDATA[https://a.example/jobs/2?a=1&b=2]]></loc></url></urlset>"
)


@pytest.mark.parametrize("step", [1, 9, 4096])
def test_a_sitemap_gives_one_record_a_url(step: int) -> None:
    records, values = read({"type": "sitemap"}, SITEMAP.encode(), step=step)
    assert [each["loc"] for each in records] == [
        "https://a.example/jobs/1",
        "https://a.example/jobs/2?a=1&b=2",
    ]
    assert records[0]["lastmod"] == "2026-11-01"
    assert SITEMAPS not in values


@pytest.mark.parametrize("step", [1, 9, 4096])
def test_a_sitemap_index_leads_on_and_has_no_record(step: int) -> None:
    index = (
        "<sm:sitemapindex xmlns:sm='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        "<sm:sitemap><sm:loc>https://a.example/1.xml.gz</sm:loc></sm:sitemap>"
        "<sm:sitemap><sm:loc>https://a.example/2.xml</sm:loc></sm:sitemap>"
        "<sm:sitemap><sm:loc>https://a.example/1.xml.gz</sm:loc></sm:sitemap></sm:sitemapindex>"
    )
    records, values = read({"type": "sitemap"}, index.encode(), step=step)
    assert records == []
    assert values[SITEMAPS] == ["https://a.example/1.xml.gz", "https://a.example/2.xml"]


def test_a_text_sitemap_is_read_and_an_empty_one_is_empty() -> None:
    text = b"\xef\xbb\xbfhttps://a.example/1\r\n\r\nhttps://a.example/2"
    assert [each["loc"][-1] for each in read({"type": "sitemap"}, text)[0]] == ["1", "2"]
    assert read({"type": "sitemap"}, b"<urlset></urlset>")[0] == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<!doctype html><html><body>Not found</body></html>", Terminal),
        (b'{"error": 1}', Terminal),
        (SITEMAP.encode()[:-30], Transient),
        (b"", Transient),
        (b"<feed></feed>", Terminal),
    ],
)
def test_what_is_no_sitemap_is_told(body: bytes, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read({"type": "sitemap"}, body)


def test_values_beside_the_records_of_xml_are_found() -> None:
    body = (
        b"<a:feed xmlns:a='urn:a'><a:link rel='self' href='/1'/><a:link rel='next' href='/2'/>"
        b"<a:total> 7 </a:total><a:entry><a:link rel='next' href='/no'/></a:entry></a:feed>"
    )
    wanted = ["feed.link[@rel=next].@href", "feed.total", "feed.absent"]
    records, values = read({"type": "xml", "records": "feed.entry"}, body, wanted=wanted)
    assert len(records) == 1
    assert values == {"feed.link[@rel=next].@href": "/2", "feed.total": "7"}


@pytest.mark.parametrize("text", ["@href", "a[@b=c].d", "a[b]", "[@x=y]"])
def test_a_path_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected"):
        XmlPath.parse(text)


def test_deflate_is_undone_with_and_without_its_wrapping() -> None:
    data = b"job " * 5000
    packer = zlib.compressobj(wbits=-15)
    bare = packer.compress(data) + packer.flush()
    for packed in (zlib.compress(data), bare):
        for step in (1, 3, 1 << 16):
            unpacker = unpacker_for("deflate")
            assert unpacker is not None
            cuts = range(0, len(packed), step)
            found = b"".join(
                piece for cut in cuts for piece in unpacker.pieces(packed[cut : cut + step])
            )
            assert (found, unpacker.complete) == (data, True)


names = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


@given(
    rows=st.lists(st.tuples(names, st.text(st.characters(codec="utf-8"), max_size=20)), max_size=8),
    step=st.integers(1, 40),
)
def test_json_and_its_lines_are_read_alike_wherever_they_are_cut(
    rows: list[tuple[str, str]], step: int
) -> None:
    records = [dict([row]) for row in rows]
    whole = json.dumps({"data": {"jobs": records}, "total": 3}).encode()
    found, values = read({"records": "data.jobs"}, whole, wanted=["total"], step=step)
    assert (found, values) == (records, {"total": 3})
    if records:
        lines = "\n".join(json.dumps(each) for each in records).encode()
        assert read({"type": "jsonLines"}, lines, step=step)[0] == records
