"""What the chart makes is valid, restricted and bounded, whatever the values."""

import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate

from integration.chart.rendered import CHART, KUBERNETES, Manifest, named, of_kind, pods

# Their CRDs are not Kubernetes' own: tests/e2e/test_upstream.py has a real API server judge them.
OTHERS = {"ServiceMonitor", "PodMonitor", "PrometheusRule", "HTTPRoute"}
OPERATOR = {
    ("jobimport.dev", "jobimports"): {"get", "list", "watch"},
    ("jobimport.dev", "jobimports/status"): {"get", "patch", "update"},
    ("apps", "deployments"): {"get", "list", "create", "patch"},
    ("apps", "deployments/scale"): {"get", "patch"},
    ("", "pods"): {"get", "list", "patch"},
    ("events.k8s.io", "events"): {"create", "patch"},
    ("coordination.k8s.io", "leases"): {"get", "create", "update"},
}
GATEWAY = {
    ("authentication.k8s.io", "tokenreviews"): {"create"},
    ("authorization.k8s.io", "subjectaccessreviews"): {"create"},
    ("jobimport.dev", "jobimports"): {"get", "list", "watch"},
    ("", "events"): {"get", "list", "watch"},
    ("events.k8s.io", "events"): {"get", "list", "watch"},
}
WORKER = {
    ("jobimport.dev", "jobimports"): {"get"},
    ("jobimport.dev", "jobimports/status"): {"get", "patch"},
}
Rights = dict[tuple[str, str], set[str]]


def rights(manifests: list[Manifest], account: str, namespace: str) -> Rights:
    """All that the bindings give to a service account, by API group and resource."""
    given: Rights = {}
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    for binding in of_kind(manifests, "RoleBinding", "ClusterRoleBinding"):
        if subject not in binding["subjects"]:
            continue
        role = [
            each
            for each in of_kind(manifests, binding["roleRef"]["kind"])
            if each["metadata"]["name"] == binding["roleRef"]["name"]
            and each["metadata"].get("namespace") == binding["metadata"].get("namespace")
        ]
        assert len(role) == 1, binding
        for rule in role[0]["rules"]:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    given.setdefault((group, resource), set()).update(rule["verbs"])
    return given


def test_helm_lint_is_content(helm: Path) -> None:
    done = subprocess.run(
        [helm, "lint", "--strict", CHART, "--set", "demo.enabled=true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_manifest_is_valid(manifests: list[Manifest]) -> None:
    assert manifests
    for each in manifests:
        if each["kind"] not in OTHERS:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_nothing_is_made_twice(manifests: list[Manifest]) -> None:
    seen = [
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for each in manifests
    ]
    assert len(seen) == len(set(seen))


def test_pods_meet_the_restricted_standard(manifests: list[Manifest]) -> None:
    found = list(pods(manifests))
    assert len(found) >= 3
    for name, pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC", "initContainers"}, name
        kinds = {key for each in pod.get("volumes", []) for key in each.keys() - {"name"}}
        assert kinds <= {"emptyDir", "projected"}, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, name
            assert "memory" in container["resources"]["limits"], name
            assert not any("hostPort" in each for each in container.get("ports", [])), name


def test_parts_are_probed_on_the_port_that_they_are_told(manifests: list[Manifest]) -> None:
    for name in ("ji-jobimport-operator", "ji-jobimport-gateway"):
        container = named(manifests, "Deployment", name)["spec"]["template"]["spec"]["containers"][
            0
        ]
        port = next(
            each["containerPort"] for each in container["ports"] if each["name"] == "health"
        )
        assert {"name": "HEALTH_PORT", "value": str(port)} in container["env"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "health"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}


def test_no_role_has_a_wildcard_or_secrets(manifests: list[Manifest]) -> None:
    roles = of_kind(manifests, "Role", "ClusterRole")
    assert roles
    for role in roles:
        for rule in role["rules"]:
            words = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert "*" not in words, role["metadata"]
            assert not any(each.startswith("secrets") for each in rule["resources"])


def test_each_part_has_its_rights_and_no_more(manifests: list[Manifest]) -> None:
    assert rights(manifests, "ji-jobimport-operator", "system") == OPERATOR
    assert rights(manifests, "ji-jobimport-gateway", "system") == GATEWAY
    for account in of_kind(manifests, "ServiceAccount"):
        if account["metadata"]["name"] == "jobimport-worker":
            namespace = account["metadata"]["namespace"]
            assert rights(manifests, "jobimport-worker", namespace) == WORKER


def test_selectors_find_their_pods(manifests: list[Manifest]) -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"] for each in of_kind(manifests, "Deployment")
    ]
    selectors: list[Any] = [each["spec"]["selector"] for each in of_kind(manifests, "Service")]
    selectors += [
        each["spec"]["selector"]["matchLabels"]
        for each in of_kind(manifests, "Deployment", "PodDisruptionBudget")
        if each["metadata"]["namespace"] == "system"
    ]
    for selector in selectors:
        assert sum(selector.items() <= each.items() for each in labels) == 1, selector
