"""What a response says about its walk: the total, and the way to the next page."""

from dataclasses import dataclass
from typing import Any

from jobimport.mapping.pay import to_number
from jobimport.resource.walking import Pagination, PaginationType
from jobimport_worker.decode.sitemap import SITEMAPS
from jobimport_worker.fetch.answer import Answer
from jobimport_worker.fetch.urls import joined
from jobimport_worker.paginate import PageFacts


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands beside the records of a response: values of the body by path, and headers."""

    values: dict[str, Any]
    header: str | None = None
    link: str | None = None
    base_url: str = ""
    total_header: str | None = None


def signs_of(pagination: Pagination, answer: Answer, values: dict[str, Any]) -> Signs:
    """The signs of a response; `values` are those that its decoder found."""
    link = _next_link(answer) if pagination.type is PaginationType.LINK else None
    told = pagination.stop.total_header
    total = answer.header(told) if told else None
    return Signs(values, _next_header(pagination, answer), link, answer.final_url, total)


def facts_of(
    pagination: Pagination, signs: Signs, records: int, repeats: int | None = None
) -> PageFacts:
    """What the page turned out to be; `records` counts all of them, as decoded."""
    following = signs.link
    if pagination.next is not None:
        in_body = pagination.next.from_ == "body"
        value = signs.values.get(pagination.next.path) if in_body else signs.header
        following = str(value) if value not in (None, "", False) else None
    stop = pagination.stop
    total = _total(signs.values.get(stop.total)) if stop.total else None
    return PageFacts(
        records=records,
        total=_total(signs.total_header) if total is None else total,
        has_more=bool(signs.values.get(stop.has_more)) if stop.has_more else None,
        next=following,
        base_url=signs.base_url,
        repeats=repeats,
        sitemaps=_sitemaps(signs),
    )


def _sitemaps(signs: Signs) -> tuple[str, ...] | None:
    """The addresses that a sitemap index names; None where the response is none."""
    named = signs.values.get(SITEMAPS)
    return None if named is None else tuple(joined(signs.base_url, each) for each in named)


def _total(value: Any) -> int | None:
    """The advertised total; None where the source does not tell it, which is not 0 (P9)."""
    try:
        number = to_number(value)
    except ValueError:
        return None
    return int(number) if number is not None and number >= 0 else None


def _next_link(answer: Answer) -> str | None:
    """The URL of rel="next" in the Link header (RFC 8288)."""
    link = answer.response.links.get("next", {}).get("url")
    return joined(answer.final_url, link) if link else None


def _next_header(pagination: Pagination, answer: Answer) -> str | None:
    if pagination.next is None or pagination.next.from_ != "header":
        return None
    return answer.header(pagination.next.path)
