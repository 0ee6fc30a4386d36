"""Run all stages of `make test` in two lanes side by side; say at the end what ran and what not.

Each stage writes to its own log; the tail of a failed one is shown at once, and what failed is
named once more at the end. Exit status 0 only if every stage passed. The last line is
`N passed, N failed, N skipped`, over all test cases.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "bench-results" / "test-logs"
PYTEST = [".venv/bin/pytest", "-q", "-o", "console_output_style=classic"]
HEARTBEAT_SECONDS = 60


@dataclass(slots=True)
class Stage:
    """One command of the whole, and how it went."""

    name: str
    command: list[str]
    junit: bool = False
    needs: str | None = None
    timeout_seconds: int = 1800
    environment: dict[str, str] = field(default_factory=dict[str, str])
    state: str = "not run"
    seconds: float = 0.0
    passed: int = 0
    failures: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])

    @property
    def failed(self) -> int:
        return len(self.failures)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"


def _pytest(name: str, *paths: str, needs: str | None = None, minutes: int = 20) -> Stage:
    command = [*PYTEST, f"--junitxml={LOGS / name}.xml", *paths]
    return Stage(name, command, junit=True, needs=needs, timeout_seconds=minutes * 60)


def lanes() -> list[list[Stage]]:
    """The stages: a lane runs its own one after the other, the lanes run side by side."""
    vitest, browser, login = (
        f"--reporter=default --reporter=junit --outputFile={LOGS / name}.xml"
        for name in ("vitest", "browser", "login")
    )
    return [
        [
            Stage("frontend-build", ["make", "frontend"]),
            Stage("check", ["make", "check"], needs="frontend-build"),
            _pytest("unit", "tests/unit"),
            _pytest("integration", "tests/integration", minutes=40),
            _pytest("chaos", "tests/chaos", minutes=30),
            _pytest("promises", "tests/promises"),
            Stage(
                "browser",
                ["make", "test-browser", f"ARGS={browser}"],
                junit=True,
                needs="frontend-build",
            ),
            Stage(
                "login",
                ["make", "test-login", f"ARGS={login}"],
                junit=True,
                needs="cluster-build",
            ),
        ],
        [
            Stage(
                "cluster-build",
                [".venv/bin/python", "-m", "cluster", "build"],
                environment={"PYTHONPATH": "tests"},
                timeout_seconds=3000,
            ),
            Stage(
                "vitest",
                ["bash", "-c", f"cd frontend && npm test --silent -- {vitest}"],
                junit=True,
                needs="frontend-build",
            ),
            _pytest("e2e", "tests/e2e", needs="cluster-build", minutes=30),
            Stage("demo", ["make", "demo", "ARGS=--exit"], needs="frontend-build"),
            _pytest("node", "tests/node", needs="cluster-build", minutes=40),
        ],
    ]


class Run:
    """The stages of one call, over two threads."""

    def __init__(self, stages: list[list[Stage]]) -> None:
        self._lanes = stages
        self._by_name = {stage.name: stage for lane in stages for stage in lane}
        self._done = {name: threading.Event() for name in self._by_name}
        self._print = threading.Lock()

    def go(self) -> bool:
        """Run everything; True if all passed."""
        threads = [threading.Thread(target=self._lane, args=(lane,)) for lane in self._lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self._summary()

    def say(self, text: str) -> None:
        with self._print:
            print(text, flush=True)

    def _lane(self, lane: Sequence[Stage]) -> None:
        for stage in lane:
            try:
                self._stage(stage)
            finally:
                self._done[stage.name].set()

    def _stage(self, stage: Stage) -> None:
        if stage.needs:
            if stage.needs in self._done:
                self._done[stage.needs].wait()
            if self._by_name[stage.needs].state != "passed":
                stage.state = f"not run: {stage.needs} did not pass"
                return
        self.say(f"[{stage.name}] started")
        started = time.monotonic()
        status = self._execute(stage, started)
        stage.seconds = time.monotonic() - started
        if stage.junit:
            _read_junit(stage, LOGS / f"{stage.name}.xml")
        elif status == 0:
            stage.passed = 1
        if status != 0 and not stage.failures:
            stage.failures.append(f"exit status {status}: {_last_line(stage)}")
        stage.state = "FAILED" if stage.failures else "passed"
        self.say(f"[{stage.name}] {stage.state} after {stage.seconds:.0f} s")
        if stage.state == "FAILED":
            tail = stage.log.read_text(errors="replace").splitlines()[-120:]
            self.say("\n".join(f"[{stage.name}] {line}" for line in tail))

    def _execute(self, stage: Stage, started: float) -> int:
        """Run the command with a heartbeat line each minute; its exit status, 124 if too late."""
        with stage.log.open("w") as log:
            process = subprocess.Popen(
                stage.command,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **stage.environment},
                start_new_session=True,
            )
            while True:
                try:
                    return process.wait(timeout=HEARTBEAT_SECONDS)
                except subprocess.TimeoutExpired:
                    elapsed = time.monotonic() - started
                    self.say(f"[{stage.name}] {elapsed:.0f} s … {_last_line(stage)[:110]}")
                    if elapsed > stage.timeout_seconds:
                        return _end(process)

    def _summary(self) -> bool:
        stages = list(self._by_name.values())
        self.say("\nWhat ran:")
        for stage in stages:
            counts = f"{stage.passed} passed, {stage.failed} failed" if stage.junit else ""
            self.say(f"  {stage.name:16} {stage.state:10} {stage.seconds:6.0f} s  {counts}")
        skipped = [text for stage in stages for text in stage.skipped]
        if skipped:
            self.say("What could not run, and why:")
            for text in skipped:
                self.say(f"  {text}")
        failures = [f"{stage.name}: {text}" for stage in stages for text in stage.failures]
        if failures:
            self.say("What failed, its log being in bench-results/test-logs:")
            for text in failures:
                self.say(f"  {text}")
        passed, failed = (sum(getattr(s, key) for s in stages) for key in ("passed", "failed"))
        not_run = [stage for stage in stages if stage.state.startswith("not run")]
        self.say(f"{passed} passed, {failed + len(not_run)} failed, {len(skipped)} skipped")
        return all(stage.state == "passed" for stage in stages)


def _end(process: "subprocess.Popen[bytes]") -> int:
    """End what is too late: Python writes into its log where each thread stands, then is gone."""
    for number in (signal.SIGABRT, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(10)
    return 124


def _last_line(stage: Stage) -> str:
    lines = stage.log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _read_junit(stage: Stage, path: Path) -> None:
    if not path.exists():
        return
    for case in ET.parse(path).getroot().iter("testcase"):
        skip = case.find("skipped")
        broken = [found for kind in ("failure", "error") if (found := case.find(kind)) is not None]
        if broken:
            why = " ".join((broken[0].get("message") or broken[0].text or "").split())
            stage.failures.append(f"{case.get('classname')} {case.get('name')}: {why[:300]}")
        elif skip is not None:
            stage.skipped.append(f"{case.get('name')}: {skip.get('message')}")
        else:
            stage.passed += 1


def main() -> int:
    """Run the stages; `--only NAME` (repeatable) leaves the others out, for the work at hand."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", action="append", default=[])
    only = parser.parse_args().only
    LOGS.mkdir(parents=True, exist_ok=True)
    for old in LOGS.iterdir():
        old.unlink()
    chosen = [[s for s in lane if not only or s.name in only] for lane in lanes()]
    for lane in chosen:
        for stage in lane:
            if only and stage.needs not in only:
                stage.needs = None
    return 0 if Run(chosen).go() else 1


if __name__ == "__main__":
    sys.exit(main())
