"""A cluster with the images of an older release and of this one (`make test-upgrade`)."""

import os
from collections.abc import Generator

import pytest

from cluster.choosing import choose
from cluster.leftovers import difference, host_state
from cluster.older import OLDEST, Older, older_release
from cluster.release import Installed, NodeCluster, installed_release, running_node_cluster

COMMIT = os.environ.get("OLDER", OLDEST)
_SECONDS = 2400
"""The first test waits for six images to be built."""


def pytest_report_header() -> str:
    return f"upgrade from {COMMIT} on: {choose().kind} ({choose().why})"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for each in items:
        each.add_marker(pytest.mark.timeout(_SECONDS))


@pytest.fixture(scope="session")
def older() -> Generator[Older]:
    with older_release(COMMIT) as unpacked:
        yield unpacked


@pytest.fixture(scope="session")
def cluster(older: Older) -> Generator[NodeCluster]:
    before = host_state()
    with running_node_cluster(older=older) as running:
        yield running
    if choose().kind == "built":
        assert difference(before, host_state()) == []


@pytest.fixture(scope="session")
def installed(cluster: NodeCluster, older: Older) -> Generator[Installed]:
    """The older release, installed by its own chart."""
    with installed_release(cluster, older) as made:
        yield made
