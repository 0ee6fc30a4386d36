"""CRDs of the projects that our examples and the chart are written for, as they publish them."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cluster.building import CannotBuild


@dataclass(frozen=True, slots=True)
class Upstream:
    """A Go module with CRDs in it, pinned by the sum that go.sum would hold."""

    module: str
    sum: str
    crds: tuple[str, ...]


UPSTREAM: Final = (
    Upstream(
        "github.com/kedacore/keda/v2@v2.17.2",
        "h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk=",
        (
            "config/crd/bases/keda.sh_scaledobjects.yaml",
            "config/crd/bases/keda.sh_triggerauthentications.yaml",
        ),
    ),
    Upstream(
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        tuple(
            f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml"
            for kind in ("podmonitors", "prometheusrules", "servicemonitors")
        ),
    ),
    Upstream(
        "sigs.k8s.io/gateway-api@v1.4.0",
        "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
        ("config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",),
    ),
    Upstream(
        "github.com/fluxcd/kustomize-controller@v1.7.3",
        "h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M=",
        ("config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",),
    ),
    Upstream(
        "github.com/argoproj/argo-cd/v3@v3.1.8",
        "h1:NkLPiRI5qGkV+q1EN3O7/0Wb9O/MVl62vadKteZqMUw=",
        ("manifests/crds/application-crd.yaml",),
    ),
)
_FETCH_SECONDS: Final = 200


def upstream_crds() -> Iterator[Path]:
    """Fetch the modules, once per machine; the paths of their CRDs.

    CannotBuild where Go is missing, a module cannot be fetched, or is not the one that was pinned.
    """
    go = shutil.which("go")
    if go is None:
        raise CannotBuild("Go is missing, with which the CRDs of other projects are fetched")
    for each in UPSTREAM:
        folder = fetched(go, each)
        yield from (folder / path for path in each.crds)


def fetched(go: str, upstream: Upstream) -> Path:
    """The folder of a module; CannotBuild where it is not the pinned one, or not to be had."""
    command = [go, "mod", "download", "-json", upstream.module]
    done = subprocess.run(
        command,
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
        timeout=_FETCH_SECONDS,
        check=False,
    )
    said = json.loads(done.stdout) if done.stdout.strip() else {}
    if "Dir" not in said:
        why = said.get("Error", done.stderr)
        raise CannotBuild(f"{upstream.module} could not be fetched: {why}")
    if said["Sum"] != upstream.sum:
        raise CannotBuild(f"{upstream.module} is {said['Sum']}, not {upstream.sum} as pinned")
    return Path(said["Dir"])
