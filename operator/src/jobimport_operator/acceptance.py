"""Whether an import can be worked on, and if not, what to change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from jobimport.ids import ImportKey
from jobimport.resource.defaults import wanted_source_name
from jobimport.resource.object import ImportObject
from jobimport.validation import Problem
from jobimport_operator.reasons import Reason

_SHOWN_PROBLEMS: Final = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no run can be made of an import. `message` names the field and what to do."""

    reason: Reason
    message: str


def refusal(
    imp: ImportObject,
    problems: Sequence[Problem],
    rival: ImportKey | None,
    pools: Collection[str],
) -> Refusal | None:
    """Judge an import; None when it can be worked on. `rival` is older and has its source name."""
    if imp.spec is None:
        return Refusal(Reason.INVALID_SPEC, imp.spec_problem or "The spec can't be read.")
    if problems:
        return Refusal(Reason.INVALID_SPEC, _listed(problems))
    pinned, wanted = imp.status.source_name, wanted_source_name(imp.spec, imp.namespace, imp.name)
    if pinned is not None and pinned != wanted:
        return Refusal(
            Reason.SOURCE_NAME_CHANGED,
            f"spec.source.name: the postings of this import are stored under {pinned!r}, not under"
            f" {wanted!r}: set it to {pinned!r}, or make a new import for the new name.",
        )
    if rival is not None:
        return Refusal(
            Reason.SOURCE_NAME_TAKEN,
            f"spec.source.name: {rival} is older and stores its postings under {wanted!r} in"
            f" collection {imp.spec.destination.collection!r}, too: give this import another"
            " spec.source.name or spec.destination.collection.",
        )
    if imp.spec.pool not in pools:
        return Refusal(
            Reason.POOL_UNKNOWN,
            f"spec.pool: there is no pool {imp.spec.pool!r}"
            f" (pools: {', '.join(sorted(pools)) or 'none'}).",
        )
    return None


def _listed(problems: Sequence[Problem]) -> str:
    lines = [f"{problem.path}: {problem.message}" for problem in problems[:_SHOWN_PROBLEMS]]
    if (more := len(problems) - _SHOWN_PROBLEMS) > 0:
        lines.append(f"and {more} more")
    return "; ".join(lines)
