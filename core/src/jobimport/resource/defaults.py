"""What is used where a spec says nothing, and what depends on more than the spec."""

from jobimport.resource.object import ImportObject

ALL_PARTITION = "all"
"""The one partition of a source that names none."""


def source_name(imported: ImportObject) -> str:
    """The <source> of the import's postings: pinned by status, else as the spec says.

    Without a name in the spec it is `<namespace>.<name>`.
    """
    if imported.status.source_name:
        return imported.status.source_name
    named = imported.spec.source.name if imported.spec else None
    return named or f"{imported.namespace}.{imported.name}"


def size_in_bytes(text: str) -> int:
    """Read `500Mi`, `10Gi` or a plain number of bytes; the schema has checked the form."""
    for suffix, power in (("Ki", 10), ("Mi", 20), ("Gi", 30)):
        if text.endswith(suffix):
            return int(text.removesuffix(suffix)) << power
    return int(text)
