"""Sources that are broken or hostile: a clear message, nothing closed, and the worker lives on."""

import asyncio
import gzip
import itertools
import json
import resource
import ssl
import time
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from aiohttp import web

from cluster.certificates import Authority
from jobimport.queue.tasks import RunView

from .conftest import Rig, Source
from .test_importing import a_spec, jobs

BROTLI: Any = brotli
XML = {"format": {"type": "xml", "records": "source.job"}}
PAGES = {"pagination": {"type": "page", "size": {"name": "size", "value": 10}}}
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    '<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;">]><source><job>&lol2;</job></source>'
)

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "html": (
        {"body": "<html><body>Sorry</body></html>", "content_type": "text/html"},
        {},
        "expected JSON, got a response with content type text/html",
    ),
    "empty body": ({"body": ""}, {}, "got an empty response"),
    "cut off": ({"body": jobs(1, 2)[:-20]}, {}, "the JSON was cut off"),
    "wrong charset": (
        {"body": jobs(1).replace("Job", "J\\u00f6b").encode().replace(b"\\u00f6", b"\xf6")},
        {},
        "is not utf-8 as it says",
    ),
    "absent path": ({"body": '{"data": []}'}, {}, "not in the response, which has an object"),
    "doctype bomb": ({"body": BOMB, "content_type": "text/xml"}, XML, "has a DOCTYPE"),
    "cut off xml": (
        {"body": "<source><job><id>1</id></job><job>", "content_type": "text/xml"},
        XML,
        "the XML was cut off",
    ),
    "other xml": ({"body": "<rss/>", "content_type": "text/xml"}, XML, "whose root is <rss>"),
    "not found": ({"body": "", "status": 404}, {}, "answered 404 Not Found"),
    "server error": ({"body": "", "status": 500}, {}, "answered 500"),
    "stacked encodings": (
        {
            "body": gzip.compress(gzip.compress(b"{}")),
            "headers": {"Content-Encoding": "gzip, gzip"},
        },
        {},
        "encoded 2 times",
    ),
    "loop": ({"body": jobs(1, 2, 3)}, PAGES, "repeats page 1"),
}


@pytest.mark.parametrize("case", CASES)
async def test_p6_a_broken_source_is_told_and_closes_nothing(rig: Rig, case: str) -> None:
    rig.source.gives(jobs(*range(20)))
    await rig.run(a_spec(rig.source))
    answer, source, message = CASES[case]
    rig.source.gives(answer["body"], answer.get("content_type", "application/json"), **{
        name: value for name, value in answer.items() if name not in ("body", "content_type")
    })  # fmt: skip
    spec = a_spec(rig.source, source=source)
    if source is XML:
        spec["mapping"] = {"externalId": "id", "title": "id"}
    last = await rig.run(spec)
    assert last.verdict in ("Failed", "Partial")
    assert message in last.message
    assert last.closed == 0
    assert last.open >= 20


async def endless(request: web.Request, piece: bytes, **headers: str) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    while True:
        await response.write(piece)


@pytest.mark.parametrize("form", ["json", "csv", "jsonLines", "xml"])
async def test_fifty_gigabytes_of_zeros_end_soon_in_bounded_memory(rig: Rig, form: str) -> None:
    packer = zlib.compressobj(wbits=31)
    piece = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)

    async def handler(request: web.Request) -> web.StreamResponse:
        return await endless(request, piece, **{"Content-Encoding": "gzip"})

    rig.source.handler = handler
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = {"format": {"type": form, "records": "source.job" if form == "xml" else ""}}
    last = await rig.run(a_spec(rig.source, source=source))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert last.verdict == "Failed"
    assert grown < 256 * 1024, f"{grown} KiB"


@pytest.mark.parametrize("encoding", ["br", "zstd"])
async def test_a_bomb_of_each_encoding_ends_soon_in_bounded_memory(rig: Rig, encoding: str) -> None:
    zeros = bytes(64 << 20)
    bomb = BROTLI.compress(zeros, quality=1) if encoding == "br" else b""
    bomb = bomb or zstandard.ZstdCompressor().compress(zeros) * 64
    rig.source.gives(bomb, headers={"Content-Encoding": encoding})
    del zeros
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    request = {"url": f"{rig.source.address}/jobs", "maxResponseBytes": "32Mi"}
    last = await rig.run(
        a_spec(rig.source, source={"request": request, "format": {"type": "jsonLines"}})
    )
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert last.verdict == "Failed"
    assert "larger than maxResponseBytes" in last.message or "no whole record" in last.message
    assert grown < 128 * 1024, f"{grown} KiB"


@pytest.mark.parametrize("encoding", ["br", "zstd"])
async def test_each_encoding_is_read_and_a_cut_one_closes_nothing(rig: Rig, encoding: str) -> None:
    plain = jobs(*range(500)).encode()
    pack = BROTLI.compress if encoding == "br" else zstandard.ZstdCompressor().compress
    packed = pack(plain)
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Accept-Encoding"])
        return web.Response(body=packed, headers={"Content-Encoding": encoding})

    rig.source.handler = handler
    last = await rig.run(a_spec(rig.source))
    assert (last.verdict, last.open) == ("Complete", 500)
    assert encoding in asked[0].split(", ")
    packed = packed[: len(packed) // 2]
    last = await rig.run(a_spec(rig.source))
    assert (last.verdict, last.closed, last.open) == ("Failed", 0, 500)
    assert "cut off in the middle of its compressed data" in last.message


async def test_an_endless_feed_of_new_records_ends_at_its_bound(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return await endless(request, b'{"id": "x", "title": "t"}\n' * 1000)

    rig.source.handler = handler
    request = {"url": f"{rig.source.address}/jobs", "maxResponseBytes": "2Mi"}
    source = {"request": request, "format": {"type": "jsonLines"}}
    last = await rig.run(a_spec(rig.source, source=source))
    assert "larger than maxResponseBytes" in last.message


async def test_p5_a_pause_is_kept_and_uses_no_attempt(rig: Rig) -> None:
    asked: list[float] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(time.monotonic())
        if len(asked) <= 3:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(text=jobs(1))

    rig.source.handler = handler
    last = await rig.run(a_spec(rig.source))
    assert (last.verdict, last.retries) == ("Complete", 3)
    gaps = [later - sooner for sooner, later in itertools.pairwise(asked)]
    assert all(gap >= 1.0 for gap in gaps), gaps
    assert min(gaps) < 3, gaps


async def test_a_certificate_that_cannot_be_trusted_and_none_at_all_are_told(
    rig: Rig, tmp_path: Path
) -> None:
    pair = Authority(tmp_path).server("localhost", ["127.0.0.1"], ["localhost"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        untrusted = await rig.run(a_url(rig, f"https://127.0.0.1:{port}/"))
    plain = await rig.run(a_url(rig, rig.source.address.replace("http://", "https://")))
    assert (untrusted.verdict, plain.verdict) == ("Failed", "Failed")
    assert "the certificate of 127.0.0.1 cannot be trusted: unable to get" in untrusted.message
    assert "does not speak TLS there: is the URL to begin with http://?" in plain.message
    for last in (untrusted, plain):
        assert "_ssl" not in last.message


def a_url(rig: Rig, url: str) -> dict[str, Any]:
    return a_spec(rig.source, source={"request": {"url": url}})


async def test_a_redirect_to_a_private_address_is_refused(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")

    rig.source.handler = handler
    last = await rig.run(a_spec(rig.source))
    assert last.verdict == "Failed"
    assert "169.254.169.254" in last.message
    assert "link-local" in last.message


async def test_credentials_go_to_their_host_alone_and_into_no_message(rig: Rig) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/jobs":
            other = rig.source.address.replace("127.0.0.1", "localhost")
            raise web.HTTPFound(f"{other}/elsewhere")
        seen.append(request.headers.get("Authorization"))
        return web.Response(status=404)

    seen: list[str | None] = []
    rig.source.handler = handler
    auth = {"bearer": "api-key", "query": {"token": "api-key"}}
    last = await rig.run(a_spec(rig.source, source={"auth": auth}))
    assert "token=s3cr3t-value" in rig.source.asked[0]
    assert seen == [None]
    assert "s3cr3t" not in rig.source.asked[1]
    pages = [page async for page in rig.database["jobimport.pages"].find({})]
    assert "s3cr3t" not in json.dumps([last.message, pages], default=str)


async def test_a_missing_key_of_the_secret_is_named_waited_for_and_then_fails(
    rig: Rig, source: Source
) -> None:
    source.gives(jobs(1))
    run = asyncio.create_task(rig.run(a_spec(source, source={"auth": {"bearer": "no-such-key"}})))
    said = "jobimport-credentials of the namespace has no key 'no-such-key'"
    view = await blocked(rig)
    assert said in (view.blocked or "")
    assert view.retries == 0, "to wait for a person is no retry"
    last = await run
    assert last.verdict == "Failed"
    assert said in last.message


async def test_a_run_goes_on_by_itself_once_the_key_is_there(
    rig: Rig, source: Source, tmp_path: Path
) -> None:
    source.gives(jobs(1))
    run = asyncio.create_task(rig.run(a_spec(source, source={"auth": {"bearer": "late-key"}})))
    await blocked(rig)
    (tmp_path / "late-key").write_text("v")
    last = await run
    assert (last.verdict, last.records) == ("Complete", 1)
    [view] = [await rig.queue.run_view(each) for each in await rig.queue.run_ids()]
    assert view is not None
    assert view.blocked is None


async def blocked(rig: Rig) -> RunView:
    """Wait until the one run there is says what it waits for."""
    async with asyncio.timeout(30):
        while True:
            for each in await rig.queue.run_ids():
                view = await rig.queue.run_view(each)
                if view is not None and view.blocked is not None:
                    return view
            await asyncio.sleep(0.02)
