"""Metrics: bounded, described, and counted once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jobimport.ids import PoolKey
from jobimport.queue.tasks import PoolView
from jobimport.resource.status import JobImportStatus, LastRun, LastSuccessfulRun, Verdict
from jobimport.telemetry.manual import metrics_tables, page_with
from jobimport.telemetry.metrics import pools, worker
from jobimport.telemetry.metrics.operator import ImportCounts, show_imports
from jobimport.telemetry.metrics.registry import DESCRIBED, REGISTRY, BoundedLabel, exposition
from jobimport_operator.measures import counted, tell_of_change
from unit.operator.builders import NOON, an_import

ROOT = Path(__file__).parents[3]
POOL = PoolKey("recruiting", "default")


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def a_view(ready: int) -> PoolView:
    return PoolView(POOL, "e", ready, 2, 3, 1, 9, [], [], 1500)


def a_last_run(verdict: Verdict, **counts: int) -> LastRun:
    return LastRun(
        id="acme-1",
        reason="Requested",
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=90),
        verdict=verdict,
        **counts,
    )


def test_a_bounded_label_gives_other_to_all_that_come_too_late() -> None:
    label = BoundedLabel(2)
    assert [label.of(name) for name in ("a", "b", "c", "a", "d")] == [
        "a",
        "b",
        "other",
        "a",
        "other",
    ]


def test_a_source_may_redirect_to_a_thousand_hosts_and_makes_51_series() -> None:
    for number in range(1000):
        worker.count_answer(f"host-{number}.example", 200, 0.1)
    hosts = {
        sample.labels["host"]
        for family in REGISTRY.collect()
        if family.name == "jobimport_source_requests"
        for sample in family.samples
    }
    assert len(hosts) <= 51
    assert (value("jobimport_source_requests_total", host="other", answer="2xx") or 0) >= 950


@pytest.mark.parametrize(("status", "kind"), [(200, "2xx"), (429, "429"), (503, "5xx")])
def test_answers_go_by_their_class(status: int, kind: str) -> None:
    worker.count_answer("host-0.example", status, 0.1)
    assert (value("jobimport_source_requests_total", host="host-0.example", answer=kind) or 0) >= 1


def test_a_pool_that_cannot_be_read_says_so_and_one_that_is_gone_has_no_series() -> None:
    names = {"namespace": "recruiting", "pool": "default"}
    pools.show_load(POOL, a_view(ready=4))
    assert value("jobimport_queue_tasks", **names, state="ready") == 4
    assert value("jobimport_queue_oldest_ready_seconds", **names) == 1.5
    pools.show_load(POOL, None)
    assert value("jobimport_queue_readable", **names) == 0
    pools.show_blocked(POOL, "ImagePullFailed")
    assert value("jobimport_pool_blocked", **names, reason="ImagePullFailed") == 1
    pools.show_blocked(POOL, "QuotaExceeded")
    assert value("jobimport_pool_blocked", **names, reason="ImagePullFailed") is None
    pools.forget_pool(POOL)
    assert value("jobimport_queue_tasks", **names, state="ready") is None
    assert value("jobimport_queue_readable", **names) is None


def test_a_run_is_counted_when_its_outcome_is_written_and_only_then() -> None:
    names = {"namespace": "recruiting", "verdict": "Partial"}
    before = value("jobimport_runs_total", **names) or 0
    status = JobImportStatus(last_run=a_last_run(Verdict.PARTIAL, inserted=3, failed_pages=1))
    imp = an_import(status=status)
    tell_of_change(imp, JobImportStatus())
    tell_of_change(imp, status)
    assert value("jobimport_runs_total", **names) == before + 1


def test_imports_are_counted_when_the_metrics_are_read() -> None:
    now = NOON + timedelta(hours=2)
    done = JobImportStatus(
        last_run=a_last_run(Verdict.COMPLETE),
        last_successful_run=LastSuccessfulRun(id="acme-1", finished_at=NOON + timedelta(hours=1)),
    )
    imports = [
        an_import(name="a", schedule="@hourly", status=done),
        an_import(name="b", schedule="@hourly", suspend=True),
        an_import(name="c"),
    ]
    show_imports(ImportCounts(lambda: counted(now, imports)))
    show_imports(ImportCounts(lambda: counted(now, imports)))
    namespace = "recruiting"
    assert value("jobimport_imports", namespace=namespace, state="ready") == 2
    assert value("jobimport_imports", namespace=namespace, state="suspended") == 1
    assert value("jobimport_imports_last_verdict", namespace=namespace, verdict="Complete") == 1
    assert value("jobimport_imports_oldest_success_seconds", namespace=namespace) == 3600
    imports[0] = an_import(
        name="a", schedule="@hourly", created_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    age = value("jobimport_imports_oldest_success_seconds", namespace=namespace) or 0
    assert age > 20 * 86400, "an import that never succeeded is as old as its creation"


def test_everything_served_is_described_and_can_be_parsed() -> None:
    tables = metrics_tables()
    names = {each.name.removesuffix("_total") for each in DESCRIBED}
    families = list(text_string_to_metric_families(exposition().decode()))
    served = {family.name for family in families if family.name.startswith("jobimport_")}
    assert len(served) > 25
    assert served <= names
    assert all(each.text and each.name in tables for each in DESCRIBED)


def test_the_docs_list_is_refused_where_it_has_no_place() -> None:
    page = (ROOT / "docs" / "observability.md").read_text()
    assert page_with(page, metrics_tables()) == page
    with pytest.raises(ValueError, match="must have the lines"):
        page_with("# nothing\n", "")
