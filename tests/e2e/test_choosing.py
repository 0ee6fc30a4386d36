"""Which cluster the tests and the demo run on: kind where Docker answers, else a built one."""

import functools
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cluster.choosing import VARIABLE, TestCluster, choose, running_cluster
from cluster.kind import NODE_IMAGE

from .conftest import ROOT

KIND_PROGRAM = """#!/bin/sh
# What kind does for pytest-kind, with the test's own cluster as the one that is made.
echo "$@" >> {said}
case "$1 $2" in
  "get clusters") ;;
  "create cluster") for each in "$@"; do case $each in --kubeconfig=*)
      cp {kubeconfig} "${{each#--kubeconfig=}}" ;; esac; done ;;
esac
"""


def a_program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def path_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH, but for the programs of a plain system."""
    folder = tmp_path / "bin"
    folder.mkdir()
    system = [each for each in ("/usr/bin", "/bin") if not (Path(each) / "docker").exists()]
    monkeypatch.setenv("PATH", ":".join([str(folder), *system]))
    monkeypatch.delenv(VARIABLE, raising=False)
    return folder


def test_without_docker_the_cluster_is_built_and_with_one_that_answers_it_is_kind(
    path_with: Path,
) -> None:
    assert choose().kind == "built"
    a_program(path_with, "docker", "#!/bin/sh\nexit 1\n")
    assert choose().kind == "built", "a client without an engine is no engine"
    a_program(path_with, "docker", '#!/bin/sh\n[ "$1" = info ]\n')
    assert choose().kind == "kind"


def test_the_variable_decides_and_says_what_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("kind", "built"):
        monkeypatch.setenv(VARIABLE, kind)
        assert choose().kind == kind
    monkeypatch.setenv(VARIABLE, "minikube")
    with pytest.raises(ValueError, match="kind or built"):
        choose()


def test_the_summary_says_which_cluster_runs(path_with: Path) -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "tests/e2e/test_choosing.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "cluster: built (no Docker engine answers" in done.stdout


def test_pytest_kind_makes_a_cluster_that_kubectl_reaches_and_deletes_it(
    cluster: TestCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest-kind itself; the program kind is played, for want of a Docker engine."""
    cache, said = tmp_path / "cache", tmp_path / "said"
    served = tmp_path / "served"
    a_program(served, "kind", KIND_PROGRAM.format(said=said, kubeconfig=cluster.kubeconfig))
    a_program(served, "kubectl", f'#!/bin/sh\nexec {cluster.kubectl} "$@"\n')
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv(VARIABLE, "kind")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    with serving(served) as url:
        monkeypatch.setenv("KIND_DOWNLOAD_URL", f"{url}/kind")
        monkeypatch.setenv("KUBECTL_DOWNLOAD_URL", f"{url}/kubectl")
        with running_cluster() as running:
            assert running.choice.kind == "kind"
            command = [running.kubectl, "--kubeconfig", running.kubeconfig, "get", "namespaces"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert "kube-system" in done.stdout
    steps = said.read_text().splitlines()
    assert [each.split()[0] for each in steps] == ["delete", "get", "create", "delete"]
    assert f"--image={NODE_IMAGE}" in steps[2]
    assert all("--name=jobimport-test" in each for each in (steps[0], steps[2], steps[3]))
