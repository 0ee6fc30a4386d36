"""HTML with nothing in it that can run, load or style.

nh3 (ammonia) does it, by an allow-list, and is the only judge of anything unusual. Most
descriptions are a few bare tags and text, though, and leave nh3 as they came: those are recognised
and kept, at half the cost. A property test holds that what is recognised is a fixed point of
nh3.
"""

import re
from functools import lru_cache

import nh3

_TAGS = frozenset(
    "a abbr b blockquote br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span"
    " strong sub sup table tbody td th thead tr u ul".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)

_ENTITY = re.compile(rb"&(?:amp|lt|gt|nbsp);")
_UNUSUAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\xa0\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\ufeff]")
"""Characters that parsing changes, or that are written as entities."""
_MARKS = b"<>&"
_USUAL_BYTES = bytes({0x09, 0x0A, *range(0x20, 0x7F), *range(0x80, 0x100)} - {0xC2, 0xEF, *_MARKS})
"""Bytes of UTF-8 in which none of them can be, and that are no markup: they are dropped first, so
that one pass over the text leaves the few that are to be looked at.
"""
_UNMARKED = bytes(set(range(0x100)) - {*b"<>"})

_INLINE = frozenset(("b", "em", "i", "strong", "u", "small", "code", "s", "span", "sub", "sup"))
_FLOW = frozenset(("p", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"))
_MOST_DEPTH = 16


def clean_html(text: str) -> str | None:
    """The HTML without what is not allowed; None where nothing is left."""
    cleaned = text if _is_clean(text) else _CLEANER.clean(text)
    return cleaned.strip() or None


def _is_clean(text: str) -> bool:
    """Whether cleaning would give the text as it is: certain where True, and no more than that."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        return False
    rest = encoded.translate(None, _USUAL_BYTES)
    entities = rest.count(b"&")
    if entities and entities != len(_ENTITY.findall(encoded)):
        return False
    marks = rest.translate(None, _UNMARKED)
    if marks != b"<>" * (len(marks) // 2):
        return False
    if len(rest) != len(marks) + entities and _UNUSUAL.search(text) is not None:
        return False
    # The marks take turns, so that every second piece between them is what stands in a tag
    tags = encoded.replace(b">", b"<").split(b"<")[1::2]
    return not tags or _is_well_formed(b"<".join(tags))


@lru_cache(maxsize=4096)
def _is_well_formed(tags: bytes) -> bool:
    """Whether tags are bare, allowed, and nested as the HTML parser would nest them.

    `tags` are what stands in at least one of them, with `<` between.
    """
    open_tags: list[str] = []
    for name in tags.decode().split("<"):
        parent = open_tags[-1] if open_tags else ""
        if name == "br" and parent not in ("ul", "ol"):
            continue
        if name.startswith("/"):
            if not open_tags or name[1:] != parent:
                return False
            open_tags.pop()
        elif len(open_tags) < _MOST_DEPTH and _may_stand_in(name, parent, open_tags):
            open_tags.append(name)
        else:
            return False
    return not open_tags


def _may_stand_in(name: str, parent: str, open_tags: list[str]) -> bool:
    if name == "li":
        return parent in ("ul", "ol")
    if name in _FLOW:
        return parent in ("", "li")
    return name in _INLINE and parent not in ("ul", "ol") and name not in open_tags
