"""The gateway's view of the imports follows the API server, whatever that goes through."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config

from cluster.fault_proxy import FaultProxy, is_watch
from cluster.operator_bench import BASE, Bench, eventually
from jobimport.cluster_api import ClusterApi
from jobimport.ids import ImportKey
from jobimport.resource.object import ImportObject
from jobimport_api.problems import ProblemError
from jobimport_api.sources.cluster import ClusterSource


@dataclass
class View:
    """What the gateway knows of the bench's imports, through a proxy that has faults."""

    source: ClusterSource
    proxy: FaultProxy
    bench: Bench

    async def names(self) -> set[str] | None:
        """The names of the imports; None where the gateway says that it cannot know."""
        try:
            return {each.name for each in await self.source.list()}
        except ProblemError as problem:
            assert problem.status == 503
            return None

    async def until(self, is_so: Callable[[set[str] | None], bool]) -> None:
        async def seen() -> bool:
            return is_so(await self.names())

        await eventually(seen, 30)

    async def watching(self) -> None:
        async def is_open() -> bool:
            return self.proxy.open_watches > 0

        await eventually(is_open, 30)

    def lists(self) -> int:
        """How often the imports were listed, or a watch was opened."""
        return self.proxy.calls.count(f"GET {BASE}/{self.bench.namespace}/jobimports")


@pytest.fixture
async def view(bench: Bench, kubeconfig: Path, tmp_path: Path) -> AsyncIterator[View]:
    proxy = FaultProxy(kubeconfig)
    async with proxy.serving(tmp_path) as through:
        configuration = Configuration()
        await load_kube_config(config_file=str(through), client_configuration=configuration)
        source = ClusterSource(
            ClusterApi(ApiClient(configuration=configuration)), [bench.namespace]
        )
        yield View(source, proxy, bench)
        await source.close()


async def test_what_is_made_changed_and_deleted_is_seen_without_asking_again(view: View) -> None:
    await view.bench.apply("acme", schedule="@hourly")
    await view.until(lambda names: names == {"acme"})
    await view.watching()
    lists = view.lists()
    await view.bench.apply("other", schedule="@hourly")
    await view.until(lambda names: names == {"acme", "other"})
    await view.bench.apply("acme", schedule="@daily")
    key = ImportKey(view.bench.namespace, "acme")

    async def is_daily() -> bool:
        imp = await view.source.get(key)
        return imp is not None and imp.raw_spec["schedule"] == "@daily"

    await eventually(is_daily)
    await view.bench.api.call("DELETE", view.bench.path("other"))
    await view.until(lambda names: names == {"acme"})
    assert view.lists() == lists


async def test_a_watch_that_is_cut_or_forgotten_misses_nothing(view: View) -> None:
    await view.bench.apply("acme", schedule="@hourly")
    await view.until(lambda names: names == {"acme"})
    for in_stream in (True, False):
        view.proxy.refuse(is_watch, 410, 2, in_stream=in_stream)
        await view.watching()
        assert view.proxy.cut_watches() > 0
        name = f"while-{in_stream}".lower()
        await view.bench.apply(name, schedule="@hourly")
        await view.until(lambda names, name=name: names is not None and name in names)
    await view.bench.api.call("DELETE", view.bench.path("acme"))
    await view.until(lambda names: names is not None and "acme" not in names)


async def test_what_cannot_be_known_is_said_and_heals(view: View) -> None:
    await view.bench.apply("acme", schedule="@hourly")
    await view.until(lambda names: names == {"acme"})
    view.proxy.leave()
    await view.until(lambda names: names is None)
    await view.bench.apply("meanwhile", schedule="@hourly")
    view.proxy.come_back()
    await view.until(lambda names: names == {"acme", "meanwhile"})


async def test_a_new_event_about_an_import_is_told_also_after_a_watch_was_cut(view: View) -> None:
    await view.bench.apply("acme", schedule="@hourly")
    await view.until(lambda names: names == {"acme"})
    key = ImportKey(view.bench.namespace, "acme")
    told: list[ImportKey | None] = []

    async def listen() -> None:
        async for each in view.source.noted():
            told.append(each)  # noqa: PERF401 - it never ends

    async def is_told() -> bool:
        return key in told

    async def is_watched() -> bool:
        return view.proxy.open_watches >= 2

    listening = asyncio.create_task(listen())
    try:
        await eventually(is_watched, 30)
        await an_event(view.bench, "acme", "RunFailed", 1)
        await eventually(is_told, 30)
        assert told == [key]
        assert [each.reason for each in await view.source.events(await the_import(view, key))] == [
            "RunFailed"
        ]
        view.proxy.cut_watches()
        await an_event(view.bench, "acme", "RunHeld", 2)

        async def is_gap_told() -> bool:
            return None in told

        await eventually(is_gap_told, 30)
        told.clear()
        numbers = itertools.count(3)

        async def is_told_of_another() -> bool:
            await an_event(view.bench, "acme", "RunPartial", next(numbers))
            return await is_told()

        await eventually(is_told_of_another, 30)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def the_import(view: View, key: ImportKey) -> ImportObject:
    imp = await view.source.get(key)
    assert imp is not None
    return imp


async def an_event(bench: Bench, name: str, reason: str, number: int) -> None:
    """Make an Event about an import, as the operator makes it."""
    imp = await bench.api.get(bench.path(name))
    assert imp is not None
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    event = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{number}", "namespace": bench.namespace},
        "eventTime": now,
        "type": "Warning",
        "reason": reason,
        "action": "FinishRun",
        "note": f"number {number}",
        "reportingController": "jobimport.dev/test",
        "reportingInstance": "test",
        "regarding": {
            "apiVersion": "jobimport.dev/v1alpha1",
            "kind": "JobImport",
            "namespace": bench.namespace,
            "name": name,
            "uid": imp["metadata"]["uid"],
        },
    }
    await bench.api.create(
        f"/apis/events.k8s.io/v1/namespaces/{bench.namespace}/events", event, "test"
    )
