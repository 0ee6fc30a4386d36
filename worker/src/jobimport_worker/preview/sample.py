"""The records of a page, mapped: what a preview shows of them, and what it warns of."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from jobimport.mapping import RecordError
from jobimport.mapping.canonical import FIELDS
from jobimport.preview import FilledField, PreviewReject
from jobimport.resource.spec import MappingSpec
from jobimport.shapes import is_object
from jobimport.store.rejects import Reject, raw_text
from jobimport_worker.batches import identify, matches
from jobimport_worker.comparing import mapped
from jobimport_worker.context import RunContext

MOST_RECORDS = 2_000
"""Records of a page that a preview looks at."""

_SHOWN_REJECTS = 20
_SHOWN_RAW = 2_000
_LEAST_TO_COMPARE = 5
_ALIKE = ("title", "description", "url", "applyUrl")
_ESCAPED = ("&lt;p", "&lt;div", "&lt;br", "&lt;ul", "&lt;h")


class Sample:
    """Takes records one by one; `limit` postings are kept to be shown."""

    def __init__(self, context: RunContext, limit: int) -> None:
        self.records = 0
        self.filtered = 0
        self.rejected = 0
        self.gone = 0
        """Records whose detail the source has not any more."""
        self.postings: list[dict[str, Any]] = []
        self.rejects: list[PreviewReject] = []
        self._context = context
        self._limit = limit
        self._mapped = 0
        self._filled: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._examples: dict[str, str] = {}
        self._values: dict[str, set[bytes]] = {}
        self._ids: Counter[str] = Counter()
        self._nameless = 0
        self._escaped = 0

    @property
    def is_full(self) -> bool:
        """Whether more records would tell nothing new."""
        return self.records + self.filtered >= MOST_RECORDS

    def add(self, records: Sequence[Any]) -> None:
        """Map records, up to the bound."""
        for record in records:
            if self.is_full:
                return
            if self._is_wanted(record):
                self.records += 1
                self._map(record)
            else:
                self.filtered += 1

    def wanted(self, records: Sequence[Any]) -> list[Any]:
        """The records that the filter lets through; the others are counted."""
        kept = [each for each in records if self._is_wanted(each)]
        self.filtered += len(records) - len(kept)
        return kept

    def refuse(self, record: Any, reason: str, message: str) -> None:
        """Take a record that cannot be mapped at all."""
        self.records += 1
        self._reject(self._context.mapping.external_id(record), reason, message, record)

    def _is_wanted(self, record: Any) -> bool:
        where = self._context.where
        return where is None or matches(where, record)

    def _map(self, record: Any) -> None:
        found = identify(self._context, record)
        if isinstance(found, Reject):
            self._nameless += 1
            self._reject(None, found.reason, found.message, record)
            return
        external_id = found.external_id
        self._ids[external_id] += 1
        try:
            posting, _ = mapped(self._context.mapping, found)
        except RecordError as error:
            self._reject(external_id, error.reason, str(error), record)
            return
        self._mapped += 1
        shown = _as_json({"externalId": external_id, **posting.fields})
        self._cover(shown)
        for name, why in posting.errors.items():
            self._errors[name] += 1
            self._examples.setdefault(name, why)
        if len(self.postings) < self._limit:
            self.postings.append(shown)

    def _cover(self, posting: dict[str, Any]) -> None:
        for name, value in posting.items():
            if name in FIELDS:
                self._filled[name] += 1
                digest = hashlib.blake2b(orjson.dumps(value), digest_size=8).digest()
                self._values.setdefault(name, set()).add(digest)
        described = str(posting.get("description", "")).lower()
        self._escaped += any(mark in described for mark in _ESCAPED)

    def _reject(self, external_id: str | None, reason: str, message: str, record: Any) -> None:
        self.rejected += 1
        if len(self.rejects) < _SHOWN_REJECTS:
            raw = raw_text(record)
            raw = raw if len(raw) <= _SHOWN_RAW else raw[:_SHOWN_RAW] + "…"
            reject = PreviewReject(external_id=external_id, reason=reason, message=message, raw=raw)
            self.rejects.append(reject)

    def coverage(self) -> dict[str, FilledField]:
        """The fields that the mapping names or that came out, in the order of the documentation."""
        named = mapped_fields(self._context.spec.mapping)
        return {
            name: FilledField(
                filled=self._filled[name],
                errors=self._errors[name],
                distinct=len(self._values.get(name, ())),
            )
            for name in FIELDS
            if name in named or self._filled[name]
        }

    def warnings(self) -> Iterator[str]:
        """What a careful reader of the postings would notice, as sentences."""
        yield from self._about_records()
        if self._mapped:
            yield from self._about_fields()
            yield from self._about_coverage()

    def _about_records(self) -> Iterator[str]:
        if not self.records + self.filtered:
            yield "The page holds no record."
        elif not self.records:
            yield f"source.format.where leaves out all {self.filtered:,} records of the page."
        if self.is_full:
            yield f"Only the first {MOST_RECORDS:,} records of the page were looked at."
        if self.gone:
            yield f"The source has no detail any more of {self.gone:,} records."
        if self.rejected:
            yield f"{self.rejected:,} of {self.records:,} records would be rejected."
        twice = sum(count > 1 for count in self._ids.values())
        if twice:
            example = next(each for each, count in self._ids.items() if count > 1)
            yield (
                f"{twice:,} externalIds come more than once, such as {example!r}: only one record"
                " of each is kept. Choose another mapping.externalId, or source.format.groupBy"
                " where a posting has several rows."
            )

    def _about_fields(self) -> Iterator[str]:
        for name in sorted(mapped_fields(self._context.spec.mapping)):
            if self._errors[name]:
                yield (
                    f"mapping.{name} cannot be read in {self._errors[name]:,} of"
                    f" {self._mapped:,} postings: {self._examples[name]}"
                )
            elif not self._filled[name]:
                yield f"mapping.{name} gives nothing in any of {self._mapped:,} postings."
        if self._mapped >= _LEAST_TO_COMPARE:
            for name in _ALIKE:
                if self._filled[name] > 1 and len(self._values[name]) == 1:
                    yield f"{name} is the same in all postings: is mapping.{name} right?"
        if self._escaped:
            yield (
                f"The description of {self._escaped:,} postings shows HTML tags as text: it is"
                " escaped twice. Try html(unescape(…)) in mapping.description."
            )

    def _about_coverage(self) -> Iterator[str]:
        for name, least in sorted(self._context.spec.mapping.min_coverage.items()):
            share = 100 * self._filled[name] // self._mapped
            if share < least:
                yield (
                    f"{name} is filled in {share}% of the postings, below minCoverage {least}%:"
                    " such a run is Held."
                )


def mapped_fields(spec: MappingSpec) -> set[str]:
    """The canonical fields that a mapping gives a value to."""
    written = spec.model_dump(by_alias=True, exclude_defaults=True)
    return {name for name in FIELDS if written.get(name)} | set(spec.constants)


def _as_json(posting: dict[str, Any]) -> dict[str, Any]:
    found = orjson.loads(orjson.dumps(posting, default=str))
    return found if is_object(found) else {}
