"""What is used where a spec says nothing, and what depends on more than the spec."""

from jobimport.resource.object import ImportObject
from jobimport.resource.spec import JobImportSpec

ALL_PARTITION = "all"
"""The one partition of a source that names none."""


def source_name(imported: ImportObject) -> str:
    """The <source> of the import's postings: pinned by status, else as the spec says."""
    if imported.status.source_name:
        return imported.status.source_name
    return wanted_source_name(imported.spec, imported.namespace, imported.name)


def wanted_source_name(spec: JobImportSpec | None, namespace: str, name: str) -> str:
    """The source name that a spec asks for: `<namespace>.<name>` where it names none."""
    named = spec.source.name if spec is not None else None
    return named or f"{namespace}.{name}"


def size_in_bytes(text: str) -> int:
    """Read `500Mi`, `10Gi` or a plain number of bytes; the schema has checked the form."""
    for suffix, power in (("Ki", 10), ("Mi", 20), ("Gi", 30)):
        if text.endswith(suffix):
            return int(text.removesuffix(suffix)) << power
    return int(text)
