"""The worker's program."""

import argparse
import asyncio
import gc
import os
import signal
import socket
import sys
from importlib.metadata import version
from pathlib import Path

from jobimport.budgets import HostBudgets
from jobimport.cluster_api import ClusterApi
from jobimport.health import Stores, all_well, serving_health
from jobimport.ids import PoolKey, WorkerId
from jobimport.logs import configure_logging
from jobimport.queue.connection import connect
from jobimport.queue.queue import Queue, QueueRefused
from jobimport.queue.readiness import redis_check
from jobimport.rotation import MountedUrls
from jobimport.settings import WorkerSettings, describe_settings
from jobimport.store.collections import open_client, open_database
from jobimport.store.readiness import mongodb_check
from jobimport.telemetry.metrics.registry import BUILD_INFO
from jobimport.telemetry.traces import tracing
from jobimport_worker.fetch.addresses import parse_networks
from jobimport_worker.fetch.client import Fetcher
from jobimport_worker.fetch.turns import Turns
from jobimport_worker.kubernetes_status import KubernetesStatus
from jobimport_worker.loop import Worker
from jobimport_worker.progress import NoTarget, ProgressTarget

_COLLECT_AFTER = 20_000
"""Containers between two looks for cycles. Records are trees and go without; a batch has thousands
of containers, so that at Python's usual 700 an eighth of a first import is spent on looking.
"""


async def work(settings: WorkerSettings) -> None:
    """Work on the settings' pool until SIGTERM or SIGINT."""
    release = version("jobimport-worker")
    name = WorkerId(settings.worker_name or f"{socket.gethostname()}-{os.getpid()}")
    pool = PoolKey(settings.worker_namespace, settings.worker_pool)
    BUILD_INFO.labels("worker", release).set(1)
    redis = connect(settings.redis_url.get_secret_value())
    client = open_client(settings.mongodb_url.get_secret_value())
    database = open_database(client, settings.mongodb_database)
    checks = {"redis": redis_check(redis), "mongodb": mongodb_check(database)}
    stores = Stores(checks, MountedUrls(settings))
    networks = parse_networks(settings.allowed_networks)
    turns = Turns(HostBudgets(redis), settings.lease_seconds)
    fetcher = Fetcher(networks, Path(settings.credentials_dir), release, turns)
    target: ProgressTarget = (
        KubernetesStatus(await ClusterApi.connect())
        if settings.status_target == "kubernetes"
        else NoTarget()
    )
    queue = Queue(redis, pool)
    worker = Worker(settings, name, queue, database, fetcher, target, release)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    try:
        async with serving_health(settings.health_port, all_well, stores.problem):
            if settings.health_port:
                await _work_when_ready(worker, stores)
            else:
                await queue.check_server()
                await worker.run()
    finally:
        await queue.close()
        await target.close()
        await fetcher.close()
        await client.close()
        await redis.aclose()


async def _work_when_ready(worker: Worker, stores: Stores) -> None:
    """Claim nothing before the stores can be used; the probe says why, and it heals by itself."""
    watching = asyncio.create_task(stores.watch(), name="watch of the stores")
    either = [asyncio.create_task(each) for each in (stores.usable(), worker.stopped())]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        await worker.run()
    finally:
        for task in (watching, *either):
            task.cancel()


def main() -> int:
    """Run a worker. Its settings come from the environment; `--help` lists them."""
    parser = argparse.ArgumentParser(
        prog="jobimport-worker",
        description="Fetch, map and write job postings for one pool.",
        epilog="environment:\n" + describe_settings(WorkerSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    settings = WorkerSettings()
    configure_logging(settings.log_format, settings.log_level)
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    try:
        with tracing("worker", version("jobimport-worker")):
            asyncio.run(work(settings))
    except QueueRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
