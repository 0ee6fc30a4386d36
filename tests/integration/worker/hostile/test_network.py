"""Sources whose answers are late, broken, false or without end."""

import asyncio
import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import Case, Trial
from .server import Send, Wire, answer, gives, head

GOOD = json.dumps({"jobs": [{"id": n, "title": f"Kept {n}"} for n in range(20)]}).encode()
CUT = ("the connection to", "the response was cut off", "cut off", "did not answer in time")


def storm(status: int, after: str | None, count: int) -> Send:
    async def send(wire: Wire) -> None:
        if wire.number <= count:
            extra = {"Retry_After": after} if after is not None else {}
            await wire.send(answer("slow down", f"{status} Wait", **extra))
        else:
            await wire.send(answer(GOOD))

    return send


async def test_p5_storms_of_429_are_waited_out_and_use_no_attempt(trial: Trial) -> None:
    """As seconds and as a date in each of HTTP's three forms, all of them over."""
    dates = [datetime(1994 + n, 1 + n % 12, 6, 8, 49, n, tzinfo=UTC) for n in range(7)]
    forms = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y")
    past = [each.strftime(form) for form in forms for each in dates] + ["0", "0.0", "-5", "00"]
    cases = [
        Case(f"{status} {after} x{count}", storm(status, after, count), ("records seen",), 0,
             ("Complete", "Unchanged"))
        for status, after, count in itertools.product((429, 503), past, (1, 2))
    ]  # fmt: skip
    assert len(cases) == 100
    for each in await trial.run(cases, slots=64):
        count = int(each.case.name.rpartition("x")[2])
        assert len(trial.server.asked[each.number]) == count + 1, each.case.name
        assert each.view.retries == count, each.case.name


STATUSES = {
    **dict.fromkeys((408, 425, 500, 502, 504, 520, 521, 522, 523, 524, 529, 503), 2),
    **dict.fromkeys((400, 401, 403, 404, 405, 406, 409, 410, 412, 418, 422, 451, 501, 505), 1),
}
BODIES = ("", "{}", "<html>Oops</html>", GOOD.decode())


async def test_p6_every_error_status_has_its_class_whatever_its_body(trial: Trial) -> None:
    cases = [
        Case(f"{status} with {body[:10]!r}", gives(answer(body, f"{status} Reason")),
             (f"answered {status} Reason",), attempts)
        for (status, attempts), body in itertools.product(STATUSES.items(), BODIES)
    ]  # fmt: skip
    await trial.judge(cases)


SOON = {"request": {"timeoutSeconds": 1}}


def silent_after(data: bytes) -> Send:
    async def send(wire: Wire) -> None:
        if data:
            await wire.send(data)
        await wire.hang()

    return send


async def test_p6_silence_at_any_point_is_a_time_out(trial: Trial) -> None:
    whole = answer(GOOD)
    points = [*range(0, len(head()), 6), *range(len(head()), len(whole), len(whole) // 95)]
    cases = [
        Case(f"silent after {point}", silent_after(whole[:point]), CUT, 2, source=SOON)
        for point in points
    ]
    assert len(cases) >= 100
    await trial.judge(cases, slots=len(cases))


def reset_after(data: bytes) -> Send:
    async def send(wire: Wire) -> None:
        if data:
            await wire.send(data)
            await asyncio.sleep(0.01)
        wire.reset()

    return send


async def test_p6_a_reset_at_any_point_is_tried_again_and_told(trial: Trial) -> None:
    whole = answer(GOOD)
    step = len(whole) // 100
    cases = [
        Case(f"reset after {point}", reset_after(whole[:point]), CUT, 2)
        for point in range(0, len(whole) - 1, step)
    ][:100]
    await trial.judge(cases)


def drip(data: bytes, per_piece: int, pause: float) -> Send:
    async def send(wire: Wire) -> None:
        for start in range(0, len(data), per_piece):
            await wire.send(data[start : start + per_piece])
            await asyncio.sleep(pause)

    return send


RATES = (0.5, 2, 5, 10, 20, 30, 45, 60, 75, 90)
"""Bytes a second."""


async def test_p6_a_slow_drip_is_cut_off(trial: Trial) -> None:
    """From the first byte of the head on, or with the head at once."""
    padded = GOOD + b" " * 4000
    cases = [
        Case(f"{size} bytes each {size / rate:.3f} s, {name}", drip_of(first, rest, size, rate),
             ("too slow", *CUT), 2, source=SOON)
        for rate, size in itertools.product(RATES, (2, 5, 9, 16, 32))
        for name, first, rest in (("body", head(), padded), ("all", b"", head() + padded))
    ]  # fmt: skip
    assert len(cases) == 100
    await trial.judge(cases, runs=5, slots=len(cases))


def drip_of(first: bytes, rest: bytes, size: int, rate: float) -> Send:
    async def send(wire: Wire) -> None:
        if first:
            await wire.send(first)
        await drip(rest, size, size / rate)(wire)

    return send


async def test_p6_a_robots_txt_by_slow_drip_is_cut_off(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages wait for it, no longer than its bound, however it drips: each byte comes in time."""
    monkeypatch.setattr("jobimport_worker.fetch.client._ROBOTS_SECONDS", 2)
    body = head() + b"User-agent: *\nDisallow: /no\n" + b"# x\n" * 4000
    first = head().rindex(b"\r\n\r\n")
    cases = [
        Case(f"{size} bytes at {rate} a second", drip_of(body[:at], body[at:], size, rate),
             ("robots.txt cannot be read, so nothing is crawled yet",), 2,
             source={"format": FORMATS["sitemap"]})
        for size, rate, at in itertools.product((2, 8, 64), (4, 70, 400), (0, first + 4))
    ]  # fmt: skip
    for ended in await trial.run(cases):
        assert "did not come whole within 2 s" in ended.last.message, ended


def redirect(status: int, length: int) -> Send:
    """A ring of so many addresses."""

    async def send(wire: Wire) -> None:
        place = int(wire.path.rpartition("/")[2] or 0)
        await wire.send(answer("", f"{status} Moved", Location=f"/ring/{(place + 1) % length}"))

    return send


def points_to(target: str, status: int) -> Send:
    return gives(answer("", f"{status} Moved", Location=target))


MOVED = (301, 302, 303, 307, 308)


FOREIGN = (
    "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/_", "javascript:alert(1)",
    "data:text/plain,x", "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/", "http://", "https:///x",
    "jar:http://x!/", "unix:///var/run/docker.sock", "ws://127.0.0.1/",
)  # fmt: skip


NOWHERE = ("no http or https address", "the URL cannot be used", "more than 10 redirects")


async def test_p6_redirects_that_lead_nowhere_end(trial: Trial) -> None:
    cases = [
        Case(f"{status} ring of {length}", redirect(status, length), ("more than 10 redirects",), 1,
             path="/ring/0")
        for status, length in itertools.product(MOVED, (1, 2, 3, 5, 7, 10, 11, 20))
    ]  # fmt: skip
    cases += [
        Case(f"{status} to {target}", points_to(target, status), NOWHERE, 1)
        for status, target in itertools.product(MOVED, FOREIGN)
    ]
    assert len(cases) == 100
    await trial.judge(cases)


def lengths() -> list[tuple[str, bytes, int]]:
    """Answers whose length is not what they say: name, bytes, attempts."""
    size = len(GOOD)
    found = [(f"+{more}", head(Content_Length=str(size + more)) + GOOD, 2) for more in range(1, 45)]
    found += [
        (f"-{less}", head(Content_Length=str(size - less)) + GOOD, 2) for less in range(1, 45)
    ]
    chunked = head(Transfer_Encoding="chunked")
    piece = f"{size:x}\r\n".encode() + GOOD + b"\r\n"
    bad_chunks = {
        "no last chunk": piece,
        "size too large": f"{size + 9:x}\r\n".encode() + GOOD + b"\r\n0\r\n\r\n",
        "size too small": f"{size - 9:x}\r\n".encode() + GOOD + b"\r\n0\r\n\r\n",
        "no size": b"\r\n" + GOOD,
        "size not hex": b"zz\r\n" + GOOD,
        "negative size": b"-5\r\n" + GOOD,
        "endless size": b"f" * 60 + b"\r\n" + GOOD,
        "cut in size": piece + b"4",
        "only a size": f"{size:x}\r\n".encode(),
    }
    found += [(name, chunked + body, 2) for name, body in bad_chunks.items()]
    for text in ("-1", "abc", "1e3", "9" * 40, "0x10", "12, 13", " ", "+5", "1.5"):
        found.append((f"length {text[:6]!r}", head(Content_Length=text) + GOOD, 2))
    return found


async def test_p6_an_answer_of_another_length_than_it_says_is_not_believed(trial: Trial) -> None:
    cases = [
        Case(name, gives(data), (*CUT, "could not be reached"), attempts)
        for name, data, attempts in lengths()
    ]
    await trial.judge(cases)


def ring(kind: str, period: int, size: int) -> Send:
    """Pages of `size` records each that come again after `period` pages."""

    async def send(wire: Wire) -> None:
        place = wire.number % period
        jobs = [{"id": 1000 + place * size + n, "title": "t"} for n in range(size)]
        following = f"/jobs?at={wire.number}"
        body: dict[str, Any] = {"jobs": jobs, "more": True, "next": f"c{wire.number}"}
        if kind == "nextUrl":
            body["next"] = following
        extra = {"Link": f'<{following}>; rel="next"'} if kind == "link" else {}
        await wire.send(answer(json.dumps(body), **extra))

    return send


WALKS: dict[str, dict[str, Any]] = {
    "page": {"size": {"name": "size", "value": 2}},
    "offset": {"size": {"name": "size", "value": 2}},
    "cursor": {"next": {"path": "next"}},
    "nextUrl": {"next": {"path": "next"}},
    "link": {},
}


@pytest.mark.parametrize("kind", WALKS)
async def test_p6_pages_without_end_are_noticed_and_prove_nothing(trial: Trial, kind: str) -> None:
    """100 cases: five ways to ask for pages, five periods, four sizes."""
    pagination = {"type": kind, **WALKS[kind], "stop": {"hasMore": "more"}}
    cases = [
        Case(f"{kind}: {size} records, again after {period}", ring(kind, period, size),
             ("repeats page",), 0, ("Partial",), {"pagination": pagination})
        for period, size in itertools.product((1, 2, 3, 4, 5), (1, 2, 4, 7))
    ]  # fmt: skip
    await trial.run(cases)


def endless(begin: bytes, unit: bytes, pause: float, **headers: str) -> Send:
    """A body that never ends: the unit over and over, as fast as it is taken or slowly."""

    async def send(wire: Wire) -> None:
        if wire.path == "/robots.txt":
            await wire.send(answer("", "404 Not Found"))
            return
        await wire.send(head(**headers) + begin)
        piece = unit if pause else unit * (65536 // len(unit) + 1)
        while True:
            await wire.send(piece)
            await asyncio.sleep(pause)

    return send


FORMATS: dict[str, dict[str, Any]] = {
    "json": {"type": "json", "records": "jobs"},
    "xml": {"type": "xml", "records": "jobs.job"},
    "jsonLines": {"type": "jsonLines"},
    "csv": {"type": "csv"},
    "jsonLd": {"type": "jsonLd"},
    "sitemap": {"type": "sitemap"},
}
RECORD = b'{"id": 7, "title": "Kept 7"}'
ENDLESS: dict[str, tuple[str, bytes, bytes]] = {
    "records of JSON": ("json", b'{"jobs": [', RECORD + b","),
    "one text of JSON": ("json", b'{"jobs": [{"id": "', b"x"),
    "a number": ("json", b'{"jobs": [{"id": 1', b"1"),
    "space before JSON": ("json", b"", b" \n"),
    "space in JSON": ("json", b'{"jobs": [', b"\t"),
    "a name": ("json", b'{"', b"n"),
    "fields": ("json", b"{", b'"a": [1, 2],'),
    "lists": ("json", b'{"jobs": [', b"[],"),
    "records of XML": ("xml", b"<jobs>", b"<job><id>7</id><title>Kept 7</title></job>"),
    "one text of XML": ("xml", b"<jobs><job><title>", b"x"),
    "CDATA": ("xml", b"<jobs><job><title><![CDATA[", b"]]"),
    "a comment": ("xml", b"<!--", b"x "),
    "a comment in a record": ("xml", b"<jobs><job><!--", b"x "),
    "an attribute": ("xml", b"<jobs><job id='", b"x"),
    "attributes": ("xml", b"<jobs><job ", b"x='1' "),
    "a name of an element": ("xml", b"<jobs><", b"x"),
    "a processing instruction": ("xml", b"<?x ", b"x"),
    "siblings": ("xml", b"<jobs>", b"<x/>"),
    "space before XML": ("xml", b"", b" "),
    "lines": ("jsonLines", b"", RECORD + b"\n"),
    "empty lines": ("jsonLines", b"", b"\n"),
    "one line": ("jsonLines", b'{"id": "', b"x"),
    "rows": ("csv", b"id,title\n", b"7,Kept 7\n"),
    "a quoted value": ("csv", b'id,title\n7,"', b"x\n"),
    "a header": ("csv", b"id", b",x"),
    "HTML": ("jsonLd", b"<html>", b"<p>x</p>"),
    "one script": ("jsonLd", b'<script type="application/ld+json">', b"["),
    "URLs": ("sitemap", b"<urlset>", b"<url><loc>http://127.0.0.1/x</loc></url>"),
    "sitemaps": ("sitemap", b"<sitemapindex>", b"<sitemap><loc>http://127.0.0.1/x</loc></sitemap>"),
    "lines of URLs": ("sitemap", b"", b"http://127.0.0.1/x\n"),
    "no root": ("sitemap", b"<!--", b"x"),
}  # fmt: skip
BOUNDS = (
    "larger than maxResponseBytes", "no whole record in", "expected", "nested deeper", "names more",
    "is broken", "too large to be a", "has more than", "attribute",
)  # fmt: skip


async def test_p6_a_body_without_end_ends_at_a_bound_whatever_it_is_made_of(trial: Trial) -> None:
    """As fast as it is taken, by the length of the connection and in chunks."""
    most = {"request": {"maxResponseBytes": "1Mi"}}
    cases = [
        Case(f"{name}, {framing}",
             endless(begin, unit, 0) if framing == "plain" else endless_chunks(begin, unit),
             BOUNDS, 1, source={"format": FORMATS[form], **most})
        for name, (form, begin, unit) in ENDLESS.items()
        for framing in ("plain", "chunked")
    ]  # fmt: skip
    await trial.judge(cases)


def endless_chunks(begin: bytes, unit: bytes) -> Send:
    async def send(wire: Wire) -> None:
        if wire.path == "/robots.txt":
            await wire.send(answer("", "404 Not Found"))
            return
        await wire.send(head(Transfer_Encoding="chunked"))
        many = unit * (65536 // len(unit) + 1)
        for piece in itertools.chain([begin] if begin else [], itertools.repeat(many)):
            await wire.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    return send


async def test_p6_a_slow_body_without_end_is_cut_off(trial: Trial) -> None:
    """Each piece comes in time, and faster than the least; it is the whole that takes too long."""
    cases = [
        Case(f"{name}, slowly", endless(begin, unit, len(unit) / 150),
             ("too slow", *BOUNDS), 2, source={"format": FORMATS[form], **SOON})
        for name, (form, begin, unit) in ENDLESS.items()
    ]  # fmt: skip
    await trial.judge(cases, runs=4, slots=32)
