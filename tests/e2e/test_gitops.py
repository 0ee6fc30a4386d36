"""What GitOps tools see of an import, at each moment of its life on a real API server."""

import json
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from cluster.choosing import TestCluster
from cluster.health import EXAMPLES, KSTATUS_OF_ARGO, argo_health, flux_health, kstatus
from cluster.operator_bench import Bench, eventually

Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@contextmanager
def watched(cluster: TestCluster, namespace: str, into: Path) -> Generator[None]:
    """Record every watch event of the namespace's imports, as kubectl prints them."""
    command = [str(cluster.kubectl), "--kubeconfig", str(cluster.kubeconfig), "-n", namespace]
    what = ["get", "jobimports", "--watch", "--output-watch-events", "-o", "json"]
    with into.open("wb") as file:
        process = subprocess.Popen([*command, *what], stdout=file)
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


def objects(recorded: Path) -> list[dict[str, Any]]:
    text, found, decoder = recorded.read_text(), [], json.JSONDecoder()
    while text := text.lstrip():
        try:
            event, end = decoder.raw_decode(text)
        except ValueError:
            break  # the last one, cut off in the middle
        text = text[end:]
        found.append(event["object"])
    return found


async def test_p9_health_is_right_at_every_watch_event_of_an_imports_life(
    bench: Bench, cluster: TestCluster, tmp_path: Path
) -> None:
    recorded = tmp_path / "events.json"
    await bench.apply("acme")  # before there is an operator: nobody may call it current

    async def state(kind: str, reason: str) -> bool:
        return ((await bench.condition("acme", kind)) or {}).get("reason") == reason

    async def has_begun() -> bool:
        return recorded.stat().st_size > 0

    with watched(cluster, bench.namespace, recorded):
        await eventually(has_begun)
        async with bench.operator():
            run = await eventually(lambda: bench.current_run("acme"))
            await bench.work(run, "Failed")
            await eventually(lambda: state("LastRunSucceeded", "Failed"))
            await bench.apply("acme", timeZone="Europe/Atlantis", schedule="0 * * * *")
            await eventually(lambda: state("Stalled", "InvalidSpec"))
            await bench.apply("acme", suspend=True)
            await eventually(lambda: state("Ready", "Suspended"))

        async def is_recorded() -> bool:
            said = [argo_health(each)[0] for each in objects(recorded)]
            return said[-1] == "Suspended"

        await eventually(is_recorded)
    seen = objects(recorded)
    for each in seen:
        where = json.dumps({"generation": each["metadata"]["generation"], **each["status"]})
        assert KSTATUS_OF_ARGO[argo_health(each)[0]] == kstatus(each) == flux_health(each), where
        if each["status"]["observedGeneration"] != each["metadata"]["generation"]:
            assert kstatus(each) == "InProgress", where
        if "currentRun" in each["status"]:
            assert kstatus(each) == "InProgress", where
    healths = [argo_health(each) for each in seen]
    steps = [each[0] for i, each in enumerate(healths) if i == 0 or healths[i - 1][0] != each[0]]
    assert steps == [
        *("Progressing", "Healthy", "Progressing", "Degraded", "Progressing", "Suspended"),
    ]
    assert any("spec.timeZone" in message for said, message in healths if said == "Degraded")


async def test_the_kustomize_example_is_accepted_and_does_not_drift(
    bench: Bench, kubectl: Kubectl
) -> None:
    built = kubectl("kustomize", str(EXAMPLES / "kustomize" / "production")).stdout
    manifest = yaml.safe_load(built)
    assert manifest["metadata"]["namespace"] == "recruiting"
    assert manifest["spec"]["schedule"] == "@hourly"
    manifest["metadata"]["namespace"] = bench.namespace
    text = yaml.safe_dump(manifest)
    kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", given=text)
    async with bench.operator():
        for how in ([], ["--server-side", "--field-manager=gitops"]):
            force = ["--force-conflicts"] if how else []
            kubectl("apply", *how, *force, "-f", "-", given=text)

            async def ready() -> bool:
                return bool(await bench.condition("acme-careers", "Ready"))

            await eventually(ready)
            drift = kubectl("diff", *how, *force, "-f", "-", given=text, check=False)
            assert (drift.returncode, drift.stdout) == (0, ""), drift.stderr
