"""The page for whoever is on call knows every reason, verdict and alert that there is."""

import re
from pathlib import Path

import pytest

from jobimport.resource.status import Verdict
from jobimport.store.closing import ClosedReason

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
OPERATOR = ROOT / "operator/src/jobimport_operator"
RULES = ROOT / "charts/jobimport/templates/monitoring/rules.yaml"


def reasons() -> set[str]:
    """What makes an import unready: the first argument of each Refusal and Trouble."""
    made = re.compile(r'\b(?:Refusal|Trouble)\(\s*"([A-Z]\w+)"')
    return {name for file in OPERATOR.rglob("*.py") for name in made.findall(file.read_text())}


def alerts() -> set[str]:
    return set(re.findall(r"alert: (\w+)", RULES.read_text()))


@pytest.mark.parametrize(
    "names", [reasons(), set(Verdict), alerts()], ids=["reasons", "verdicts", "alerts"]
)
def test_p9_whatever_can_be_said_is_explained_with_what_to_do(names: set[str]) -> None:
    assert len(names) >= 8
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_reason_for_closing_is_explained() -> None:
    manual = PAGE + (ROOT / "docs/mongodb.md").read_text()
    assert {each for each in ClosedReason if f"`{each}`" not in manual} == set()
