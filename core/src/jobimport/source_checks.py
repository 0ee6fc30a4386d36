"""What is wrong with spec.source beyond what its schema can tell."""

import codecs
import json
import re
from collections.abc import Collection, Iterator

from jobimport.mapping import MappingError, compile_expression
from jobimport.problems import Problem, did_you_mean
from jobimport.resource.fetching import Detail, Discover, Partitions, Request
from jobimport.resource.names import CREDENTIALS_NAME
from jobimport.resource.reading import FormatType, Layout
from jobimport.resource.spec import JobImportSpec
from jobimport.resource.walking import Pagination, PaginationType
from jobimport.xmlpaths import XmlPath

_VARIABLE = re.compile(r"\{([+#./;?&]?)([^{}]*)\}")
_FILLED = re.compile(r"\{((?:partition|parameters|record)\.[A-Za-z0-9_.-]+)\}")
"""A variable of a text, as opposed to braces that belong to it, such as those of GraphQL."""
_OPTIONAL = ("?", "&", ";")
"""Expressions that leave a variable out with its name, where it has no value (RFC 6570)."""
_CREDENTIALS = ("authorization", "proxy-authorization", "cookie")
_CONTACT = re.compile(r"[ -~]*")
_NAME = re.compile(r"[^\s./\[\]*{}$:]+")
_PREFIX = re.compile(r"\{[^{}]*\}|[\w-]+:(?=[\w-])|\[[^\]]*\]")
"""A namespace before a name, or a condition after it."""
_ROOTS = ("partition", "parameters", "page", "since")
_SOURCE = "spec.source"
_WITH_VALUES = (FormatType.JSON, FormatType.XML)
"""Formats that can hold a total, a flag or the next page beside the records."""


def check_source(spec: JobImportSpec) -> Iterator[Problem]:
    """All that is wrong with a spec's source, its preset merged in."""
    source = spec.source
    yield from _check_request(spec, source.request, f"{_SOURCE}.request", _ROOTS)
    if not _CONTACT.fullmatch(source.politeness.contact):
        yield Problem(
            f"{_SOURCE}.politeness.contact",
            "goes into the User-Agent, so only printable ASCII: an address or a URL",
        )
    yield from _check_layout(source.format, f"{_SOURCE}.format")
    for name, text in (("where", source.format.where), ("groupBy", source.format.group_by)):
        if text:
            yield from _check_expression(text, f"{_SOURCE}.format.{name}")
    yield from _check_pagination(source.pagination, source.format.type, source.request.url)
    if source.detail is not None:
        yield from _check_detail(spec, source.detail)
    if source.partitions is not None and source.partitions.discover is not None:
        yield from _check_discover(spec, source.partitions.discover)
    if source.incremental is not None and source.incremental.field:
        yield from _check_expression(source.incremental.field, f"{_SOURCE}.incremental.field")


def _check_request(
    spec: JobImportSpec, request: Request, path: str, roots: Collection[str]
) -> Iterator[Problem]:
    url_path = f"{path}.url"
    if not request.url:
        yield Problem(url_path, "a URL is needed: neither the spec nor its preset gives one")
        return
    if not re.match(r"https?://|\{", request.url) and "record" not in roots:
        yield Problem(url_path, f"{request.url[:80]!r} does not begin with http:// or https://")
    for operator, name in _variables(request.url):
        yield from _check_variable(spec, name, url_path, roots, needed=operator not in _OPTIONAL)
    for place, text in _texts(request):
        for name in _FILLED.findall(text):
            yield from _check_variable(spec, name, f"{path}.{place}", roots, needed=True)
    for name in request.headers:
        if name.lower() in _CREDENTIALS:
            yield Problem(
                f"{path}.headers.{name}",
                "would be readable by all who may read the import: put it into the Secret"
                f" {CREDENTIALS_NAME} and name its key in {_SOURCE}.auth",
            )
    bodies = [each for each in (request.json_, request.form, request.text) if each is not None]
    if len(bodies) > 1:
        yield Problem(path, "only one of json, form and text can be sent")


def _check_variable(
    spec: JobImportSpec, variable: str, path: str, roots: Collection[str], *, needed: bool
) -> Iterator[Problem]:
    parameters = spec.source.preset.parameters if spec.source.preset else {}
    sent = spec.source.pagination.send
    own_name = sent.name if sent is not None and sent.in_ == "path" else None
    root, _, name = variable.partition(".")
    if root not in roots and variable != own_name:
        yield Problem(path, f"unknown variable {{{variable}}} (roots: {', '.join(roots)})")
    elif root == "page" and name not in _sent_in_path(spec):
        yield Problem(
            path,
            f"{{{variable}}} is sent by nothing: {_SOURCE}.pagination.send gives {{page.number}}"
            " with {in: path, name: number}",
        )
    elif root == "parameters" and name not in parameters and not spec.source.preset:
        yield Problem(path, f"{{{variable}}} needs spec.source.preset.parameters.{name}")
    elif root == "partition":
        if spec.source.partitions is None:
            yield Problem(path, f"{{{variable}}} needs {_SOURCE}.partitions")
        else:
            yield from _check_partitions(spec.source.partitions, name, path, needed=needed)


def _sent_in_path(spec: JobImportSpec) -> set[str]:
    """The names by which the walk puts something into the url's path."""
    source = spec.source
    asks = source.incremental.send if source.incremental is not None else None
    sent = (source.pagination.send, source.pagination.size, asks)
    return {each.name for each in sent if each is not None and each.in_ == "path"}


def _check_partitions(
    partitions: Partitions, name: str, path: str, *, needed: bool
) -> Iterator[Problem]:
    """Whether the partitions have a value; those that a request will find cannot be known."""
    without = [number for number, each in enumerate(partitions.values) if name not in each]
    has_any = len(without) < len(partitions.values) or partitions.discover is not None
    if without and (needed or not has_any):
        known = sorted({each for values in partitions.values for each in values})
        places = ", ".join(f"[{number}]" for number in without[:5])
        more = f" and {len(without) - 5} more" if len(without) > 5 else ""
        yield Problem(
            path,
            f"{{partition.{name}}} has no value in {_SOURCE}.partitions.values{places}{more}"
            f" ({did_you_mean(name, known)}there: {', '.join(known)})",
        )


def _variables(template: str) -> Iterator[tuple[str, str]]:
    """The variables of a URL, each with the operator of its expression."""
    for operator, names in _VARIABLE.findall(template):
        for name in names.split(","):
            yield operator, name.strip().rstrip("*").split(":")[0]


def _texts(request: Request) -> Iterator[tuple[str, str]]:
    """The texts of a request that variables are put into, beside its URL, by where they are."""
    for place, texts in (
        ("headers", request.headers),
        ("query", request.query),
        ("form", request.form or {}),
    ):
        for name, text in texts.items():
            yield f"{place}.{name}", text
    yield "text", request.text or ""
    yield "json", json.dumps(request.json_ or {})


def _check_layout(form: Layout, path: str) -> Iterator[Problem]:
    if form.type is FormatType.XML and not form.records:
        yield Problem(f"{path}.records", "xml needs the path of the record's element")
    elif form.type in _WITH_VALUES:
        yield from _check_records(form, f"{path}.records")
    if form.charset:
        try:
            codecs.lookup(form.charset)
        except LookupError:
            yield Problem(f"{path}.charset", f"there is no charset {form.charset!r}")


def _check_records(form: Layout, path: str) -> Iterator[Problem]:
    """Whether the path is one of names joined by dots, and not of XPath, JSONPath or JMESPath."""
    plain = ".".join(_NAME.findall(_PREFIX.sub("", form.records)))
    meant = f"; {plain}?" if plain and plain != form.records else ""
    if re.search(r"[/\[\]*{}]|^\$", form.records):
        yield Problem(path, f"is a path of names joined by dots, such as data.jobs{meant}")
    elif form.type is FormatType.XML and ":" in form.records:
        yield Problem(path, f"has names without the prefix of their namespace{meant}")


def _check_expression(text: str, path: str) -> Iterator[Problem]:
    try:
        compile_expression(text)
    except MappingError as error:
        yield Problem(path, str(error))


def _check_pagination(walk: Pagination, form: FormatType, url: str) -> Iterator[Problem]:
    path = f"{_SOURCE}.pagination"
    if walk.type is PaginationType.OFFSET and walk.size is None:
        yield Problem(f"{path}.size", "type offset needs size.value, its step")
    if walk.type in (PaginationType.CURSOR, PaginationType.NEXT_URL) and not (
        walk.next and walk.next.path
    ):
        yield Problem(f"{path}.next", f"type {walk.type} needs next.path")
    if walk.stop.on_short_page and walk.size is None:
        yield Problem(f"{path}.stop.onShortPage", "needs size.value, to know a short page")
    if form is FormatType.SITEMAP and walk.type is not PaginationType.NONE:
        yield Problem(f"{path}.type", "a sitemap is walked by its index: leave pagination out")
    if walk.send is not None and walk.send.in_ == "path" and "{" not in url:
        yield Problem(
            f"{path}.send",
            f"in path: the url needs the variable {{page.{walk.send.name}}} at its place",
        )
    yield from _check_paths(walk, form)


def _check_paths(walk: Pagination, form: FormatType) -> Iterator[Problem]:
    """Paths into the body, which not every format has beside its records."""
    in_body = walk.next.path if walk.next is not None and walk.next.from_ == "body" else ""
    for name, text in (
        ("stop.total", walk.stop.total),
        ("stop.hasMore", walk.stop.has_more),
        ("next.path", in_body),
    ):
        path = f"{_SOURCE}.pagination.{name}"
        if text and form not in _WITH_VALUES:
            yield Problem(path, f"{form} has nothing beside its records; only json and xml have")
        elif text and form is FormatType.XML:
            try:
                XmlPath.parse(text)
            except ValueError as error:
                yield Problem(path, str(error))


def _check_detail(spec: JobImportSpec, detail: Detail) -> Iterator[Problem]:
    path = f"{_SOURCE}.detail"
    roots = ("record", "partition", "parameters")
    yield from _check_request(spec, detail.request, f"{path}.request", roots)
    texts = [detail.request.url, str(detail.request.json_), str(detail.request.query)]
    texts += [str(detail.request.form), str(detail.request.headers), detail.request.text or ""]
    if detail.request.url and not any("record." in text for text in texts):
        yield Problem(
            f"{path}.request", "uses nothing of the record, such as {record.id}: all would be one"
        )
    yield from _check_layout(detail.format, f"{path}.format")


def _check_discover(spec: JobImportSpec, discover: Discover) -> Iterator[Problem]:
    path = f"{_SOURCE}.partitions.discover"
    yield from _check_request(spec, discover.request, f"{path}.request", ("parameters",))
    if discover.format is not None:
        yield from _check_layout(discover.format, f"{path}.format")
    if discover.partitions:
        yield from _check_expression(discover.partitions, f"{path}.partitions")
    else:
        yield Problem(f"{path}.partitions", "is needed: it finds the partitions in the answer")
