"""The page for whoever is on call knows every reason, verdict and alert that there is."""

import re
from pathlib import Path

import pytest

from jobimport.resource.status import RunReason, Verdict
from jobimport.store.closing import ClosedReason
from jobimport_operator.manual import page_with, tables
from jobimport_operator.reasons import RUN_STARTED, VERDICTS, Reason

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
OPERATOR = ROOT / "operator/src/jobimport_operator"
RULES = ROOT / "charts/jobimport/templates/monitoring/rules.yaml"


def alerts() -> set[str]:
    return set(re.findall(r"alert: (\w+)", RULES.read_text()))


def events() -> set[str]:
    return {*RunReason, *(f"Run{each}" for each in Verdict)}


@pytest.mark.parametrize(
    "names",
    [set(Reason), events(), set(Verdict), alerts()],
    ids=["reasons", "events", "verdicts", "alerts"],
)
def test_p9_whatever_can_be_said_is_explained_with_what_to_do(names: set[str]) -> None:
    assert len(names) >= 8
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_p9_no_reason_is_given_beside_those_that_are_explained() -> None:
    written = re.compile(r'\b(?:Refusal|Trouble|Event)\(\s*(?:EventType\.\w+,\s*)?"(\w+)"')
    for file in OPERATOR.rglob("*.py"):
        assert written.findall(file.read_text()) == [], file
    assert (set(RUN_STARTED), set(VERDICTS)) == (set(RunReason), set(Verdict))


def test_the_page_is_refused_where_a_table_has_no_place() -> None:
    assert page_with(PAGE, tables()) == PAGE
    with pytest.raises(ValueError, match="has places for"):
        page_with(PAGE.replace("<!-- held: ", "<!-- hold: "), tables())


def test_every_reason_for_closing_is_explained() -> None:
    assert {each for each in ClosedReason if f"`{each}`" not in PAGE} == set()
