"""Values to render the chart with, and what to look for in what comes out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHART = Path(__file__).parents[3] / "charts" / "jobimport"
KUBERNETES = "1.34"
Manifest = dict[str, Any]
Values = Mapping[str, Any]

STORES: Values = {
    "redis": {"existingSecret": "stores", "key": "redis-url"},
    "mongodb": {"existingSecret": "stores", "key": "mongodb-url"},
}
BOARD: Values = {"enabled": True, "image": {"repository": "board"}, "port": 9000, "args": ["x"]}
PLACED: Values = {
    "env": {"MORE": "1"},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "high",
}
INGRESS: Values = {
    "enabled": True,
    "className": "nginx",
    "hosts": ["imports.example.com"],
    "tls": [{"hosts": ["imports.example.com"], "secretName": "tls"}],
}
ROUTE: Values = {
    "enabled": True,
    "parentRefs": [{"name": "public", "namespace": "gateways"}],
    "hosts": ["imports.example.com"],
}
LARGE: Values = {
    "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "4Gi"}},
    "env": {"WORKER_CONCURRENCY": 1},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "priorityClassName": "low",
}
MATRIX: dict[str, Values] = {
    "own stores": STORES,
    "demo": {"demo": {"enabled": True}, "namespaces": ["default", "recruiting"]},
    "demo with a board": {"demo": {"enabled": True, "board": BOARD}, "namespaces": ["recruiting"]},
    "some namespaces": {
        **STORES,
        "watchNamespaces": ["recruiting", "sales"],
        "namespaces": ["recruiting", "sales"],
    },
    "pools": {**STORES, "pools": {"large": {"min": 1, "max": 3, "tasksPerWorker": 1, **LARGE}}},
    "a route": {**STORES, "gateway": {"httpRoute": ROUTE}},
    "everything on": {
        **STORES,
        "namespaces": ["recruiting"],
        "commonLabels": {"team": "data"},
        "imagePullSecrets": [{"name": "registry"}],
        "operator": PLACED,
        "gateway": {**PLACED, "replicas": 2, "ingress": INGRESS},
        "worker": {"allowedNetworks": ["10.20.0.0/16", "fd00::/8"], "env": {"LOG_FORMAT": "text"}},
        "monitoring": {
            "enabled": True,
            "rules": True,
            "labels": {"release": "prometheus"},
            "dashboard": {"enabled": True},
        },
        "networkPolicies": {
            "gatewayFrom": [{"namespaceSelector": {"matchLabels": {"ingress": "yes"}}}],
            "metricsFrom": [{"namespaceSelector": {"matchLabels": {"metrics": "yes"}}}],
        },
    },
    "two operators": {**STORES, "operator": {"replicas": 2, "autoscaler": "External"}},
    "everything off": {
        **STORES,
        "crds": {"enabled": False},
        "networkPolicies": {"enabled": False},
        "podDisruptionBudgets": {"enabled": False},
    },
}


@dataclass(frozen=True, slots=True)
class Case:
    """Values with the name of the release and its namespace."""

    values: Values
    release: str = "ji"
    namespace: str = "system"


DIGEST = "sha256:" + "0123456789abcdef" * 4
LONG = "a-release-with-a-name-as-long-as-helm-lets-it-be-fifty"[:53]
EVERYTHING_IN_TWO: Values = {
    **STORES,
    "watchNamespaces": ["recruiting", "sales"],
    "namespaces": ["recruiting", "sales"],
    "pools": {
        "default": {**LARGE, "min": 0, "max": 0},
        "large-files": {
            **LARGE,
            "min": 2,
            "max": 200,
            "tasksPerWorker": 16,
            "affinity": {"podAntiAffinity": {}},
        },
    },
    "worker": {
        **{name: value for name, value in LARGE.items() if name != "podAnnotations"},
        "serviceAccount": "imports.worker",
        "secret": "stores.worker",
        "leaseSeconds": 12.5,
        "allowedNetworks": ["10.0.0.0/8", "fd12:3456::/32"],
        "retry": {"maxAttempts": 9, "multiplier": 1.5, "maxDelaySeconds": 86400000},
    },
    "podDisruptionBudgets": {"workersMaxUnavailable": 3},
}
UNUSUAL: dict[str, Case] = {
    "everything of two pools": Case(EVERYTHING_IN_TWO),
    "long names": Case({**MATRIX["everything on"], "operator": {"replicas": 3}}, LONG, "n" * 63),
    "long names of demo stores": Case(
        {"demo": {"enabled": True, "board": BOARD}, "namespaces": ["r" * 63]}, LONG, "n" * 63
    ),
    "another name": Case({**MATRIX["everything on"], "nameOverride": "imports"}),
    "another whole name": Case(
        {**MATRIX["everything on"], "fullnameOverride": ("imports-" * 7)[:50].strip("-")}
    ),
    "images by digest": Case(
        {
            **{part: {"image": {"digest": DIGEST}} for part in ("operator", "gateway", "worker")},
            "demo": {"enabled": True, "mongodb": {"image": {"digest": DIGEST}}},
            "imagePullSecrets": [{"name": "a"}, {"name": "b"}],
            "image": {"pullPolicy": "Always"},
        }
    ),
    "an Ingress and a route": Case(
        {
            **STORES,
            "gateway": {
                "replicas": 3,
                "service": {
                    "type": "LoadBalancer",
                    "port": 8443,
                    "annotations": {"example.com/internal": "true"},
                },
                "ingress": {**INGRESS, "hosts": ["*.example.com", "imports.example.org"]},
                "httpRoute": ROUTE,
            },
        }
    ),
    "scaled elsewhere without policies": Case(
        {
            **STORES,
            "operator": {"replicas": 3, "autoscaler": "External"},
            "networkPolicies": {"enabled": False},
            "crds": {"enabled": False},
            "monitoring": {"enabled": True, "interval": "1m30s", "alerts": {"staleHours": 0.5}},
        }
    ),
    "IPv6": Case(
        {
            **STORES,
            "namespaces": ["recruiting"],
            "worker": {"allowedNetworks": ["fd00::/8", "2001:db8::/32"]},
            "networkPolicies": {
                "apiServerPorts": [6443],
                "redisPorts": [6379, 6380, 26379],
                "gatewayFrom": [{"ipBlock": {"cidr": "fd00::/8", "except": ["fd00:1::/32"]}}],
            },
        }
    ),
    "numbers and switches as environment": Case(
        {
            **STORES,
            "operator": {"env": {"A_SIZE": 10737418240, "A_SWITCH": True, "A_RATE": 0.25}},
            "gateway": {"env": {"A_SIZE": 2500000}, "resources": {"limits": {"cpu": 2}}},
            "worker": {"env": {"A_SIZE": 2500000}, "resources": {"requests": {"cpu": 0.5}}},
        }
    ),
    "where imports are, too": Case(
        {**MATRIX["demo"], "namespaces": ["system"], "watchNamespaces": ["system"]}
    ),
}


class Refused(Exception):
    """Helm refused the values; the text is what it said."""


Render = Callable[[Values], list[Manifest]]


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [each for each in manifests if each["kind"] in kinds]


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    found = [each for each in of_kind(manifests, kind) if each["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind} {name}: {len(found)} found"
    return found[0]


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Name and spec of each pod that the manifests lead to."""
    for each in manifests:
        if each["kind"] == "Pod":
            yield each["metadata"]["name"], each["spec"]
        elif each["kind"] == "Deployment":
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def environment(manifests: list[Manifest], deployment: str) -> dict[str, Any]:
    """A Deployment's environment: values, or where they come from."""
    pod = named(manifests, "Deployment", deployment)["spec"]["template"]["spec"]
    variables = pod["containers"][0]["env"]
    names = [each["name"] for each in variables]
    assert len(names) == len(set(names)), f"a variable is set twice: {names}"
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in variables}
