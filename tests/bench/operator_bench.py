"""Many imports on one operator and a real API server: reconcile times, idle CPU, memory, writes.

`python -m bench.operator_bench --imports 10000` with tests/ on PYTHONPATH. The figures come from
the operator's own /metrics. The last line is JSON.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config
from prometheus_client.parser import text_string_to_metric_families

from cluster.control_plane import running_control_plane
from cluster.operator_bench import BASE, SPEC
from jobimport.cluster_api import ApiError, ClusterApi
from jobimport.resource.crd import crd
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import RedisServer

NAMESPACE = "scale"
WRITERS = 16


def percentile(buckets: Mapping[float, float], share: float) -> float:
    """The upper bound, in seconds, of the bucket that holds this share of a histogram."""
    total = max(buckets.values(), default=0)
    return next((le for le, count in sorted(buckets.items()) if count >= share * total), 0.0)


def read_metrics(text: str) -> dict[str, Any]:
    """What the bench needs of /metrics."""
    buckets: dict[float, float] = {}
    found: dict[str, Any] = {"writes": 0.0, "reconciles": 0.0}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            done = sample.labels.get("result") == "done"
            if sample.name == "jobimport_reconcile_seconds_bucket" and done:
                buckets[float(sample.labels["le"])] = sample.value
            elif sample.name == "jobimport_reconcile_seconds_count" and done:
                found["reconciles"] = sample.value
            elif sample.name == "jobimport_status_writes_total":
                found["writes"] += sample.value
            elif sample.name == "process_cpu_seconds_total":
                found["cpu"] = sample.value
            elif sample.name == "process_resident_memory_bytes":
                found["memory"] = sample.value
            elif sample.name == "jobimport_reconcile_queue_depth":
                found["depth"] = sample.value
    found["p50"], found["p99"] = percentile(buckets, 0.5), percentile(buckets, 0.99)
    return found


async def make_imports(api: ClusterApi, count: int, namespaces: Sequence[str]) -> float:
    """Create the imports, each scheduled for a time far off; the seconds that it took."""
    begun, numbers = time.monotonic(), iter(range(count))

    async def write() -> None:
        for number in numbers:
            manifest = {
                "apiVersion": "jobimport.dev/v1alpha1",
                "kind": "JobImport",
                "metadata": {"name": f"import-{number}"},
                "spec": {**SPEC, "schedule": "0 0 1 1 *", "jitterSeconds": 3600},
            }
            where = namespaces[number % len(namespaces)]
            await api.create(f"{BASE}/{where}/jobimports", manifest, "bench")

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return time.monotonic() - begun


async def install(api: ClusterApi, namespaces: Sequence[str]) -> None:
    """Install the CRD, wait until it is served, and make the namespaces."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await api.create(path, crd(), "bench")
    for each in namespaces:
        await api.create("/api/v1/namespaces", {"metadata": {"name": each}}, "bench")
    while not await is_served(api):
        await asyncio.sleep(0.2)


async def is_served(api: ClusterApi) -> bool:
    """Whether the API server has taken the CRD up; for a moment it answers 429."""
    try:
        return await api.get(f"{BASE}/{NAMESPACE}/jobimports") is not None
    except ApiError as error:
        if error.status != 429:
            raise
        return False


async def measure(
    kubeconfig: Path, redis_url: str, count: int, idle: float, namespaces: Sequence[str]
) -> dict[str, Any]:
    """Let an operator take in `count` imports, then watch it for `idle` seconds."""
    configuration = Configuration()
    await load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    api = ClusterApi(ApiClient(configuration=configuration))
    port = free_port()
    environment = {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "REDIS_URL": redis_url,
        "WATCH_NAMESPACES": NAMESPACE if len(namespaces) == 1 else "",
        "HEALTH_PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    await install(api, namespaces)
    created = await make_imports(api, count, namespaces)
    operator = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jobimport_operator"), env=environment
    )
    begun = time.monotonic()
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:

            async def read() -> dict[str, Any]:
                try:
                    answer = await client.get(f"http://127.0.0.1:{port}/metrics")
                except httpx.TransportError:
                    return {"writes": 0.0}
                return read_metrics(answer.text)

            while (await read())["writes"] < count:
                await asyncio.sleep(0.5)
            taken_in = time.monotonic() - begun
            await asyncio.sleep(10)
            before = await read()
            await asyncio.sleep(idle)
            after = await read()
    finally:
        operator.terminate()
        await operator.wait()
        try:
            for each in namespaces:
                await api.call("DELETE", f"/api/v1/namespaces/{each}")
        except ApiError as error:
            print(f"the namespace stays: {error}", file=sys.stderr)
        await api.close()
    return {
        "imports": count,
        "namespaces": len(namespaces),
        "createSeconds": round(created, 1),
        "takenInSeconds": round(taken_in, 1),
        "reconcileP50Below": before["p50"],
        "reconcileP99Below": before["p99"],
        "reconciles": before["reconciles"],
        "statusWritesPerImport": round(before["writes"] / count, 2),
        "cpuMsPerImport": round(1000 * before["cpu"] / count, 2),
        "idleCpuShare": round((after["cpu"] - before["cpu"]) / idle, 4),
        "idleStatusWrites": after["writes"] - before["writes"],
        "memoryMiB": round(after["memory"] / 2**20, 1),
    }


def main() -> int:
    """Run it on a control plane of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--imports", type=int, default=10_000)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds of idling to measure")
    parser.add_argument("--namespaces", type=int, default=1, help="over which they are spread")
    options = parser.parse_args()
    namespaces = [f"{NAMESPACE}-{number}" for number in range(1, options.namespaces)]
    redis = RedisServer()
    redis.start()
    try:
        with running_control_plane() as plane:
            given = plane.kubeconfig, redis.url, options.imports, options.idle
            found = asyncio.run(measure(*given, [NAMESPACE, *namespaces]))
    finally:
        redis.close()
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
