"""Why a job is, or is not, among the postings: looked up by its URL or id, answered in words."""

import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import pymongo

from jobimport.resource.object import ImportObject
from jobimport.store.collections import REJECTS, Document
from jobimport.store.postings import posting_id
from jobimport_api.catalog import Catalog
from jobimport_api.records.schemas import Why
from jobimport_api.records.service import last_seen_run, record_info, source_of
from jobimport_api.rejects.schemas import RejectInfo
from jobimport_api.rejects.service import reject_info

_LOOK_SECONDS: Final = 10.0


async def why(catalog: Catalog, imp: ImportObject, asked: str) -> Why:
    """Answer for what somebody pasted: an externalId, an _id, or a URL of the job."""
    text = asked.strip()
    source = await source_of(catalog, imp)
    with pymongo.timeout(_LOOK_SECONDS):
        posting = await _posting(catalog, imp, source, text)
        external_id = str(posting["externalId"]) if posting else text
        reject = await _reject(catalog, imp, external_id, text)
        seen = await last_seen_run(catalog, imp, source, external_id)
    if posting is not None:
        return _of_posting(imp, posting, reject, seen)
    if reject is not None:
        return Why(
            answer="Rejected",
            sentence=f"It is in quarantine since run {reject.run}: {reject.message} Mend the"
            " mapping, then replay the rejects; nothing is fetched again.",
            record=None,
            reject=reject,
        )
    return _of_nothing(imp, text, seen)


async def _posting(catalog: Catalog, imp: ImportObject, source: str, text: str) -> Document | None:
    postings = catalog.postings(imp)
    ids = [posting_id(source, text), *([text] if text.startswith(f"{source}:") else [])]
    found = await postings.find_one({"_id": {"$in": ids}})
    if found is not None or "://" not in text:
        return found
    urls = _spellings(text)
    query: Document = {
        "source": source,
        "$or": [{"url": {"$in": urls}}, {"applyUrl": {"$in": urls}}],
    }
    return await postings.find_one(query)


def _spellings(url: str) -> list[str]:
    """A URL as it may be stored: with and without query, fragment, final slash, and as http."""
    found = [url]
    try:
        parts = urlsplit(url)
    except ValueError:
        return found
    bare = urlunsplit(parts._replace(query="", fragment=""))
    for each in (urlunsplit(parts._replace(fragment="")), bare):
        found += [each, each.rstrip("/"), f"{each.rstrip('/')}/"]
    found += [each.replace("http://", "https://", 1) for each in found]
    found += [each.replace("https://", "http://", 1) for each in found]
    return list(dict.fromkeys(found))


async def _reject(
    catalog: Catalog, imp: ImportObject, external_id: str, text: str
) -> RejectInfo | None:
    """Its record in quarantine: by id, else one whose raw content has the text."""
    rejects = catalog.database[REJECTS]
    mine: Document = {"import": str(imp.key)}
    found = await rejects.find_one({**mine, "externalId": external_id})
    if found is None and len(text) >= 4:
        found = await rejects.find_one({**mine, "raw": {"$regex": re.escape(text)}})
    return reject_info(found) if found else None


def _of_posting(
    imp: ImportObject, posting: Document, reject: RejectInfo | None, seen: str | None
) -> Why:
    record = record_info(posting)
    changed = _day(posting.get("lastChangedAt"))
    if posting.get("closedAt") is not None:
        sentence = (
            f"It was closed on {_day(posting['closedAt'])} by run {posting.get('closedRun')}:"
            f" {_closing(posting.get('closedReason'))} It is reopened when the source shows it"
            " again."
        )
        return Why(answer="Closed", sentence=sentence, record=record, reject=reject)
    misses = int(posting.get("misses") or 0)
    last = imp.status.last_run
    if misses and last is not None and posting.get("lastMissRun") == last.id:
        needed = imp.spec.completeness.misses_before_close if imp.spec else misses
        if misses >= needed:
            sentence = (
                f"{misses} complete runs in a row did not show it, but the guard against closing"
                " too many at once (completeness.closeGuard) holds it open: if these jobs are gone,"
                " approve the closing."
            )
            return Why(answer="Held", sentence=sentence, record=record, reject=reject)
        sentence = (
            f"It is open, but the last run did not show it: {misses} of {needed} misses before it"
            " is closed."
        )
        return Why(answer="Open", sentence=sentence, record=record, reject=reject)
    if reject is not None:
        sentence = (
            f"It is open as of {changed}, but its newest content was rejected: {reject.message}"
        )
        return Why(answer="Open", sentence=sentence, record=record, reject=reject)
    shown = f", and run {seen} saw it" if seen else ""
    first = _day(posting.get("firstSeenAt"))
    sentence = f"It is open: first seen on {first}, last changed on {changed}{shown}."
    return Why(answer="Open", sentence=sentence, record=record, reject=None)


def _of_nothing(imp: ImportObject, text: str, seen: str | None) -> Why:
    if seen is not None:
        sentence = (
            f"Run {seen} saw a record with this id, but it is neither a posting nor in quarantine:"
            " the run may still be writing it, or it was removed after its retention."
        )
        return Why(answer="NeverSeen", sentence=sentence, record=None, reject=None)
    where = imp.spec.source.format.where if imp.spec else ""
    last = imp.status.last_run
    as_of = f"as of run {last.id} ({_day(last.finished_at)})" if last else "no run has ended yet"
    if where:
        sentence = (
            f"No run kept a record with this id or URL ({as_of}). The source may not have it, or"
            f" spec.source.format.where ({where}) filtered it out: records that it leaves out are"
            " counted, not kept. A preview shows what passes it."
        )
        return Why(answer="Filtered", sentence=sentence, record=None, reject=None)
    hint = "" if "://" in text else " If you have its URL, ask with that."
    sentence = (
        f"No run saw a record with this id or URL ({as_of}): the source did not list it.{hint}"
    )
    return Why(answer="NeverSeen", sentence=sentence, record=None, reject=None)


def _closing(reason: Any) -> str:
    return {
        "Missing": "complete runs no longer showed it.",
        "Expired": "its validThrough has passed.",
        "SourceRemoved": "the source says that it is gone.",
        "Manual": "somebody closed it.",
    }.get(str(reason), f"{reason}.")


def _day(value: Any) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC") if isinstance(value, datetime) else "an unknown day"
