"""The source that all contenders fetch from, in a process of its own; prints its address.

`/jobs?edition=&count=&page=&per_page=` is paged JSON, `/feed.xml.gz?edition=&megabytes=` a gzip XML
file that is made while it is sent. The work of this process is counted for nobody.
"""

import asyncio
import zlib

import orjson
from aiohttp import web

from bench.postings import posting, posting_xml

_BLOCK = 250


async def page(request: web.Request) -> web.Response:
    edition, count = int(request.query["edition"]), int(request.query["count"])
    number, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 500))
    chosen = range((number - 1) * size, min(number * size, count))
    jobs = [posting(each, edition) for each in chosen]
    body = orjson.dumps({"page": number, "total": count, "jobs": jobs})
    return web.Response(body=body, content_type="application/json")


async def file(request: web.Request) -> web.StreamResponse:
    """So many megabytes of XML before compression, and the record that is under way."""
    edition, most = int(request.query["edition"]), int(request.query["megabytes"]) << 20
    response = web.StreamResponse(headers={"Content-Type": "application/gzip"})
    await response.prepare(request)
    packer = zlib.compressobj(1, wbits=31)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n<source>\n'
    await response.write(packer.compress(head))
    sent, number = len(head), 0
    while sent < most:
        block = "".join(
            posting_xml(each, edition) for each in range(number, number + _BLOCK)
        ).encode()
        number, sent = number + _BLOCK, sent + len(block)
        await response.write(packer.compress(block))
    await response.write(packer.compress(b"</source>\n") + packer.flush())
    await response.write_eof()
    return response


async def serve() -> None:
    app = web.Application()
    app.router.add_get("/jobs", page)
    app.router.add_get("/feed.xml.gz", file)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
