"""The chart on a real node: installed, an import runs to its end, seen as documented."""

import re

from cluster.images import ROOT
from cluster.release import NAMESPACE, RELEASE, SYSTEM, Installed
from jobimport_cli.board.faults import FaultPlan

from .imports import RECORDS, a_board, ended, importing, met, until, workers


def columns(text: str) -> list[str]:
    return re.split(r"\s{2,}", text.strip().splitlines()[0])


async def test_an_import_goes_from_no_worker_to_the_end_and_back_to_none(
    installed: Installed,
) -> None:
    cluster = installed.cluster
    board = a_board(faults=FaultPlan(throttled=5, unavailable=10, reset=10))
    assert workers(cluster) == []
    async with importing(installed, board, "first"):
        await until("a worker", lambda: workers(cluster), cluster)
        await met(installed, board, "first")
        status = await ended(installed, "first")
        assert status["lastRun"]["inserted"] == RECORDS - 1
        assert status["lastRun"]["rejected"] == 1
        wide = cluster.kubectl("-n", NAMESPACE, "get", "ji", "-o", "wide")
        plain = cluster.kubectl("-n", NAMESPACE, "get", "ji")
        documented = ("Ready", "Schedule", "Last run", "Verdict", "Records", "Age")
        assert columns(plain) == ["NAME", *(each.upper() for each in documented)]
        assert set(columns(wide)) >= {*columns(plain), "STATUS", "MESSAGE", "NEXT RUN"}
        row = wide.splitlines()[1]
        ready = next(each for each in status["conditions"] if each["type"] == "Ready")
        told = status["lastRun"]["message"]
        for shown in ("first", "True", "Complete", str(RECORDS), ready["message"], told):
            assert shown in row
        cluster.kubectl(
            "-n", NAMESPACE, "wait", "--for=condition=Ready", "ji/first", "--timeout=5s"
        )
        explained = cluster.kubectl("explain", "ji.spec.source")
        assert "pagination" in explained
        assert "FIELDS:" in explained
        await until("no worker is left", lambda: not workers(cluster), cluster)


async def test_readiness_and_rights_are_as_promised(installed: Installed) -> None:
    cluster = installed.cluster
    may = ("auth", "can-i", "--as")
    operator = f"system:serviceaccount:{SYSTEM}:ji-jobimport-operator"
    worker = f"system:serviceaccount:{NAMESPACE}:jobimport-worker"
    for who, verb, what, namespace, expected in (
        (operator, "patch", "jobimports.jobimport.dev/status", NAMESPACE, "yes"),
        (operator, "get", "secrets", NAMESPACE, "no"),
        (operator, "list", "secrets", SYSTEM, "no"),
        (operator, "patch", "deployments.apps", "default", "no"),
        (worker, "patch", "jobimports.jobimport.dev/status", NAMESPACE, "yes"),
        (worker, "get", "secrets", NAMESPACE, "no"),
        (worker, "patch", "jobimports.jobimport.dev/status", "default", "no"),
        (worker, "delete", "pods", NAMESPACE, "no"),
    ):
        kind, _, part = what.partition("/")
        of = (f"--subresource={part}",) if part else ()
        said = cluster.kubectl(*may, who, verb, kind, *of, "-n", namespace, check=False)
        assert said.strip() == expected, f"{who} {verb} {what} in {namespace}: {said}"
    cluster.helm("test", RELEASE, "-n", SYSTEM, "--timeout", "120s")


def test_images_hold_no_build_tools_and_pods_can_write_nothing_but_scratch(
    installed: Installed,
) -> None:
    look = (ROOT / "tests" / "node" / "look_inside.py").read_text()
    for part in ("operator", "gateway"):
        pod = ("-n", SYSTEM, "exec", f"deployment/{RELEASE}-jobimport-{part}", "--")
        assert installed.cluster.kubectl(*pod, "python", "-c", look).split() == ["clean"]
