"""A cluster with a node and the chart installed, for the tests of this folder."""

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from cluster.choosing import choose
from cluster.release import Installed, NodeCluster, installed_release, running_node_cluster


def pytest_report_header() -> str:
    choice = choose()
    made = "kind" if choice.kind == "kind" else "upstream's programs with a containerd node"
    return f"node: {made} ({choice.why})"


FIRST_SECONDS = 1800
"""The first test waits for images to be built and a cluster to be made."""
LATER_SECONDS = 420


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder its deadline."""
    ours = [each for each in items if each.path.parent == Path(__file__).parent]
    for number, each in enumerate(ours):
        each.add_marker(pytest.mark.timeout(LATER_SECONDS if number else FIRST_SECONDS))


@pytest.fixture(scope="session")
def cluster() -> Generator[NodeCluster]:
    with running_node_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def installed(cluster: NodeCluster) -> Generator[Installed]:
    with installed_release(cluster) as made:
        yield made


async def until(what: str, found: Any, cluster: NodeCluster, seconds: float = 60) -> Any:
    """Wait until `found()` gives something true, and return it; else say what runs."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                value = await asyncio.to_thread(found)
                if value:
                    return value
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise AssertionError(f"{what}: not within {seconds} s\n{cluster.what_runs()}") from None
