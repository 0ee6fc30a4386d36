"""A request to a source as a curl command: to be copied, and without any secret in it."""

import re
import shlex
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from jobimport.presets import UnknownPreset, effective_spec
from jobimport.resource.fetching import Auth, Request
from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec

_SECRET: Final = re.compile(
    r"auth|cookie|token|secret|passw|api.?key|^key$|signature|^sig$", re.IGNORECASE
)
_PARAMETER: Final = re.compile(r"\{parameters\.([A-Za-z0-9_-]+)\}")


def curl_of(imp: ImportObject, url: str | None) -> str | None:
    """The command that asks what a page asked; `url` None: what its spec asks first.

    Credentials stand as "$NAME" in it, named after their keys in the Secret; what looks like one in
    a URL or header is replaced. None where the spec cannot be read.
    """
    if imp.spec is None:
        return None
    try:
        spec = effective_spec(imp.spec)
    except (UnknownPreset, ValueError):
        return None
    request = spec.source.request
    shown = url if url and url.startswith(("http://", "https://")) else _first_url(spec)
    words = ["curl", "-sS", "-L", "--compressed"]
    if request.method != "GET":
        words += ["-X", request.method]
    words.append(shlex.quote(redacted(shown)))
    for name, value in request.headers.items():
        shown_value = "REDACTED" if _SECRET.search(name) else value
        words += ["-H", shlex.quote(f"{name}: {shown_value}")]
    words += _credentials(spec.source.auth)
    words += _body(request)
    return " ".join(words)


def redacted(url: str) -> str:
    """A URL without user, password and what looks like a credential in its query."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "URL"
    if not any(_SECRET.search(name) for name, _ in query):
        return urlunsplit(parts._replace(netloc=host))
    safe = [(name, "REDACTED" if _SECRET.search(name) else value) for name, value in query]
    return urlunsplit(parts._replace(netloc=host, query=urlencode(safe)))


def _first_url(spec: JobImportSpec) -> str:
    parameters = spec.source.preset.parameters if spec.source.preset else {}
    request = spec.source.request
    url = _PARAMETER.sub(lambda found: parameters.get(found[1], found[0]), request.url)
    if not request.query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(request.query)}"


def _credentials(auth: Auth | None) -> list[str]:
    if auth is None:
        return []
    words: list[str] = []
    if auth.bearer:
        words += ["-H", f'"Authorization: Bearer ${_variable(auth.bearer)}"']
    if auth.basic:
        words += ["-u", f'"${_variable(auth.basic)}"']
    for name, key in auth.headers.items():
        words += ["-H", f'{shlex.quote(f"{name}: ")}"${_variable(key)}"']
    for name, key in auth.query.items():
        words += ["--url-query", f'{shlex.quote(f"{name}=")}"${_variable(key)}"']
    return words


def _variable(key: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", key.upper())


def _body(request: Request) -> list[str]:
    if request.json_ is not None:
        text = orjson.dumps(_without_secrets(request.json_)).decode()
        return ["-H", "'Content-Type: application/json'", "-d", shlex.quote(text)]
    if request.form is not None:
        words: list[str] = []
        for name, value in request.form.items():
            shown = "REDACTED" if _SECRET.search(name) else value
            words += ["--data-urlencode", shlex.quote(f"{name}={shown}")]
        return words
    return ["-d", shlex.quote(request.text)] if request.text is not None else []


def _without_secrets(value: dict[str, Any]) -> dict[str, Any]:
    return {name: "REDACTED" if _SECRET.search(name) else each for name, each in value.items()}
