"""A control plane that trusts an issuer and writes down who asked it for what; its users."""

import json
import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import yaml

from cluster.certificates import Authority
from cluster.control_plane import ControlPlane, running_control_plane
from cluster.issuer import CLIENT, USER, Issuer, serving_issuer
from jobimport_cli.processes import running_part

ROOT = Path(__file__).parents[3]
OURS, THEIRS, LAB = "ours", "theirs", "lab"
"""Namespaces: one with an operator and a worker, one of others, one whose statuses tests write."""
ALL_BUT_DELETE = "get,list,watch,create,patch"
_RESOURCE = "jobimports.jobimport.dev"
_AUDITED = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {
            "level": "Metadata",
            "verbs": ["create", "patch", "update", "delete"],
            "resources": [{"group": "jobimport.dev", "resources": ["jobimports"]}],
        },
        {"level": "None"},
    ],
}


class Cluster:
    """The control plane with its issuer."""

    def __init__(self, plane: ControlPlane, issuer: Issuer, ca: Path, audit: Path) -> None:
        self.plane = plane
        self.issuer = issuer
        self.ca = ca
        self.audit = audit

    def kubectl(self, *arguments: str, given: str | None = None, check: bool = True) -> str:
        """Run kubectl as who may do everything; gives its output."""
        command = [str(self.plane.kubectl), "--kubeconfig", str(self.plane.kubeconfig), *arguments]
        done = subprocess.run(
            command, input=given, text=True, check=check, timeout=60, capture_output=True
        )
        return done.stdout.strip()

    def apply(self, manifest: dict[str, Any]) -> None:
        """Apply a manifest."""
        self.kubectl("apply", "--server-side", "-f", "-", given=json.dumps(manifest))

    def user(self, name: str, verbs: str, *namespaces: str) -> str:
        """A service account of the first namespace with rights on the imports of all; its token."""
        home = namespaces[0]
        account = f"{home}:{name}"
        self.kubectl("-n", home, "create", "serviceaccount", name)
        for namespace in namespaces:
            self.allow(name, f"--serviceaccount={account}", verbs, namespace)
        return self.kubectl("-n", home, "create", "token", name)

    def allow(self, name: str, subject: str, verbs: str, namespace: str) -> None:
        """Give a subject rights on the imports of a namespace."""
        rights = (f"--verb={verbs}", f"--resource={_RESOURCE}")
        self.kubectl("-n", namespace, "create", "role", name, *rights)
        self.kubectl("-n", namespace, "create", "rolebinding", name, f"--role={name}", subject)

    def asked(self, name: str) -> list[str]:
        """Who changed an import, by the API server's own audit log, the newest last."""
        lines = [json.loads(line) for line in self.audit.read_text().splitlines()]
        about = [each for each in lines if each["objectRef"].get("name") == name]
        return [f"{each['verb']} by {each['user']['username']}" for each in about]


@contextmanager
def running_cluster(folder: Path) -> Generator[Cluster]:
    """Run it while the context lasts, with the CRD, the namespaces and the OIDC user's rights."""
    audit = folder / "audit.log"
    policy = folder / "audit-policy.yaml"
    policy.write_text(yaml.safe_dump(_AUDITED))
    found: list[Issuer] = []

    def trust(authority: Authority) -> dict[str, str]:
        pair = authority.server("issuer", ["127.0.0.1"], ["localhost"])
        found.append(stack.enter_context(serving_issuer(pair)))
        return {
            "oidc-issuer-url": found[0].url,
            "oidc-client-id": CLIENT,
            "oidc-username-claim": "email",
            "oidc-username-prefix": "oidc:",
            "oidc-ca-file": str(authority.pair.certificate),
            "audit-policy-file": str(policy),
            "audit-log-path": str(audit),
        }

    with ExitStack() as stack:
        plane = stack.enter_context(running_control_plane(more_flags=trust))
        made = Cluster(plane, found[0], plane.authority.pair.certificate, audit)
        _furnish(made)
        yield made


def _furnish(cluster: Cluster) -> None:
    crd = "crd/jobimports.jobimport.dev"
    for path in sorted((ROOT / "crds").glob("*.yaml")):
        cluster.kubectl("apply", "--server-side", "-f", str(path))
    for what in ("create", "condition=Established"):
        cluster.kubectl("wait", f"--for={what}", crd, "--timeout=60s")
    for namespace in (OURS, THEIRS, LAB):
        cluster.kubectl("create", "namespace", namespace)
    cluster.allow("jane", f"--user=oidc:{USER}", ALL_BUT_DELETE, OURS)


@asynccontextmanager
async def running_parts(environment: dict[str, str], logs: Path) -> AsyncGenerator[None]:
    """An operator for one namespace and a worker in it, while the context lasts."""
    named = {
        **environment,
        "WATCH_NAMESPACES": OURS,
        "WORKER_NAMESPACE": OURS,
        "WORKER_NAME": "worker-1",
        "STATUS_TARGET": "kubernetes",
    }
    async with (
        running_part("operator", "jobimport_operator", [], named, logs),
        running_part("worker", "jobimport_worker", [], named, logs),
    ):
        yield
