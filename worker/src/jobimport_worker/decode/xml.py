"""XML by lxml's pull parser: local names, no DTD, no entities, elements freed as they are read."""

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from jobimport.xmlpaths import XmlPath
from jobimport_worker.decode.charset import ToUtf8, known_charset, marked_charset, xml_charset
from jobimport_worker.decode.decoder import (
    MAX_RECORD_BYTES,
    Record,
    empty_body,
    endless_record,
    not_what_was_expected,
)
from jobimport_worker.decode.elements import check_absent, local_name
from jobimport_worker.decode.prolog import Prolog
from jobimport_worker.errors import SourceError, Terminal, Transient

_HEAD = 1024
_MOST_DEPTH = 250
"""Levels of a record."""
_PIECE = 64 * 1024
_DOCTYPE = (
    "the XML has a DOCTYPE, which can define entities that grow without bound; it was not read"
)
_DECLARATION = 512
"""Bytes within which an XML declaration ends."""
_BARE_AMPERSAND = ("xmlParseEntityRef: no name", "EntityRef: expecting ';'")
_BEGUN_ENTITY = re.compile(rb"&[#\w.:-]*$")
_TAIL = 64


class XmlDecoder:
    """Records are the elements at a path of local names, such as rss.channel.item.

    An element with neither attributes nor children is its text; else an object: attributes as
    `@name`, text as `#text`, children by name, those that come more than once as a list.
    """

    mended = 0

    def __init__(
        self,
        path: str,
        lists: Sequence[str],
        content_type: str,
        charset: str | None,
        wanted: Sequence[str] = (),
    ) -> None:
        self.values: dict[str, Any] = {}
        self._wanted = {each: XmlPath.parse(each) for each in wanted}
        self._path = path.split(".")
        self._lists = frozenset(lists)
        self._content_type = content_type
        self._head = b""
        self._tail = b""
        self._held, self._begun = b"", False
        self._since_record = 0
        self._count = 0
        self._charset = charset
        self._utf8: ToUtf8 | None = None
        self._prolog = Prolog()
        self._parser = self._new_parser()

    def _new_parser(self) -> etree.XMLPullParser:
        """Takes UTF-8. Its own limits are off (`huge_tree`), since a text may be larger than the
        10 MB that they allow: sizes, depth and entities are bounded here.
        """
        names = {self._path[-1], *(path.names[-1] for path in self._wanted.values())}
        return etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{name}" for name in sorted(names)],
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
            remove_comments=True,
            remove_pis=True,
        )

    def _begin(self, head: bytes) -> None:
        """Choose who decodes: libxml2 reads UTF-8, Python any other charset."""
        self._begun = True
        if marked_charset(head) is not None or b"\x00" in head[:4]:
            self._utf8 = ToUtf8(None)
            return
        declared = self._charset or xml_charset(head)
        if declared is not None and (name := known_charset(declared)) != "utf-8":
            self._utf8 = ToUtf8(name)

    def feed(self, data: bytes) -> Sequence[Record]:
        """The records whose elements are whole."""
        if not self._begun:
            self._held = (self._held + data).lstrip()
            if b">" not in self._held and len(self._held) < _DECLARATION:
                return ()
            data, self._held = self._held, b""
            self._begin(data)
        return self._read(self._utf8.feed(data) if self._utf8 else data)

    def _read(self, data: bytes) -> list[Record]:
        if len(self._head) < _HEAD:
            self._head += data[: _HEAD - len(self._head)]
        self._tail = (self._tail + data[-_TAIL:])[-_TAIL:]
        if not self._prolog.is_over:
            self._prolog.feed(data)
            self._refuse_other_than_root()
        found: list[Record] = []
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            try:
                self._parser.feed(piece)
            except etree.XMLSyntaxError as error:
                raise self._wrong(error) from error
            new = self._take()
            self._since_record = 0 if new else self._since_record + len(piece)
            if self._since_record > MAX_RECORD_BYTES:
                hint = f"check spec.source.format.records {'.'.join(self._path)!r}"
                raise endless_record(self._since_record, self._count, hint)
            found += new
        return found

    def close(self) -> Sequence[Record]:
        """The last records; Transient where the document is not at its end."""
        if not self._begun:
            if not self._held:
                raise empty_body("XML")
            self._begin(self._held)
        last = self._read(self._utf8.feed(self._held, final=True) if self._utf8 else self._held)
        try:
            root = self._parser.close()
        except etree.XMLSyntaxError as error:
            if (self._count or _has_begun(self._head)) and not self._has_bare_ampersand(error):
                raise Transient(f"the XML was cut off: {error.msg}") from error
            raise self._wrong(error) from error
        last += self._take()
        if self._count == 0:
            check_absent(root, self._path)
        return last

    def _take(self) -> list[Record]:
        found: list[Record] = []
        try:
            for _, element in self._parser.read_events():
                names = self._names_of(element)
                if names == self._path:
                    found.append(self._record(element, ""))
                    _free(element)
                elif self._wanted:
                    self._look_at(element, names)
        except etree.XMLSyntaxError as error:
            raise self._wrong(error) from error
        self._count += len(found)
        return found

    def _names_of(self, element: Any) -> list[str]:
        names = [local_name(element.tag)]
        names += [local_name(parent.tag) for parent in element.iterancestors()]
        return names[::-1]

    def _look_at(self, element: Any, names: list[str]) -> None:
        """Keep what was asked for beside the records; the first of several counts."""
        for text, path in self._wanted.items():
            if tuple(names) == path.names and text not in self.values:
                value = path.value(element)
                if value is not None:
                    self.values[text] = value

    def _record(self, element: Any, path: str, depth: int = 0) -> Any:
        if depth > _MOST_DEPTH:
            raise Terminal(f"a record of the XML is nested deeper than {_MOST_DEPTH} levels")
        children = [child for child in element if isinstance(child.tag, str)]
        text = (element.text or "").strip()
        if not children and not element.attrib:
            return text or None
        found: dict[str, Any] = {
            f"@{local_name(name)}": value for name, value in element.attrib.items()
        }
        for child in children:
            name = local_name(child.tag)
            below = f"{path}.{name}" if path else name
            value = self._record(child, below, depth + 1)
            if name in found:
                if not (isinstance(found[name], list) and name in self._many(found)):
                    found[name] = [found[name]]
                    self._many(found).add(name)
                found[name].append(value)
            elif below in self._lists:
                found[name] = [value]
                self._many(found).add(name)
            else:
                found[name] = value
        found.pop(_MANY, None)
        if text:
            found["#text"] = text
        return found

    @staticmethod
    def _many(found: dict[str, Any]) -> set[str]:
        names: set[str] = found.setdefault(_MANY, set())
        return names

    def _refuse_other_than_root(self) -> None:
        found = self._prolog.found
        if found == "doctype":
            raise Terminal(_DOCTYPE)
        if found is not None:
            why = "it is an HTML page" if found == "html" else "it does not begin with <"
            raise not_what_was_expected("XML", self._content_type, self._head, why)

    def _has_bare_ampersand(self, error: etree.XMLSyntaxError) -> bool:
        """Whether that is what is wrong; libxml2 looks as far as the end for an entity's."""
        is_bare = str(error.msg).startswith(_BARE_AMPERSAND)
        return is_bare and not _BEGUN_ENTITY.search(self._tail)

    def _wrong(self, error: etree.XMLSyntaxError) -> SourceError:
        why = str(error.msg)
        if self._has_bare_ampersand(error):
            why += "; an & that begins no entity is to be written &amp;"
        if self._count or _has_begun(self._head):
            return Terminal(f"the XML is broken after {self._count} records: {why}")
        return not_what_was_expected("XML", self._content_type, self._head, why)


_MANY = "\x00many"


def _has_begun(head: bytes) -> bool:
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<?xml") or (
        start[:1] == b"<" and not start[:5].lower().startswith((b"<html", b"<head", b"<body"))
    )


def _free(element: Any) -> None:
    """Drop an element's content and its elder siblings, so that the tree stays small."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
