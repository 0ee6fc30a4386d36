"""A cluster with a node and the chart installed, for the tests of this folder."""

from collections.abc import Generator
from pathlib import Path

import pytest

from cluster.choosing import choose
from cluster.demo import STANDINS
from cluster.images import CLI, TARGETS
from cluster.leftovers import difference, host_state
from cluster.release import Installed, NodeCluster, installed_release, running_node_cluster


def pytest_report_header() -> str:
    choice = choose()
    made = "kind" if choice.kind == "kind" else "upstream's programs with a containerd node"
    return f"node: {made} ({choice.why})"


FIRST_SECONDS = 1800
"""The first tests wait for images to be built and a cluster to be made."""
LATER_SECONDS = 420
_FIRST = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test of this folder its deadline."""
    ours = [each for each in items if each.path.parent == Path(__file__).parent]
    for number, each in enumerate(ours):
        each.add_marker(pytest.mark.timeout(FIRST_SECONDS if number < _FIRST else LATER_SECONDS))


@pytest.fixture(scope="session")
def cluster() -> Generator[NodeCluster]:
    before = host_state()
    with running_node_cluster((*TARGETS, STANDINS, CLI)) as running:
        yield running
    if choose().kind == "built":
        assert difference(before, host_state()) == []


@pytest.fixture(scope="session")
def installed(cluster: NodeCluster) -> Generator[Installed]:
    with installed_release(cluster) as made:
        yield made
