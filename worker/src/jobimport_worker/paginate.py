"""How to get from one page to the next: pure functions over what a page said.

The state of a walk is in its tasks' payloads and in the pages that are done, never in a worker: so
partitions cannot mix up their states, and a walk goes on after a crash where it was.
"""

from dataclasses import dataclass, replace
from typing import Any

from jobimport.resource.walking import Incremental, Pagination, PaginationType, Place
from jobimport_worker.fetch.request import Sent
from jobimport_worker.fetch.urls import joined

MAX_PAGES = 100_000
"""Pages of one partition after which a walk is called endless."""
_INDEXED_PAGES = 100_000
"""Numbers for the sitemaps of one index: more than any has."""
_MOST_INDEXES = 2
"""How deep indexes may be within an index."""


@dataclass(frozen=True, slots=True)
class PageRef:
    """Which page a task is about. `number` counts from 1 within its partition."""

    number: int = 1
    offset: int | None = None
    cursor: str | None = None
    url: str | None = None
    total: int | None = None
    """The total that the first page told."""
    fanned: bool = False
    """Whether the page was one of many that the first page made known at once."""
    since: str | None = None
    """The time since which changes are asked for, as it is sent; None: the walk is full."""

    def to_payload(self) -> dict[str, Any]:
        """As it stands in the queue and in MongoDB."""
        named = {
            "number": self.number,
            "offset": self.offset,
            "cursor": self.cursor,
            "url": self.url,
            "total": self.total,
            "fanned": self.fanned or None,
            "since": self.since,
        }
        return {name: value for name, value in named.items() if value is not None}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> "PageRef":
        """Read what to_payload wrote."""
        return cls(
            number=payload.get("number", 1),
            offset=payload.get("offset"),
            cursor=payload.get("cursor"),
            url=payload.get("url"),
            total=payload.get("total"),
            fanned=payload.get("fanned", False),
            since=payload.get("since"),
        )


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page turned out to be. `records` counts all of them, as decoded."""

    records: int
    total: int | None = None
    has_more: bool | None = None
    next: str | None = None
    base_url: str = ""
    repeats: int | None = None
    """Number of another page of the walk with the same records, or with the same next page."""
    sitemaps: tuple[str, ...] | None = None
    """The sitemaps that a sitemap index names; None: the page is none."""


@dataclass(frozen=True, slots=True)
class Following:
    """The pages that follow, as data: one, a range of equal pages, or a list of addresses."""

    first: PageRef
    count: int = 1
    step: int = 0
    """How much the offset grows from page to page."""
    urls: tuple[str, ...] = ()
    """The address of each page, where they are not equal."""

    def pages(self) -> list[PageRef]:
        """All of them."""
        return [self._page(index) for index in range(self.count)]

    def _page(self, index: int) -> PageRef:
        first = self.first
        return replace(
            first,
            number=first.number + index,
            offset=None if first.offset is None else first.offset + index * self.step,
            url=self.urls[index] if self.urls else first.url,
        )

    def to_document(self) -> dict[str, Any]:
        """As it stands in MongoDB."""
        document = {"first": self.first.to_payload(), "count": self.count, "step": self.step}
        return document | ({"urls": list(self.urls)} if self.urls else {})

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Following":
        """Read what to_document wrote."""
        first = PageRef.from_payload(document["first"])
        return cls(first, document["count"], document["step"], tuple(document.get("urls", ())))


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from a page.

    `closed`: all pages of the walk are known. `proof`: and the source said, or showed, that this is
    the end. `truncated`: the source's own limit ended it. `problem`: why the walk proves nothing.
    """

    following: Following | None = None
    closed: bool = True
    proof: bool = False
    truncated: bool = False
    problem: str | None = None


def sent_for(pagination: Pagination, page: PageRef, incremental: Incremental | None = None) -> Sent:
    """What the request of a page carries."""
    parts: dict[str, dict[str, Any]] = {
        place: {} for place in ("query", "header", "json", "form", "path")
    }
    if page.url is not None:
        return Sent(url=page.url)
    if incremental is not None and page.since is not None:
        since = int(page.since) if page.since.lstrip("-").isdigit() else page.since
        _put(parts, incremental.send.in_, incremental.send.name, since)
    if pagination.size and pagination.size.name:
        _put(parts, pagination.size.in_, pagination.size.name, pagination.size.value)
    send = pagination.send
    place: Place = send.in_ if send else "query"
    if pagination.type is PaginationType.PAGE:
        name = send.name if send else "page"
        _put(parts, place, name, page.number - 1 + _start(pagination))
    elif pagination.type is PaginationType.OFFSET:
        name = send.name if send else "offset"
        offset = page.offset if page.offset is not None else _start(pagination)
        _put(parts, place, name, offset)
    elif pagination.type is PaginationType.CURSOR and page.cursor is not None:
        _put(parts, place, send.name if send else "cursor", page.cursor)
    return Sent(parts["query"], parts["header"], parts["json"], parts["form"], parts["path"])


def _put(parts: dict[str, dict[str, Any]], place: Place, name: str, value: Any) -> None:
    parts[place][name] = value if place == "json" else str(value)


def _start(pagination: Pagination) -> int:
    if pagination.start is not None:
        return pagination.start
    return 1 if pagination.type is PaginationType.PAGE else 0


def lead_of(pagination: Pagination, facts: PageFacts) -> str | None:
    """Where a page leads to, by which a walk that goes round is known; None where nowhere."""
    if pagination.type is PaginationType.CURSOR:
        return facts.next
    if pagination.type in (PaginationType.NEXT_URL, PaginationType.LINK) and facts.next:
        return joined(facts.base_url, facts.next)
    return None


def wanted_values(pagination: Pagination) -> list[str]:
    """Paths in the body that pagination needs beside the records."""
    paths = [pagination.stop.total, pagination.stop.has_more]
    if pagination.next and pagination.next.from_ == "body":
        paths.append(pagination.next.path)
    return [path for path in paths if path]


def next_step(pagination: Pagination, page: PageRef, facts: PageFacts) -> Step:
    """What follows from a page that was read to its end."""
    kind = pagination.type
    if facts.sitemaps is not None:
        return _indexed(page, facts.sitemaps, facts.base_url)
    if kind is PaginationType.NONE:
        return Step(proof=True)
    if facts.repeats is not None:
        return Step(
            problem=f"page {page.number} repeats page {facts.repeats}: the source goes round in a"
            " loop, or takes no notice of the page asked for"
        )
    if _is_capped(pagination, page, facts):
        return Step(truncated=True)
    if page.fanned:
        return Step(proof=True)
    if page.number >= MAX_PAGES:
        return Step(
            problem=f"the walk has not ended after {MAX_PAGES:,} pages: the source looks endless"
        )
    if kind in (PaginationType.CURSOR, PaginationType.NEXT_URL, PaginationType.LINK):
        return _linked(pagination, page, facts)
    return _counted(pagination, page, facts)


def _indexed(page: PageRef, sitemaps: tuple[str, ...], address: str) -> Step:
    """The sitemaps of an index are pages that can be walked side by side, indexes among them.

    Those of an index within an index are numbered in a range of its own, below its number.
    """
    if page.number >= _INDEXED_PAGES**_MOST_INDEXES:
        return Step(
            problem=f"page {page.number} is a sitemap index more than {_MOST_INDEXES} indexes deep;"
            " name it in spec.source.partitions"
        )
    if {address, page.url} & set(sitemaps):
        return Step(problem=f"page {page.number} is a sitemap index that names itself")
    if not sitemaps:
        return Step(proof=True)
    number = page.number * _INDEXED_PAGES if page.fanned else page.number
    first = PageRef(number + 1, fanned=True, since=page.since)
    return Step(Following(first, len(sitemaps), urls=sitemaps), proof=True)


def _linked(pagination: Pagination, page: PageRef, facts: PageFacts) -> Step:
    if not facts.next and facts.has_more:
        return Step(problem=f"page {page.number} says that there are more, and names no next page")
    if not facts.next or facts.has_more is False:
        return Step(proof=True)
    total = page.total if page.total is not None else facts.total
    following = PageRef(page.number + 1, total=total, since=page.since)
    if pagination.type is PaginationType.CURSOR:
        if facts.next == page.cursor:
            return Step(problem=f"page {page.number} gives its own cursor as the next one")
        following = replace(following, cursor=facts.next)
    else:
        url = joined(facts.base_url, facts.next)
        if url == page.url:
            return Step(problem=f"page {page.number} links to itself as the next page")
        following = replace(following, url=url)
    return Step(Following(following), closed=False)


def _counted(pagination: Pagination, page: PageRef, facts: PageFacts) -> Step:
    size = _page_size(pagination, facts)
    if facts.records == 0 and facts.has_more:
        return Step(problem=f"page {page.number} is empty, and says that there are more")
    if facts.records == 0:
        return Step(proof=True)
    if page.number == 1 and facts.total is not None:
        return _fan_out(pagination, page, facts.total, size)
    if facts.has_more is False:
        return Step(proof=True)
    asked = pagination.size.value if pagination.size else None
    if pagination.stop.on_short_page and asked is not None and facts.records < asked:
        return Step(proof=True)
    offset = None
    if pagination.type is PaginationType.OFFSET:
        offset = (page.offset if page.offset is not None else _start(pagination)) + size
    following = PageRef(page.number + 1, offset=offset, total=page.total, since=page.since)
    return Step(Following(following), closed=False)


def _page_size(pagination: Pagination, facts: PageFacts) -> int:
    """The records of a full page: as asked for, unless the source gives fewer."""
    asked = pagination.size.value if pagination.size else facts.records
    if facts.total is not None and facts.total > facts.records:
        return max(1, min(asked, facts.records))
    return max(1, asked)


def _fan_out(pagination: Pagination, page: PageRef, total: int, size: int) -> Step:
    """All pages after the first, by the total: they can be walked side by side."""
    cap = pagination.cap.records
    within = min(total, cap) if cap is not None else total
    pages = min(-(-within // size), MAX_PAGES)
    truncated = cap is not None and total >= cap
    if pages <= 1:
        return Step(proof=not truncated, truncated=truncated)
    offset = None
    if pagination.type is PaginationType.OFFSET:
        offset = _start(pagination) + size
    first = PageRef(2, offset=offset, total=total, fanned=True, since=page.since)
    return Step(Following(first, pages - 1, size), proof=not truncated, truncated=truncated)


def _seen_after(pagination: Pagination, page: PageRef, facts: PageFacts) -> int:
    if page.offset is not None:
        return page.offset - _start(pagination) + facts.records
    size = pagination.size.value if pagination.size else facts.records
    return (page.number - 1) * size + facts.records


def _is_capped(pagination: Pagination, page: PageRef, facts: PageFacts) -> bool:
    """Whether the walk has reached the source's own limit.

    As many records as the limit are taken for more: a source that ends there tells a total, or an
    end, of what it gives, and not of what it has.
    """
    cap = pagination.cap.records
    if cap is None or not facts.records or _seen_after(pagination, page, facts) < cap:
        return False
    total = page.total if page.total is not None else facts.total
    return total is None or total >= cap
