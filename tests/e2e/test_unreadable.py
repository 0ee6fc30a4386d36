"""An import whose status is none that this release can read, as after a rollback."""

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.operator_bench import Bench, eventually
from jobimport.resource.crd import crd

from .conftest import ROOT, Kubectl

NEWER = "Splendid"
SWEPT_SECONDS = 120
DELETED = [f"deleted-{number}" for number in range(4)]


@pytest.fixture
def newer_crd(kubeconfig: Path, kubectl: Kubectl) -> Iterator[None]:
    """The CRD of a release that knows more verdicts."""
    newer: dict[str, Any] = copy.deepcopy(crd())
    schema = newer["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    schema["status"]["properties"]["lastRun"]["properties"]["verdict"]["enum"].append(NEWER)
    apply = ("apply", "--server-side", "--force-conflicts", "-f", "-")
    kubectl(*apply, given=yaml.safe_dump(newer))
    until_served(kubectl, newer=True)
    yield
    kubectl(*apply, given=(ROOT / "crds" / "jobimports.jobimport.dev.yaml").read_text())
    until_served(kubectl, newer=False)


def until_served(kubectl: Kubectl, *, newer: bool) -> None:
    """Wait until the API server goes by the CRD: it answers 429 while it begins to."""
    deadline = time.monotonic() + 30
    schema = ("get", "--raw", "/openapi/v3/apis/jobimport.dev/v1alpha1")
    while (NEWER in kubectl(*schema).stdout) != newer:
        assert time.monotonic() < deadline, "the CRD is not served as it was written"
        time.sleep(0.2)
    while kubectl("get", "jobimports", check=False).returncode:
        assert time.monotonic() < deadline, "imports are not served"
        time.sleep(0.2)


async def give_verdict(bench: Bench, name: str, verdict: str) -> None:
    """Write the outcome of an earlier run, as an operator of the newer release would have."""
    last = {
        "id": "earlier",
        "reason": "Scheduled",
        "startedAt": "2026-11-25T00:00:00Z",
        "finishedAt": "2026-11-25T00:01:00Z",
        "verdict": verdict,
    }
    path = f"{bench.path(name)}/status"

    async def written() -> bool:
        patch = {"status": {"lastRun": last}}
        await bench.api.merge(path, patch, "newer-operator")
        return (await bench.status(name)).get("lastRun", {}).get("verdict") == verdict

    await eventually(written)


async def test_an_import_that_cannot_be_read_holds_up_no_other_and_keeps_its_run(
    newer_crd: None, bench: Bench
) -> None:
    async with bench.operator():
        for name in ("a-newer", *DELETED):
            await bench.apply(name)
        runs = {
            name: await eventually(lambda name=name: bench.current_run(name))
            for name in ("a-newer", *DELETED)
        }
    await give_verdict(bench, "a-newer", NEWER)
    for name in DELETED:
        await bench.api.call("DELETE", bench.path(name))
    async with bench.operator():

        async def swept() -> bool:
            return await bench.queue.run_ids() == [runs["a-newer"]]

        await eventually(swept, SWEPT_SECONDS)
        await bench.apply("other")
        other = await eventually(lambda: bench.current_run("other"))
        await bench.work(other)
        assert await eventually(lambda: bench.last_run("other"))
        view = await bench.queue.run_view(runs["a-newer"])
        assert view is not None
        assert view.state != "cancelled"
        await give_verdict(bench, "a-newer", "Complete")
        await bench.work(runs["a-newer"])
        assert (await eventually(lambda: bench.last_run("a-newer")))["id"] == runs["a-newer"]
