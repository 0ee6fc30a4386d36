"""What is wrong between imports, each of which may be well by itself."""

from collections.abc import Iterable, Iterator

from jobimport.manifests import ManifestProblem
from jobimport.resource.defaults import wanted_source_name
from jobimport_cli.files import Found


def clashes(found: Iterable[Found]) -> Iterator[tuple[Found, ManifestProblem]]:
    """Imports of one name, of which the last applied would stay; and of one source name in one
    collection, of which only the oldest would run.
    """
    named: dict[tuple[str, str], Found] = {}
    sources: dict[tuple[str, str], Found] = {}
    for each in found:
        reading, spec = each.reading, each.reading.effective
        if not reading.name:
            continue
        key = (reading.namespace, reading.name)
        if (first := named.setdefault(key, each)) is not each:
            message = f"{place_of(first)} has this name and namespace, too"
            yield each, ManifestProblem("metadata.name", message, reading.line)
            continue
        if spec is None:
            continue
        source = wanted_source_name(spec, *key)
        claim = (source, spec.destination.collection)
        if (first := sources.setdefault(claim, each)) is not each:
            message = (
                f"{place_of(first)} stores its postings under {source!r} in collection"
                f" {claim[1]!r}, too: give one of them another name or collection"
            )
            yield each, ManifestProblem("spec.source.name", message, reading.line)


def place_of(found: Found) -> str:
    """`<file>:<line>` of an import."""
    return f"{found.file}:{found.reading.line}"
