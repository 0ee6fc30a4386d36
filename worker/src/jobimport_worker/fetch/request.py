"""From a spec's request to the one that is sent: templates filled in, credentials added."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
import uritemplate

from jobimport.resource.fetching import Auth, Request
from jobimport.resource.names import CREDENTIALS_NAME
from jobimport.shapes import is_list, is_object
from jobimport_worker.errors import Misconfigured

_VARIABLE = re.compile(r"\{([a-z]+(?:\.[A-Za-z0-9_-]+)*)\}")


@dataclass(frozen=True, slots=True)
class Sent:
    """Values that pagination adds to a request, by the part of the request."""

    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    json: dict[str, Any] = field(default_factory=dict[str, Any])
    form: dict[str, str] = field(default_factory=dict[str, str])
    path: dict[str, str] = field(default_factory=dict[str, str])
    url: str | None = None
    """The whole address, where the source's answer gave it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request ready to be sent, without credentials."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    home: str = ""
    """The spec's own url, also where the address itself came from the source."""


def prepare(
    request: Request, values: Mapping[str, str], sent: Sent, *, home: str | None = None
) -> Prepared:
    """Fill in a request's templates and add what pagination sends. `values` are by `root.name`.

    `home` is the url whose host credentials are for, where that is not the request's own: a
    detail's address may come from the source.
    """
    known = {**values, **{f"page.{name}": each for name, each in sent.path.items()}}
    variables: dict[str, Any] = {**known, **sent.path}
    own = str(uritemplate.expand(request.url, variables))
    if sent.url is not None:
        url = sent.url
    else:
        url = own
        query = {name: fill(each, known) for name, each in request.query.items()} | sent.query
        url = with_query(url, query)
    headers = {name: fill(each, known) for name, each in request.headers.items()} | sent.headers
    body, content_type = _body(request, known, sent)
    if content_type:
        headers.setdefault("Content-Type", content_type)
    return Prepared(request.method, url, headers, body, own if home is None else home)


def variables_of(request: Request) -> set[str]:
    """All variables that a request's templates name, such as record.id."""
    texts = [*request.headers.values(), *request.query.values(), *(request.form or {}).values()]
    texts += [request.text or "", *_texts(request.json_ or {})]
    found = set(uritemplate.variables(request.url))
    return found | {name for text in texts for name in _VARIABLE.findall(text)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_object(value):
        for each in value.values():
            yield from _texts(each)
    elif is_list(value):
        for each in value:
            yield from _texts(each)


def expand(url: str, values: Mapping[str, str]) -> str:
    """A url's template filled in; what is not known is left out (RFC 6570)."""
    return str(uritemplate.expand(url, dict(values)))


def with_query(url: str, query: Mapping[str, str]) -> str:
    """The URL with query parameters set; those of the same name are replaced."""
    if not query:
        return url
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in query]
    return urlunsplit(parts._replace(query=urlencode([*kept, *query.items()])))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into a text's {root.name}; what is not known stays as it is."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def _body(
    request: Request, values: Mapping[str, str], sent: Sent
) -> tuple[bytes | None, str | None]:
    if request.json_ is not None or sent.json:
        document = _fill_json(request.json_ or {}, values)
        for path, value in sent.json.items():
            document = _with(document, path.split("."), value)
        return orjson.dumps(document), "application/json"
    if request.form is not None or sent.form:
        form = {name: fill(each, values) for name, each in (request.form or {}).items()} | sent.form
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    if request.text is not None:
        return fill(request.text, values).encode(), "text/plain; charset=utf-8"
    return None, None


def _with(document: Any, names: list[str], value: Any) -> Any:
    """The document with a value set at a path of names; what is no object on the way gives way."""
    fields: dict[str, Any] = dict(document) if is_object(document) else {}
    below = names[1:]
    fields[names[0]] = _with(fields.get(names[0]), below, value) if below else value
    return fields


def _fill_json(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return fill(value, values)
    if is_object(value):
        return {str(key): _fill_json(each, values) for key, each in value.items()}
    if is_list(value):
        return [_fill_json(each, values) for each in value]
    return value


class Credentials:
    """The credentials of one source, read from the mounted Secret when they are used."""

    def __init__(self, auth: Auth | None, folder: Path) -> None:
        self._auth = auth
        self._folder = folder

    def add_to(self, request: Prepared, home: str) -> tuple[str, dict[str, str]]:
        """URL and headers for the request; credentials only for the source's own hosts.

        `home` is the spec's url. Where that is https, nothing is sent in the clear: a link or a
        redirect to http is followed without credentials. Misconfigured where a key is missing.
        """
        auth, own, target = self._auth, urlsplit(home), urlsplit(request.url)
        headers = dict(request.headers)
        is_for = auth is not None and target.hostname in (auth.allowed_hosts or [own.hostname])
        if auth is None or not is_for or (own.scheme, target.scheme) == ("https", "http"):
            return request.url, headers
        if auth.bearer:
            headers["Authorization"] = f"Bearer {self._read_for_header(auth.bearer)}"
        if auth.basic:
            pair = base64.b64encode(self._read(auth.basic).encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        headers |= {name: self._read_for_header(key) for name, key in auth.headers.items()}
        query = {name: self._read(key) for name, key in auth.query.items()}
        return with_query(request.url, query), headers

    def secrets(self) -> list[str]:
        """Every secret value of the source, for redaction, as far as they can be read."""
        if self._auth is None:
            return []
        keys = [self._auth.bearer, self._auth.basic, *self._auth.headers.values()]
        found: list[str] = []
        for key in [*keys, *self._auth.query.values()]:
            path = self._folder / key if key else None
            if path is not None and path.is_file():
                found.append(path.read_text("utf-8", "replace").strip())
        return [secret for secret in found if secret]

    def _read_for_header(self, key: str) -> str:
        value = self._read(key)
        if not (value.isascii() and value.isprintable()):
            raise Misconfigured(
                f"the key {key!r} of the Secret {CREDENTIALS_NAME} goes into a header, so it must"
                " be one line of printable ASCII: mend it"
            )
        return value

    def _read(self, key: str) -> str:
        path = self._folder / key
        try:
            value = path.read_text("utf-8").strip()
        except UnicodeDecodeError as error:
            raise Misconfigured(
                f"the key {key!r} of the Secret {CREDENTIALS_NAME} is no text in UTF-8: mend it"
            ) from error
        except OSError as error:
            raise Misconfigured(
                f"the Secret {CREDENTIALS_NAME} of the namespace has no key {key!r},"
                " which spec.source.auth names: add it"
            ) from error
        if not value:
            raise Misconfigured(
                f"the key {key!r} of the Secret {CREDENTIALS_NAME} is empty: mend it"
            )
        return value
