"""What a record asks of the posting that is stored of it. Nothing is read or written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from jobimport.ids import PartitionKey, RunId
from jobimport.mapping import CompiledMapping, MappedPosting, RecordError
from jobimport.mapping.coverage import FIELD_BITS, filled_bits
from jobimport.mapping.hashes import hash_of, json_bytes
from jobimport.store.collections import Document
from jobimport.store.history import differences
from jobimport.store.postings import CONTENT_FIELDS, MOST_CONTENT_BYTES, Change, same_run, too_large
from jobimport_worker.errors import Transient
from jobimport_worker.tally import Tally


def oversize(what: str, size: int, most: int) -> RecordError:
    """The error of a record that is larger than can be kept; sizes in bytes."""
    return RecordError(
        "TooLarge",
        f"the {what} has {size:,} bytes, {most:,} can be kept; leave its largest field out of the"
        " mapping (or keepRaw), or ask the source for less",
    )


MOST_RECORD_BYTES = 16 * 1024 * 1024
"""JSON of a record that is mapped, the largest document of MongoDB: mapping takes it many times."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record with an id, and the hash of all in it that has a meaning."""

    external_id: str
    record: Any
    raw_hash: str
    settled: bool = False
    """Whether the stored posting is known to be as it should be: the record is without the detail
    that it was made of, and must not be mapped.
    """
    problem: RecordError | None = None
    """Why it cannot become a posting, whatever the mapping; it counts as seen all the same."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found of a posting, and what is to be done; `change` None: nothing.

    `mapped` None: the record was as before, and was not mapped.
    """

    external_id: str
    stored: Document | None
    change: Change | None
    mapped: MappedPosting | None = None
    clash: bool = False
    """Whether another page of this run wrote the posting with other content."""
    collides: bool = False
    """Whether an earlier batch of this attempt did: the page gives the id twice."""


@dataclass(frozen=True, slots=True)
class Comparer:
    """Decides for the records of one attempt at a page of a partition."""

    mapping: CompiledMapping
    guarded: Sequence[str]
    """Fields whose good values are kept when the record gives null, until the run is judged."""
    partition: PartitionKey
    write_token: str

    def decide(self, candidate: Candidate, stored: Document | None, now: datetime) -> Decision:
        """Decide for one record; RecordError where it cannot become a posting."""
        external_id = candidate.external_id
        if stored is not None and stored["writeToken"] > self.write_token:
            # P1: a newer run, or a later attempt, has written it
            return Decision(external_id, stored, None)
        if stored is not None and self._is_as_before(candidate, stored):
            return Decision(external_id, stored, self._touch(candidate, stored, None, now))
        if candidate.settled:
            raise Transient(f"the posting of {external_id[:80]} was removed while it was looked at")
        posting, hashed = mapped(self.mapping, candidate)
        if stored is not None and stored.get("contentHash") == hashed:
            change = self._touch(candidate, stored, posting, now)
            return Decision(external_id, stored, change, posting)
        change = Change(
            external_id,
            None,
            candidate.raw_hash,
            self.mapping.hash,
            hashed,
            posting.fields,
            filled_bits=filled_bits(posting.fields),
            errors=posting.errors,
        )
        if stored is None:
            return Decision(external_id, None, change, posting)
        change = replace(
            change,
            found_token=stored["writeToken"],
            found_content=stored.get("contentHash"),
            reopen=is_closed(stored) and not stays_closed(stored, posting.fields, now),
            kept=self._kept(stored, posting.fields),
        )
        clash = (
            same_run(stored["writeToken"], self.write_token)
            and stored.get("mappingHash") == self.mapping.hash  # else the run began anew
        )
        collides = stored["writeToken"] == self.write_token
        return Decision(external_id, stored, change, posting, clash, collides)

    def _is_as_before(self, candidate: Candidate, stored: Document) -> bool:
        return candidate.settled or (
            candidate.problem is None
            and is_unchanged(stored, candidate.raw_hash, self.mapping.hash)
        )

    def _touch(
        self, candidate: Candidate, stored: Document, mapped: MappedPosting | None, now: datetime
    ) -> Change | None:
        """A change of a posting whose content is as it was: reopened, or seen elsewhere."""
        closed = is_closed(stored)
        fields = stored if mapped is None else mapped.fields
        reopen = closed and not stays_closed(stored, fields, now)
        rehash = mapped is not None and stored.get("mappingHash") != self.mapping.hash
        is_here = self.partition in stored.get("partitions", [])
        if is_here and not reopen and not rehash and (closed or not stored.get("misses")):
            return None
        return Change(
            candidate.external_id,
            stored["writeToken"],
            candidate.raw_hash,
            self.mapping.hash,
            stored.get("contentHash"),
            filled_bits=filled_bits(fields),
            errors=mapped.errors if mapped else {},
            found_content=stored.get("contentHash"),
            reopen=reopen,
            rehash=rehash,
            kept=tuple(stored.get("keptFields", ())),
        )

    def _kept(self, stored: Document, fields: Mapping[str, Any]) -> tuple[str, ...]:
        bits = stored.get("filledBits", ~0)
        kept = stored.get("keptFields", ())
        return tuple(
            name
            for name in self.guarded
            if name not in fields and (bits & FIELD_BITS[name] or name in kept)
        )


def mapped(mapping: CompiledMapping, candidate: Candidate) -> tuple[MappedPosting, str]:
    """The posting of a candidate, and the hash of its content; RecordError where there is none."""
    if candidate.problem is not None:
        raise candidate.problem
    try:
        posting = mapping.map(candidate.record)
        encoded = json_bytes(posting.fields)
    except RecursionError:
        reason = "the record is nested too deeply"
        raise RecordError(reason, reason) from None
    size = too_large(posting.fields, len(encoded))
    if size is not None:
        raise oversize("posting", size, MOST_CONTENT_BYTES)
    return posting, hash_of(encoded)


def is_unchanged(stored: Document, raw_hash: str, mapping_hash: str) -> bool:
    """Whether mapping a record again could only give what is stored."""
    return stored.get("rawHash") == raw_hash and stored.get("mappingHash") == mapping_hash


def is_closed(stored: Document) -> bool:
    """Whether a stored posting is closed."""
    return stored.get("closedAt") is not None


def stays_closed(stored: Document, fields: Mapping[str, Any], now: datetime) -> bool:
    """Whether a closed posting stays so though its source shows it.

    One that was closed by hand does, and one whose time is over by the source's own word.
    """
    reason = stored.get("closedReason")
    if reason == "Manual":
        return True
    until = fields.get("validThrough")
    return reason == "Expired" and until is not None and until < now


def leaves_open(decision: Decision, write_token: str) -> bool:
    """Whether the posting is open when the decision is carried out, and as its record says."""
    stored, change = decision.stored, decision.change
    if change is None and stored is not None and stored["writeToken"] > write_token:
        return False
    return stored is None or not is_closed(stored) or (change is not None and change.reopen)


def with_differences(decision: Decision, before: Document | None) -> Decision:
    """The decision with the fields that differ from the stored content, for its history.

    RecordError where the posting would be too large with the stored values that it keeps.
    """
    change = decision.change
    if change is None or change.fields is None or before is None:
        return decision
    kept = {name: before[name] for name in change.kept if name in before}
    if kept:
        content = {**change.fields, **kept}
        size = too_large(content, len(json_bytes(content)))
        if size is not None:
            raise oversize("posting with the values that it keeps", size, MOST_CONTENT_BYTES)
    names = [name for name in CONTENT_FIELDS if name not in change.kept]
    found = differences(before, change.fields, names)
    return replace(decision, change=replace(change, differences=found))


def account(tally: Tally, run: RunId, decision: Decision) -> None:
    """Count by what this run did to the posting, whichever attempt did it."""
    counts, stored, change = tally.counts, decision.stored, decision.change
    if stored is None or stored.get("firstSeenRun") == run:
        counts.inserted += 1
    elif (change is not None and change.reopen) or stored.get("reopenedRun") == run:
        counts.reopened += 1
    elif (change is not None and change.differences) or stored.get("lastChangedRun") == run:
        counts.updated += 1
    else:
        counts.unchanged += 1
    if decision.clash:
        tally.overwritten.add(decision.external_id)
    if decision.collides:
        tally.collisions.add(decision.external_id)
    mapped = decision.mapped
    if mapped is not None:
        tally.coverage.add(filled_bits(mapped.fields))
        tally.coverage.look_at(mapped.fields, mapped.errors)
    elif stored is not None and "filledBits" in stored:
        tally.coverage.add(stored["filledBits"])
