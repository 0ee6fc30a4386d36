"""spec.source.format and spec.source.responseRules: how an answer is read."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from jobimport.resource.model import Expression, ShortText, SpecModel


class FormatType(StrEnum):
    """How a response is written."""

    JSON = "json"
    JSON_LINES = "jsonLines"
    XML = "xml"
    CSV = "csv"
    SITEMAP = "sitemap"
    JSON_LD = "jsonLd"


class Layout(SpecModel):
    """How a response is written, and where its records are."""

    type: FormatType = Field(
        default=FormatType.JSON,
        description="How the response is written. sitemap: one record a URL, with loc and lastmod;"
        " a sitemap index leads to the sitemaps that it names. jsonLd: the JobPosting objects of an"
        " HTML page. Example: xml.",
    )
    records: ShortText = Field(
        default="",
        description="Path to the records, names joined by dots, in XML from the root on. Empty: the"
        " response is itself the list. A path that is absent is an error. Example: data.jobs.",
    )
    lists: Annotated[list[ShortText], Field(max_length=64)] = Field(
        default_factory=list,
        description="XML paths below a record that are always lists. Example: [offices.office].",
    )
    delimiter: Annotated[str, Field(max_length=1)] = Field(
        default=",", description="CSV: the character between two values. Example: ;."
    )
    charset: ShortText = Field(
        default="",
        description="Charset, where the source declares none or a wrong one; it takes the place of"
        " what the response declares. Example: windows-1252.",
    )


class Format(Layout):
    """How to read the records of a page, and which of them."""

    where: Expression = Field(
        default="",
        description="JMESPath over a record; where it is falsy, the record is left out."
        " Example: contains(loc, '/jobs/').",
    )
    group_by: Expression = Field(
        default="",
        description="JMESPath over a record; rows of a page with the same value become one record"
        " with the others under _rows. Example: shortcode.",
    )
    volatile: Annotated[list[ShortText], Field(max_length=64)] = Field(
        default_factory=list,
        description="Fields of a record that change without meaning; left out of the raw hash."
        " Example: [postedOn].",
    )


_OF_ONE_RECORD = [each.value for each in FormatType if each is not FormatType.SITEMAP]


def _holds_one_record(kind: FormatType) -> FormatType:
    if kind.value not in _OF_ONE_RECORD:
        said = "is a list of pages, and a detail one page; expected {expected}"
        raise PydanticCustomError("many_records", said, {"expected": ", ".join(_OF_ONE_RECORD)})
    return kind


class DetailFormat(Layout):
    """How to read a detail, which is one record."""

    type: Annotated[
        FormatType,
        AfterValidator(_holds_one_record),
        WithJsonSchema({"type": "string", "enum": _OF_ONE_RECORD}),
    ] = Field(
        default=FormatType.JSON,
        description="How the response is written. jsonLd: the JobPosting object of an HTML page."
        " Example: jsonLd.",
    )
    records: ShortText = Field(
        default="",
        description="Path to the detail, names joined by dots, in XML from the root on. Empty: all"
        " of a JSON document. A path that is absent is an error. Example: data.job.",
    )
    volatile: Annotated[list[ShortText], Field(max_length=64)] = Field(
        default_factory=list,
        description="Fields of the detail that change without meaning; left out of the raw hash."
        " Example: [viewCount].",
    )


class ErrorClass(StrEnum):
    """What an answer of the source means for the task."""

    THROTTLED = "Throttled"
    TRANSIENT = "Transient"
    TERMINAL = "Terminal"
    EMPTY = "Empty"


class ResponseRule(SpecModel):
    """An answer that means something else at this source than it says."""

    status: Annotated[
        list[Annotated[int, Field(ge=100, le=599)]], Field(min_length=1, max_length=32)
    ] = Field(description="Status codes that the rule is about. Example: [403].")
    contains: ShortText = Field(
        default="",
        description="Text that the first 16 KiB of the answer hold, whatever its case; empty: any"
        " answer with the status. Example: try again later.",
    )
    class_: ErrorClass = Field(
        alias="class",
        description="Throttled: wait, uses up no attempt. Transient: try again. Terminal: the page"
        " fails. Empty: a page without records. Example: Throttled.",
    )
