"""Records that have to wait for the whole page, kept in a file: memory holds where they are."""

import marshal
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from jobimport_worker.errors import Terminal

MOST_BYTES: Final = 200 * 1024 * 1024
"""Of one page: the scratch space of a worker has room for as many pages as it works on."""

MOST_RECORDS: Final = 500_000
MOST_OF_GROUP: Final = 16 * 1024 * 1024
"""Bytes of the rows that become one record."""

_IN_MEMORY = 1024 * 1024


class Held:
    """Records in the order in which they came, by their numbers."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed by `close`)
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, records: Sequence[Any]) -> None:
        """Keep records; Terminal where there are more of them than a page may hold."""
        for record in records:
            self._file.write(marshal.dumps(record))
            self._ends.append(self._file.tell())
        if self._ends and (self._ends[-1] > MOST_BYTES or len(self._ends) > MOST_RECORDS):
            raise Terminal(
                f"a page of rows to be grouped, or of records with details, holds"
                f" {MOST_BYTES >> 20} MiB and {MOST_RECORDS:,} records at most; ask for smaller"
                " pages (spec.source.pagination), or leave groupBy or detail out"
            )

    def read(self, numbers: Sequence[int]) -> list[Any]:
        """The records of these numbers; Terminal where together they are too large for one."""
        spans = [(self._ends[each - 1] if each else 0, self._ends[each]) for each in numbers]
        size = sum(end - begin for begin, end in spans)
        if len(spans) > 1 and size > MOST_OF_GROUP:
            raise Terminal(
                f"{len(spans):,} rows of one posting have {size:,} bytes: does"
                " spec.source.format.groupBy name a posting?"
            )
        found: list[Any] = []
        for begin, end in spans:
            self._file.seek(begin)
            found.append(marshal.loads(self._file.read(end - begin)))  # noqa: S302 (our own file)
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
