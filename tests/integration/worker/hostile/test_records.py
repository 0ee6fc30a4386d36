"""Sources whose records are such as no importer would want: each costs itself alone (P7)."""

import csv
import io
import itertools
import json
import re
from typing import Any

import pytest

from .conftest import SEEDED, Case, Trial
from .server import answer, gives


def deep(depth: int, kind: str) -> str:
    return {
        "lists": "[" * depth + "]" * depth,
        "objects": '{"a":' * depth + "1" + "}" * depth,
        "both": '[{"a":' * (depth // 2) + "1" + "}]" * (depth // 2),
    }[kind]


KEPT: dict[str, Any] = {
    "mapping": {
        "externalId": "id", "title": "title", "keepRaw": True,
        "extra": {"it": "it"}, "identifiers": {"it": "it"},
    },
    "completeness": {"authoritative": False},
}  # fmt: skip
"""An import that keeps all that a record holds."""


def one_feed(name: str, records: list[str]) -> Case:
    """Many odd records, each as JSON text, and a usual one beside them, in one feed."""
    body = f'{{"jobs": [{",".join([*records, BESIDE])}]}}'
    verdicts = ("Complete", "Unchanged")
    return Case(name, gives(answer(body)), ("seen",), 0, verdicts, over=KEPT)


BESIDE = '{"id": "beside", "title": "beside"}'


async def test_p7_deep_records_cost_themselves_alone(trial: Trial) -> None:
    depths = (*range(10, 130, 5), 180, 200, 250, 254, 255, 256, 257, 300, 400, 500, 700, 900)
    kinds = ("lists", "objects", "both")
    records = [
        f'{{"id": "{kind}{depth}", "title": "t", "it": {deep(depth, kind)}}}'
        for kind, depth in itertools.product(kinds, depths)
    ]
    (ended,) = await trial.run([one_feed("deep", records)])
    assert ended.last.inserted + ended.last.rejected == len(records) + 1
    assert await trial.database["jobs"].find_one({"externalId": "beside"})


async def test_p6_json_without_a_bottom_fails_its_page(trial: Trial) -> None:
    cases = [
        Case(f"{kind} {depth}", gives(answer(f'{{"jobs": [{deep(depth, kind)}]}}')),
             ("expected JSON", "recursion"), 1)
        for kind, depth in itertools.product(("lists", "objects", "both"), (1030, 5000, 100_000))
    ]  # fmt: skip
    await trial.judge(cases, runs=3)


KEYS = (
    "$set", "$where", "$", "$$", "a.b", ".", "..", "$a.b", "a$b", "", " ", "_id", "writeToken",
    "__proto__", "constructor", "a\x00b", "\x00", "$\x00set", "😀", "\u2028", "ключ", "x" * 5000,
    "$ref", "$id", "$db", "$oid", "$date", "$numberLong", "rawHash", "closedAt",
)  # fmt: skip


async def test_keys_of_a_source_are_never_operators_or_paths(trial: Trial) -> None:
    """As keys of the record, of what is kept raw, of extra, and as its values."""
    records = [
        json.dumps({"id": f"k{number}-{kind}", "title": "t", **inside})
        for number, key in enumerate(KEYS)
        for kind, inside in {
            "key": {key: 1},
            "below": {"it": {key: {key: [{key: 1}]}}},
            "value": {"it": key, "title": f"t {key}"},
            "id": {"id": f"{key} {number + SEEDED}"},
        }.items()
    ]
    (ended,) = await trial.run([one_feed("keys", records)])
    assert (ended.last.inserted, ended.last.updated) == (len(records) + 1, 0)
    assert ended.last.rejected == 0

    def check(value: Any) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                assert not name.startswith("$"), value
                assert "." not in name, value
                check(each)
        elif isinstance(value, list):
            for each in value:
                check(each)

    async for posting in trial.database["jobs"].find({}):
        check(posting)
        assert posting["source"] == "ns.imp"


async def test_nul_bytes_and_controls_cost_at_most_their_record(trial: Trial) -> None:
    marks = (0xAD, 0x61C, 0x200B, 0x200E, 0x2028, 0x2029, 0x202E, 0x2066, 0xFDD0, 0xFEFF, 0xFFFE)
    codes = (*range(0x20), *range(0x7F, 0xA1), *marks, 0xFFFF)
    texts = [f"{chr(code)}a{chr(code)}{number}" for number, code in enumerate(codes)]
    records = [json.dumps({"id": text, "title": text, "it": {text: text}}) for text in texts]
    (ended,) = await trial.run([one_feed("controls", records)])
    assert ended.last.inserted == len(records) + 1


async def test_p6_bytes_that_no_json_holds_fail_their_page(trial: Trial) -> None:
    cases: list[Case] = []
    for code in set(range(0x20)) - {9, 10, 13}:
        raw = b'{"jobs": [{"id": "z", "title": "a' + bytes([code]) + b'"}]}'
        cases.append(Case(f"raw {code:x}", gives(answer(raw)), ("expected JSON",), 1))
    await trial.judge(cases)


HALVES = (r"\ud83d", r"\ude00", r"\ud83d\ud83d", r"\ude00\ud83d", r"\uDBFF", r"\ud83d\u0041")


async def test_p7_halves_of_characters_cost_that_character_alone(trial: Trial) -> None:
    """In ids, titles, values and keys, of small and large pages."""
    records = [
        f'{{"id": "h{number}{half}", "title": "t{half}", "it": {{"k{half}": "{half} v"}}}}'
        for number, half in enumerate(HALVES)
    ]
    large = json.dumps({"id": "large", "title": "t", "fill": "x" * 5_000_000})
    page = {"format": {"type": "json", "records": "jobs"}}
    lines = "\n".join([*records, BESIDE])
    scripts = "".join(
        f'<script type="application/ld+json">{{"@type": "JobPosting", {each[1:]}</script>'
        for each in [*records, BESIDE]
    )
    forms = {
        "json": (f'{{"jobs": [{",".join([*records, BESIDE])}]}}', page),
        "streamed": (f'{{"jobs": [{",".join([large, *records, BESIDE])}]}}', page),
        "lines": (lines, {"format": {"type": "jsonLines"}}),
        "json-ld": (f"<html>{scripts}</html>", {"format": {"type": "jsonLd"}}),
    }
    halves = sum(len(re.findall(r"\\u[dD][89a-fA-F]", each)) for each in records)
    cases = [
        Case(name, gives(answer(body)), (f"{halves} halves of characters",), 0,
             ("Complete", "Unchanged"), source, KEPT)
        for name, (body, source) in forms.items()
    ]  # fmt: skip
    for ended in await trial.run(cases):
        assert ended.last.rejected == 0, ended
    stored = await trial.database["jobs"].find({"externalId": {"$regex": "^h"}}).to_list()
    assert len(stored) == len(HALVES)
    for posting in stored:
        assert "\ufffd" in posting["externalId"]
        assert "\ufffd" in posting["title"]
        assert "\ufffd" in next(iter(posting["raw"]["it"]))


MIB = 1 << 20
SIZES = {"64 KiB": 1 << 16, "1 MiB": MIB, "8 MiB": 8 * MIB, "13 MiB": 13 * MIB, "17 MiB": 17 * MIB}
PLACES = ("id", "title", "description", "it", "other")


def as_xml(records: list[dict[str, str]]) -> str:
    rows = ("".join(f"<{name}>{each[name]}</{name}>" for name in each) for each in records)
    return f"<source>{''.join(f'<job>{row}</job>' for row in rows)}</source>"


def as_csv(records: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=["id", "title", *PLACES[2:]], restval="")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


FORMS: dict[str, Any] = {
    "json": (lambda records: json.dumps({"jobs": records}), {"type": "json", "records": "jobs"}),
    "lines": (lambda records: "\n".join(map(json.dumps, records)), {"type": "jsonLines"}),
    "xml": (as_xml, {"type": "xml", "records": "source.job"}),
    "csv": (as_csv, {"type": "csv"}),
}
MAPPED = {
    "mapping": {
        "externalId": "id",
        "title": "title",
        "description": "description",
        "extra": {"it": "it"},
    },
    "completeness": {"authoritative": False},
}


def huge(form: str, place: str, size: int, name: str) -> Case:
    """A feed of a huge record between two usual ones."""
    write, source = FORMS[form]
    number = f"{form}-{place}-{name}"
    record = {"id": f"huge-{number}", "title": "t"}
    record[place] = record.get(place, "") + "x" * size
    beside = [{"id": f"{each}-{number}", "title": "t"} for each in ("before", "after")]
    body = write([beside[0], record, beside[1]])
    said = "1 rejected" if size > 16 * MIB else "3 records seen"
    return Case(f"{number} in {form}", gives(answer(body)), (said,), 0,
                ("Complete", "Unchanged"), {"format": source}, MAPPED)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS)
async def test_p7_a_huge_field_costs_its_record_alone(trial: Trial, form: str, place: str) -> None:
    """100 cases: formats, places and sizes. What no document can hold is a reject TooLarge."""
    cases = [huge(form, place, size, name) for name, size in SIZES.items()]
    await trial.run(cases, slots=1)
    jobs, rejects = trial.database["jobs"], trial.database["jobimport.rejects"]
    beside = {"externalId": {"$regex": "^(before|after)-"}}
    assert await jobs.count_documents(beside) == 2 * len(SIZES)
    assert await jobs.count_documents({"externalId": {"$regex": "^huge-"}}) == len(SIZES) - 1
    (found,) = await rejects.find({}).to_list()
    assert found["reason"] == "TooLarge"
    assert found["externalId"].startswith("huge-")
    assert len(found["raw"]) < 2 * MIB
    assert found["raw"].endswith("…")
    assert "bytes" in found["message"]


async def test_p7_what_grows_too_large_when_it_is_mapped_costs_its_record_alone(
    trial: Trial,
) -> None:
    """A record that fits twice into its posting: as it is kept raw, and as a field."""
    record = {"id": "twice", "title": "t", "it": "x" * (9 * MIB)}
    body = json.dumps({"jobs": [record, json.loads(BESIDE)]})
    case = Case("twice", gives(answer(body)), ("1 rejected",), 0, ("Complete",), over=KEPT)
    await trial.run([case])
    (found,) = await trial.database["jobimport.rejects"].find({}).to_list()
    assert (found["externalId"], found["reason"]) == ("twice", "TooLarge")
    assert await trial.database["jobs"].find_one({"externalId": "beside"})
