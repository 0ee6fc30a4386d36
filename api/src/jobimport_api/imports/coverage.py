"""Coverage per field, of the last run that mapped anything and of the one before it."""

from collections.abc import Sequence
from typing import Any

from jobimport.store.collections import Document
from jobimport_api.imports.schemas import Coverage, FieldCoverage


def coverage_of(runs: Sequence[Document]) -> Coverage | None:
    """Of an import's runs, the newest first; None where none has mapped anything.

    A run that found nothing new maps nothing, and says nothing about coverage.
    """
    mapped = [each for each in runs if _mapped(each)]
    if not mapped:
        return None
    return Coverage(
        run=str(mapped[0]["_id"]),
        fields=fields_of(mapped[0]["coverage"]),
        previous=fields_of(mapped[1]["coverage"]) if len(mapped) > 1 else None,
    )


def _mapped(run: Document) -> int:
    coverage: dict[str, Any] = run.get("coverage") or {}
    return coverage.get("mapped", 0)


def fields_of(coverage: dict[str, Any]) -> dict[str, FieldCoverage]:
    """A run's stored coverage by field."""
    filled: dict[str, int] = coverage.get("filled") or {}
    errors: dict[str, int] = coverage.get("errors") or {}
    distinct: dict[str, int] = coverage.get("distinct") or {}
    return {
        name: FieldCoverage(
            filled=filled.get(name, 0),
            errors=errors.get(name, 0),
            mapped=coverage.get("mapped", 0),
            distinct=distinct.get(name),
        )
        for name in sorted({*filled, *errors})
    }
