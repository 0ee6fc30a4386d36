"""What kubectl prints of an import, on a real API server."""

import re
from typing import Any

from cluster.operator_bench import Bench, eventually

from .conftest import Kubectl


def columns(text: str) -> list[list[str]]:
    """Head and rows, cut at the columns of the head."""
    lines = text.rstrip("\n").splitlines()
    starts = [found.start() for found in re.finditer(r"(?<!\S)\S+(?: \S+)*", lines[0])]
    ends = [*starts[1:], None]
    return [[line[a:b].strip() for a, b in zip(starts, ends, strict=True)] for line in lines]


def printed(kubectl: Kubectl, namespace: str, *how: str) -> dict[str, str]:
    head, row = columns(kubectl("-n", namespace, "get", "ji", *how).stdout)
    return dict(zip(head, row, strict=True))


async def test_get_shows_readiness_the_last_run_and_with_wide_its_message_and_the_next_one(
    bench: Bench, kubectl: Kubectl
) -> None:
    async with bench.operator():
        await bench.apply("acme", schedule="0 3 1 1 *", timeZone="Europe/Berlin")
        accepted = await eventually(lambda: bench.condition("acme", "Ready"))
        annotations = {"metadata": {"annotations": {"jobimport.dev/run-requested": "1"}}}
        await bench.api.merge(bench.path("acme"), annotations, "test")
        run = await eventually(lambda: bench.current_run("acme"))
        await bench.work(run)
        last = await eventually(lambda: bench.last_run("acme"))
        plain = printed(kubectl, bench.namespace)
        assert list(plain) == ["NAME", "READY", "SCHEDULE", "LAST RUN", "VERDICT", "RECORDS", "AGE"]
        assert plain["READY"] == "True"
        assert plain["SCHEDULE"] == "0 3 1 1 *"
        assert (plain["VERDICT"], plain["RECORDS"]) == ("Complete", "5")
        wide = printed(kubectl, bench.namespace, "-o", "wide")
        assert list(wide)[:7] == list(plain)
        assert wide["STATUS"] == accepted["message"]
        assert wide["MESSAGE"] == last["message"] == "5 records."
        assert wide["NEXT RUN"] == (await bench.status("acme"))["nextRunTime"]
        kubectl("-n", bench.namespace, "wait", "--for=condition=Ready", "ji/acme", "--timeout=20s")
        described: Any = kubectl("-n", bench.namespace, "describe", "ji", "acme").stdout
        assert "RunComplete" in described


async def test_wait_for_ready_waits_for_what_is_wrong_and_get_says_it(
    bench: Bench, kubectl: Kubectl
) -> None:
    async with bench.operator():
        await bench.apply("acme", schedule="0 3 1 1 *", timeZone="Europe/Atlantis")
        wait = ("wait", "--for=condition=Ready", "ji/acme")
        await eventually(lambda: bench.condition("acme", "Stalled"))
        refused = kubectl("-n", bench.namespace, *wait, "--timeout=2s", check=False)
        assert refused.returncode != 0
        wide = printed(kubectl, bench.namespace, "-o", "wide")
        assert wide["READY"] == "False"
        assert "spec.timeZone" in wide["STATUS"]
        await bench.apply("acme", schedule="0 3 1 1 *", timeZone="Europe/Berlin")
        kubectl("-n", bench.namespace, *wait, "--timeout=30s")


def test_explain_reads_as_the_manual_of_the_source(kubectl: Kubectl, kubeconfig: Any) -> None:
    said = kubectl("explain", "ji.spec.source").stdout
    for field in ("request", "format", "pagination", "partitions", "preset", "auth", "politeness"):
        text = re.search(rf"^  {field}\t<.+?>.*?\n((?:    .+\n)+)", said, re.MULTILINE)
        assert text is not None, f"{field} is not explained:\n{said}"
        assert len(text[1].split()) > 3, f"{field} says too little: {text[1]}"
    assert "jobimport-credentials" in said, "where credentials are is said"
    lines = [line for line in said.splitlines() if "<" not in line]
    assert max(map(len, lines)) < 200, "kubectl wraps what is written as one paragraph"
