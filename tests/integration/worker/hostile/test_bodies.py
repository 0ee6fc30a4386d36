"""Sources whose answers come well and hold what no importer would want."""

import gzip
import itertools
import json
import zlib
from typing import Any

import brotli
import zstandard

from .conftest import SEEDED, Case, Trial
from .server import answer, gives

BROTLI: Any = brotli
GOOD = json.dumps({"jobs": [{"id": n, "title": f"Kept {n}"} for n in range(SEEDED)]}).encode()
XML: dict[str, Any] = {"format": {"type": "xml", "records": "source.job"}}
LINES: dict[str, Any] = {"format": {"type": "jsonLines"}}
CSV: dict[str, Any] = {"format": {"type": "csv"}}


def jobs(*records: dict[str, Any]) -> bytes:
    return json.dumps({"jobs": list(records)}).encode()


def cut_bodies() -> list[Case]:
    """Each format cut inside a record, with a length that hides it."""
    bodies: list[tuple[str, bytes, dict[str, Any], range, str]] = []
    text = GOOD
    bodies.append(("json", text, {}, range(30, len(text) - 2, len(text) // 26), "cut off"))
    items = "".join(f"<job><id>{n}</id><title>Kept {n}</title></job>" for n in range(SEEDED))
    xml = f"<source>{items}</source>".encode()
    bodies.append(("xml", xml, XML, range(20, len(xml) - 2, len(xml) // 26), "cut off"))
    line = b'{"id": 1, "title": "Kept 1"}\n'
    bodies.append(("jsonLines", line * 3, LINES, range(60, 84), "expected JSON Lines"))
    row = b'id,title\n1,"a long title with, a comma"\n'
    bodies.append(("csv", row, CSV, range(13, 37), "ends within a quoted value"))
    return [
        Case(f"{name} cut after {point}", gives(answer(data[:point])), (said, "cut off"),
             2 if name in ("json", "xml") else 1, source=source)
        for name, data, source, points, said in bodies
        for point in points
    ]  # fmt: skip


async def test_p6_a_body_cut_in_mid_record_closes_nothing(trial: Trial) -> None:
    await trial.judge(cut_bodies())


TYPES = (
    "text/html", "text/plain", "application/pdf", "image/png", "application/octet-stream",
    "application/xml", "text/csv", "multipart/mixed; boundary=x", "", "nonsense", "video/mp4",
)  # fmt: skip
OTHERS = (
    b"<!DOCTYPE html><html><body>Sign in</body></html>", b"<html><head></head></html>",
    b"%PDF-1.7\n%\xc7\xec\x8f", b"\x89PNG\r\n\x1a\n\x00\x00", b"id,title\n1,x\n", b"Not here.",
    b"<?xml version='1.0'?><source/>", b"PK\x03\x04\x14\x00", b"--x\r\n\r\n",
    b"\x1f\x9d\x90", b"GIF89a",
)  # fmt: skip


async def test_p6_another_kind_of_content_is_named(trial: Trial) -> None:
    cases = [
        Case(f"{kind} {body[:8]!r}", gives(answer(body, Content_Type=kind)),
             ("expected JSON, got a response", "is not utf-8"), 1)
        for kind, body in itertools.product(TYPES, OTHERS)
    ]  # fmt: skip
    await trial.judge(cases)


async def test_json_is_json_whatever_its_content_type_says(trial: Trial) -> None:
    cases = [
        Case(kind, gives(answer(GOOD, Content_Type=kind)), ("records seen",), 0,
             ("Complete", "Unchanged"))
        for kind in TYPES
    ]  # fmt: skip
    await trial.judge(cases)


PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": BROTLI.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


async def test_p6_stacked_unknown_and_false_encodings_are_refused(trial: Trial) -> None:
    cases: list[Case] = []
    for (one, pack), (other, again) in itertools.product(PACKERS.items(), PACKERS.items()):
        body = again(pack(GOOD))
        for named in (f"{one}, {other}", f"{one},{other},{one}", f"identity, {one}, {other}"):
            send = gives(answer(body, Content_Encoding=named))
            cases.append(Case(f"stacked {named}", send, ("is encoded",), 1))
        if one != other and (one, other) != ("gzip", "deflate"):  # inflate takes both headers
            send = gives(answer(pack(GOOD), Content_Encoding=other))
            cases.append(Case(f"{one} as {other}", send, ("compression is broken", "cut off"), 2))
    for name in ("compress", "lzma", "x", "aws-chunked", "sdch", "gzip;q=1", "GZIPPED", "b\xe9"):
        send = gives(answer(GOOD, Content_Encoding=name))
        cases.append(Case(f"unknown {name}", send, ("was not asked for",), 1))
    for name, pack in PACKERS.items():
        packed = pack(GOOD)
        for part in range(1, 9):
            send = gives(answer(packed[: len(packed) * part // 9], Content_Encoding=name))
            cases.append(
                Case(f"{name} cut {part}/9", send, ("cut off", "compression is broken"), 2)
            )
        send = gives(answer(GOOD, Content_Encoding=name))
        cases.append(Case(f"plain as {name}", send, ("compression is broken", "cut off"), 2))
    await trial.judge(cases)


BOMBED = (
    "larger than maxResponseBytes", "expected", "is broken", "cannot be read", "nested",
    "no whole record", "got an empty response", "cut off",
)  # fmt: skip


def bomb(pack: str, mebibytes: int, unit: bytes) -> bytes:
    """Much from little: the unit over and over."""
    plain = unit * ((1 << 20) // len(unit))
    if pack == "gzip":
        packer = zlib.compressobj(9, wbits=31)
        return b"".join(packer.compress(plain) for _ in range(mebibytes)) + packer.flush()
    if pack == "deflate":
        packer = zlib.compressobj(9)
        return b"".join(packer.compress(plain) for _ in range(mebibytes)) + packer.flush()
    if pack == "zstd":
        return zstandard.ZstdCompressor().compress(plain) * mebibytes
    packer = BROTLI.Compressor(quality=1)
    return b"".join(packer.process(plain) for _ in range(mebibytes)) + packer.finish()


async def test_decompression_bombs_end_at_their_bound_in_little_memory(trial: Trial) -> None:
    most = {"request": {"maxResponseBytes": "24Mi"}}
    forms = {"json": {}, "xml": XML, "jsonLines": LINES, "csv": CSV}
    units = {"zeros": b"\x00", "brackets": b"["}
    cases: list[Case] = []
    for pack, (unit, piece) in itertools.product(PACKERS, units.items()):
        body = bomb(pack, 32, piece)
        for form, source in forms.items():
            send = gives(answer(body, Content_Encoding=pack))
            cases.append(
                Case(f"{pack} {unit} as {form}", send, BOMBED, 1, source={**source, **most})
            )
    little = {"request": {"maxResponseBytes": "1Mi"}}
    more = {"tags": b"<a>", "objects": b'{"a":', "rows": b'1,"', "spaces": b" \n"}
    for pack, (unit, piece) in itertools.product(PACKERS, more.items()):
        body = bomb(pack, 3, piece)
        for form, source in forms.items():
            send = gives(answer(body, Content_Encoding=pack))
            cases.append(
                Case(f"{pack} {unit} as {form}", send, BOMBED, 1, source={**source, **little})
            )
    file = gzip.compress(bomb("gzip", 48, b"\x00"))
    cases.append(Case("a bomb in a bomb", gives(answer(file, Content_Encoding="gzip")),
                      ("larger than", "expected", "no whole record"), 1, source=most))  # fmt: skip
    assert len(cases) == 97
    await trial.judge(cases)


DOCTYPES = (
    '<!DOCTYPE a [<!ENTITY x "y">]>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd">%x;]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE a PUBLIC "-//x" "file:///etc/hostname">',
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;">]>',
    '<!DOCTYPE\na\n[<!ELEMENT a ANY><!ATTLIST a x CDATA "&y;"><!ENTITY y "z">]>',
    "<!DOCTYPE a [<!NOTATION n SYSTEM 'x'><!ENTITY e SYSTEM '/etc/passwd' NDATA n>]>",
)
CHARSETS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "cp1252")


def entity_cases() -> list[Case]:
    body = "<source><job><id>&x;</id><title>t&x;</title></job></source>"
    cases: list[Case] = []
    for doctype, charset in itertools.product(DOCTYPES, CHARSETS):
        named = charset.removesuffix("-sig")
        for space in ("", "\n" * 50, f"<!-- {'x' * 100_000} --><?p {'>' * 99} ?>"):
            text = f'<?xml version="1.0" encoding="{named}"?>{space}{doctype}{body}'
            send = gives(answer(text.encode(charset), Content_Type="text/xml"))
            said = ("the XML has a DOCTYPE",)
            name = f"{doctype[:30]} in {charset} after {len(space)}"
            cases.append(Case(name, send, said, 1, source=XML))
    return cases


async def test_xml_with_a_doctype_is_not_read_wherever_it_hides(trial: Trial) -> None:
    ended = await trial.judge(entity_cases())
    stored = await trial.database["jobs"].distinct("title")
    assert not any("root:" in title for title in stored)
    assert all(each.last.inserted == 0 for each in ended)


async def test_xinclude_and_processing_instructions_fetch_nothing(trial: Trial) -> None:
    """An element within the title makes it no text, so the record is refused; the rest is read."""
    inside = {
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>': 0,
        '<?xml-stylesheet href="http://127.0.0.1:9/x"?>': 1,
        '<x:x xmlns:x="http://127.0.0.1:9/ns"/>': 0,
    }
    cases = [
        Case(each, gives(answer(f"<source><job><id>90{n}</id><title>t{each}</title></job></source>")),  # noqa: E501
             ("1 records seen",), 0, ("Complete",) if read else ("Unchanged",), XML,
             {"completeness": {"authoritative": False}})
        for n, (each, read) in enumerate(inside.items())
    ]  # fmt: skip
    for ended in await trial.run(cases):
        read = inside[ended.case.name]
        assert (ended.last.inserted, ended.last.rejected) == (read, 1 - read), ended
    (posting,) = await trial.database["jobs"].find({"externalId": {"$regex": "^90"}}).to_list()
    assert posting["title"] == "t"
    assert await trial.database["jobimport.rejects"].distinct("reason") == ["title is missing"]


ERRORS = (
    {"error": "rate limited"}, {"error": {"code": 500, "message": "x"}}, {"status": "fail"},
    {"jobs": None}, {"jobs": {"error": 1}}, {"jobs": "none"}, {"jobs": 0}, {"jobs": False}, {},
    {"data": {"jobs": []}}, {"Jobs": []}, {"message": "Internal", "jobs ": []}, [], [{"jobs": []}],
    None, "error", 42, True, {"errors": [{"detail": "x"}]}, {"success": False, "result": None},
)  # fmt: skip


async def test_p6_a_200_with_an_error_in_it_is_no_empty_feed(trial: Trial) -> None:
    cases: list[Case] = []
    for number, (error, space) in enumerate(
        itertools.product(ERRORS, ("", " ", "\n\n", "\t", "\r\n"))
    ):
        send = gives(answer(space + json.dumps(error) + space))
        cases.append(Case(f"{number} {error!r:.40}", send,
                          ("not in the response", "expected a list"), 1))  # fmt: skip
    await trial.judge(cases)
