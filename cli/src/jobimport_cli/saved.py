"""Responses of a source on disk: recorded while a preview runs, and answered from offline.

A folder holds `responses.json`, a list of exchanges, and one file for each body, decompressed as
far as the source did as it was asked. Credentials are neither written nor compared.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import orjson

from jobimport.resource.fetching import Auth
from jobimport_cli.files import RESPONSES
from jobimport_worker.errors import Terminal

_MOST_BYTES = 64 * 1024 * 1024
_SUFFIXES = {"json": ".json", "xml": ".xml", "html": ".html", "csv": ".csv", "text": ".txt"}
_LEFT_OUT = frozenset({
    "set-cookie", "date", "connection", "content-length", "transfer-encoding", "keep-alive",
    "age", "alt-svc", "server", "via",
})  # fmt: skip


class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on, and writes what comes back into a folder."""

    def __init__(self, inner: httpx.AsyncBaseTransport, folder: Path, auth: Auth | None) -> None:
        self._inner = inner
        self._folder = folder
        self._auth = auth
        self._index: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.name == RESPONSES or old.name.startswith("body-"):
                old.unlink()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, read whole, write, and give the same response on."""
        request.headers["Accept-Encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        body = await _whole(response)
        kept = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in _LEFT_OUT
        ]
        kind = response.headers.get("content-type", "")
        suffix = next((each for word, each in _SUFFIXES.items() if word in kind), ".bin")
        name = f"body-{len(self._index) + 1:03}{suffix}"
        (self._folder / name).write_bytes(body)
        entry = {**identity(request, self._auth), "status": response.status_code}
        self._index.append({**entry, "headers": kept, "body": name})
        text = orjson.dumps(self._index, option=orjson.OPT_INDENT_2)
        (self._folder / RESPONSES).write_bytes(text + b"\n")
        return httpx.Response(response.status_code, headers=kept, stream=httpx.ByteStream(body))

    async def aclose(self) -> None:
        """Close the transport below."""
        await self._inner.aclose()


class Saved(httpx.AsyncBaseTransport):
    """Answers from a folder, and from nothing else."""

    def __init__(self, folder: Path, auth: Auth | None) -> None:
        self._folder = folder
        self._auth = auth
        try:
            self._index: list[dict[str, Any]] = orjson.loads((folder / RESPONSES).read_bytes())
        except FileNotFoundError as error:
            raise SavedMissing(
                f"{folder} has no saved responses: record them with"
                " `jobimport preview FILE --save DIR`"
            ) from error
        except orjson.JSONDecodeError as error:
            raise SavedMissing(f"{folder / RESPONSES} is no JSON: {error}") from error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response that was saved for such a request; Terminal where there is none."""
        wanted = identity(request, self._auth)
        for entry in self._index:
            if all(entry[name] == value for name, value in wanted.items()):
                body = (self._folder / entry["body"]).read_bytes()
                headers = [(str(name), str(value)) for name, value in entry["headers"]]
                stream = httpx.ByteStream(body)
                return httpx.Response(entry["status"], headers=headers, stream=stream)
        raise Terminal(
            f"no response is saved for {wanted['method']} {wanted['url']}: what the import asks for"
            " has changed; save anew with `jobimport preview FILE --save DIR`"
        )


class SavedMissing(Exception):
    """There is nothing to answer from; the message says what to do."""


def identity(request: httpx.Request, auth: Auth | None) -> dict[str, str | None]:
    """What tells requests apart: method, address without credentials, and a hash of the body."""
    secret = set(auth.query) if auth is not None else set[str]()
    parts = urlsplit(str(request.url))
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = urlencode([pair for pair in query if pair[0] not in secret])
    content = request.read()
    return {
        "method": request.method,
        "url": urlunsplit(parts._replace(query=kept)),
        "sent": hashlib.sha256(content).hexdigest()[:16] if content else None,
    }


def secret_names(auths: Iterable[Auth | None]) -> set[str]:
    """The keys of the Secret that sources name."""
    found: set[str | None] = set()
    for auth in auths:
        if auth is not None:
            found |= {auth.bearer, auth.basic, *auth.headers.values(), *auth.query.values()}
    return {each for each in found if each}


async def _whole(response: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in response.aiter_raw():
            pieces.append(piece)
            size += len(piece)
            if size > _MOST_BYTES:
                raise Terminal(
                    f"the response is larger than {_MOST_BYTES // 1024 // 1024} MiB: too much to"
                    " save; preview it without --save"
                )
    finally:
        await response.aclose()
    return b"".join(pieces)
