"""What a real operator and real workers tell of a run: one trace, metrics, logs that name it."""

import asyncio
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

from integration.telemetry.conftest import Receiver
from jobimport.ids import ImportKey
from jobimport.local import LocalImports
from jobimport.resource.status import LastRun
from jobimport.store.collections import Database
from jobimport_cli.board.faults import FaultPlan
from jobimport_cli.board.feeds import Feed, FeedStyle
from jobimport_cli.board.server import Board, serving
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import RedisServer

DEADLINE_SECONDS = 90
SECRET = "a-key-nobody-may-read"


def write_import(folder: Path, address: str) -> None:
    spec = {
        "source": {
            "request": {"url": f"{address}/acme/jobs"},
            "auth": {"query": {"api_key": "board-key"}},
            "format": {"type": "json", "records": "jobs"},
            "pagination": {
                "type": "page",
                "size": {"name": "per_page", "value": 10},
                "stop": {"total": "total"},
            },
        },
        "mapping": {"externalId": "id", "title": "title"},
        "retry": {"initialDelaySeconds": 0},
    }
    manifest = {
        "apiVersion": "jobimport.dev/v1alpha1",
        "kind": "JobImport",
        "metadata": {"name": "acme"},
        "spec": spec,
    }
    (folder / "acme.yaml").write_text(yaml.safe_dump(manifest))


@asynccontextmanager
async def part(log: Path, *command: str, **environment: str) -> AsyncIterator[None]:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *command), env={**os.environ, **environment}, stderr=output
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(process.wait(), DEADLINE_SECONDS)
    assert status == 0, _end_of(log)


def _end_of(log: Path) -> str:
    return log.read_text()[-4000:]


async def until(condition: Callable[[], Any]) -> Any:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (found := await condition()):
            await asyncio.sleep(0.1)
        return found


async def is_up(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        with suppress(httpx.TransportError):
            return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    return False


async def metrics_of(port: int) -> dict[str, float]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        "".join(
            [sample.name, *(f" {k}={v}" for k, v in sorted(sample.labels.items()))]
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_run_is_one_trace_over_all_parts_and_shows_in_metrics_and_logs(
    tmp_path: Path, receiver: Receiver, redis: Redis, redis_server: RedisServer,
    mongo_url: str, database: Database,
) -> None:  # fmt: skip
    folder, state, keys = tmp_path / "imports", tmp_path / "state", tmp_path / "keys"
    folder.mkdir()
    keys.mkdir()
    (keys / "board-key").write_text(SECRET)
    ports = free_port(), free_port(), free_port()
    common = {
        "REDIS_URL": redis_server.url,
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "INFO",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    work = {
        **common,
        "MONGODB_URL": mongo_url,
        "MONGODB_DATABASE": database.name,
        "ALLOWED_NETWORKS": "127.0.0.0/8",
        "STATUS_TARGET": "none",
        "CREDENTIALS_DIR": str(keys),
        "WORKER_CONCURRENCY": "2",
    }
    where = ("--local", str(folder), "--state", str(state))
    operating = {**common, "POOLS": '{"default": {"min": 0, "max": 0}}', "SWEEP_SECONDS": "0.3"}
    faults = FaultPlan(unavailable=100, only="page=3")
    board = Board({"acme": Feed("acme", FeedStyle.PAGES, 60)}, faults=faults)
    logs = [tmp_path / f"{name}.log" for name in ("operator", "one", "two")]
    async with serving(board) as address:
        worker = ("-m", "jobimport_worker")
        operator = ("-m", "jobimport_operator", *where)
        async with (
            part(logs[0], *operator, **operating, HEALTH_PORT=str(ports[0])),
            part(logs[1], *worker, **work, HEALTH_PORT=str(ports[1]), WORKER_NAME="one"),
            part(logs[2], *worker, **work, HEALTH_PORT=str(ports[2]), WORKER_NAME="two"),
        ):
            for port in ports:
                await until(lambda port=port: is_up(port))
            write_import(folder, address)
            imports = LocalImports(folder, state)

            async def last_run() -> LastRun | None:
                imp = await imports.get(ImportKey("default", "acme"))
                return imp.status.last_run if imp else None

            last = await until(last_run)
            read = [await metrics_of(port) for port in ports]
    _trace_is_whole(receiver, last)
    _metrics_agree(read, last)
    _logs_name_the_run(logs, last)


def _trace_is_whole(receiver: Receiver, last: LastRun) -> None:
    trace = hashlib.sha256(f"trace {last.id}".encode()).digest()[:16].hex()
    assert {span.trace for span in receiver.spans} == {trace}, "one trace, known from the run's id"
    [root] = receiver.named("run")
    assert (root.service, root.parent, root.failed) == ("jobimport-operator", "", False)
    assert root.attributes["jobimport.verdict"] == "Complete"
    assert root.attributes["jobimport.records"] == 60
    tasks = [span for name in ("plan", "page", "finalize") for span in receiver.named(name)]
    assert {span.parent for span in tasks} == {root.id}
    assert {span.service for span in tasks} == {"jobimport-worker"}
    assert len(receiver.named("plan")) == len(receiver.named("finalize")) == 1
    pages = receiver.named("page")
    done = [span for span in pages if span.attributes["jobimport.outcome"] == "done"]
    assert len(done) == last.pages == 6
    [again] = [span for span in pages if span.attributes["jobimport.outcome"] == "retried"]
    assert "503" in again.attributes["jobimport.problem"]
    assert all(root.begin <= span.begin <= span.end <= root.end + 1e9 for span in tasks)
    fetches = receiver.named("fetch")
    assert {span.parent for span in fetches} <= {span.id for span in pages}
    assert SECRET not in str(receiver.spans)


def _metrics_agree(read: list[dict[str, float]], last: LastRun) -> None:
    operator, *workers = read
    assert operator["jobimport_runs_total namespace=default verdict=Complete"] == 1
    assert operator["jobimport_imports namespace=default state=ready"] == 1
    assert operator["jobimport_run_records_total change=inserted namespace=default"] == 60
    assert operator["jobimport_queue_readable namespace=default pool=default"] == 1
    assert operator["jobimport_reconcile_seconds_count result=done"] >= 2
    assert operator["process_resident_memory_bytes"] > 1e6

    def over_workers(name: str) -> float:
        return sum(found.get(name, 0) for found in workers)

    assert over_workers("jobimport_tasks_total kind=page outcome=done") == last.pages
    assert over_workers("jobimport_tasks_total kind=page outcome=retried") == 1
    assert over_workers("jobimport_tasks_total kind=finalize outcome=done") == 1
    assert over_workers("jobimport_records_total change=inserted") == 60
    host = "host=127.0.0.1"
    assert over_workers(f"jobimport_source_requests_total answer=2xx {host}") == last.pages
    assert over_workers(f"jobimport_source_requests_total answer=5xx {host}") == 1
    assert over_workers(f"jobimport_source_received_bytes_total {host}") > 1000


def _logs_name_the_run(logs: list[Path], last: LastRun) -> None:
    for log in logs:
        assert SECRET not in log.read_text()
    lines = [json.loads(line) for log in logs[1:] for line in log.read_text().splitlines()]
    [again] = [line for line in lines if "503" in line["message"]]
    assert again["run"] == last.id
    assert again["import"] == "default/acme"
    assert again["task"].startswith(last.id)
    [started] = [
        json.loads(line) for line in logs[0].read_text().splitlines() if " started (" in line
    ]
    assert started["import"] == "default/acme"


async def test_traces_are_off_by_default_and_cost_no_import(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from jobimport.telemetry.traces import tracing, run_span\n"
        "import jobimport_worker.loop\n"
        "with tracing('worker', '1'), run_span('r', 'page'):\n"
        "    print([n for n in sys.modules if n.startswith(('opentelemetry.sdk.trace',"
        " 'opentelemetry.exporter'))])\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), env=environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert said.decode().strip() == "[]"
