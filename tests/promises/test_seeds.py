"""A promise is kept only where a test notices that it is broken."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from promises.seeds import SEEDS, Seed

ROOT = Path(__file__).resolve().parents[2]
SEEDING = Path(__file__).with_name("seeding")
DEADLINE_SECONDS = 280
PROMISES = tuple(f"p{number}" for number in range(1, 11))


def test_every_promise_has_a_seeded_defect() -> None:
    assert {seed.name.split("_")[0] for seed in SEEDS} == set(PROMISES)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_seeded_defect_is_noticed_by_the_test_of_its_promise(seed: Seed, tmp_path: Path) -> None:
    assert f"_{seed.name.partition('_')[0]}_" in seed.test, (
        "the test is named after another promise"
    )
    times = (ROOT / seed.file).read_text().count(seed.old)
    assert times == 1, f"{seed.file} holds {seed.old!r} {times} times: mend the seed"
    report = tmp_path / "report.xml"
    environment = {
        "PYTHONPATH": str(SEEDING),
        "SEED_FILE": str(ROOT / seed.file),
        "SEED_OLD": seed.old,
        "SEED_NEW": seed.new,
    }
    options = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, seed.test],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    said = f"{run.stdout[-3000:]}\n{run.stderr[-1000:]}"
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, said
    suite = next(ET.parse(report).getroot().iter("testsuite"))
    assert int(suite.get("failures", "0")) >= 1, said
    assert suite.get("errors") == "0", said
