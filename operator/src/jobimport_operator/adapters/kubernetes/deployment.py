"""The Deployment of a pool: pods that meet the restricted Pod Security Standard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jobimport.ids import PoolKey
from jobimport.resource.names import CREDENTIALS_NAME, GROUP
from jobimport.settings import PoolSettings

POOL_LABEL: Final = f"{GROUP}/pool"
NAME_LABEL: Final = "app.kubernetes.io/name"
SCRATCH: Final = "/var/scratch"
STORES: Final = "/var/run/secrets/jobimport-stores"
HEALTH_PORT: Final = 8081
WORKER_NAME: Final = "jobimport-worker"

Manifest = dict[str, Any]
_PLAIN: Final = PoolSettings()


@dataclass(frozen=True, slots=True)
class WorkerTemplate:
    """What all pods of workers have in common. `env` has literal values, no secrets.

    `secret` names a Secret of the import's namespace whose keys become environment variables
    (REDIS_URL, MONGODB_URL), and files, so that a change is noticed; the kubelet reads it, the
    operator never does.
    """

    image: str
    image_pull_policy: str = "IfNotPresent"
    service_account: str = WORKER_NAME
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    secret: str = WORKER_NAME
    resources: Mapping[str, Any] = field(default_factory=dict[str, Any])
    credentials_dir: str = "/var/run/secrets/jobimport"
    termination_grace_seconds: int = 30
    pools: Mapping[str, PoolSettings] = field(default_factory=dict[str, PoolSettings])
    """What single pools have of their own."""

    def of(self, pool: PoolKey) -> PoolSettings:
        """Return what a pool has of its own."""
        return self.pools.get(pool.pool, _PLAIN)


def deployment_name(pool: PoolKey) -> str:
    """Name the Deployment of a pool."""
    return f"{WORKER_NAME}-{pool.pool}"


def selector(pool: PoolKey) -> dict[str, str]:
    """Return the labels by which a pool's pods are known."""
    return {NAME_LABEL: WORKER_NAME, POOL_LABEL: pool.pool}


def deployment(pool: PoolKey, template: WorkerTemplate) -> Manifest:
    """Describe a pool's Deployment, but for its size, which is the autoscaler's."""
    labels = {**selector(pool), "app.kubernetes.io/managed-by": "jobimport-operator"}
    annotations = template.of(pool).pod_annotations
    about = {"labels": labels, **({"annotations": dict(annotations)} if annotations else {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": deployment_name(pool),
            "namespace": pool.namespace,
            "labels": labels,
        },
        "spec": {
            "selector": {"matchLabels": selector(pool)},
            "revisionHistoryLimit": 3,
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
            },
            "template": {"metadata": about, "spec": _pod(pool, template)},
        },
    }


def _pod(pool: PoolKey, template: WorkerTemplate) -> Manifest:
    return {
        "serviceAccountName": template.service_account,
        "terminationGracePeriodSeconds": template.termination_grace_seconds,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **_placement(template.of(pool)),
        "containers": [_container(pool, template)],
        "volumes": [
            {"name": "credentials", "secret": {"secretName": CREDENTIALS_NAME, "optional": True}},
            {"name": "stores", "secret": {"secretName": template.secret, "optional": True}},
            {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
    }


def _placement(own: PoolSettings) -> Manifest:
    """Say where a pool's pods run, as far as it says so."""
    said: Manifest = {
        "nodeSelector": own.node_selector,
        "tolerations": own.tolerations,
        "affinity": own.affinity,
        "topologySpreadConstraints": own.topology_spread_constraints,
        "priorityClassName": own.priority_class_name,
    }
    return {name: value for name, value in said.items() if value}


def _container(pool: PoolKey, template: WorkerTemplate) -> Manifest:
    own = template.of(pool)
    literal = {
        **template.env,
        **own.env,
        "TMPDIR": SCRATCH,
        "WORKER_NAMESPACE": pool.namespace,
        "WORKER_POOL": pool.pool,
        "CREDENTIALS_DIR": template.credentials_dir,
        "STORES_DIR": STORES,
        "STATUS_TARGET": "kubernetes",
        "HEALTH_PORT": str(HEALTH_PORT),
    }
    return {
        "name": "worker",
        "image": template.image,
        "imagePullPolicy": template.image_pull_policy,
        "command": ["python", "-m", "jobimport_worker"],
        "envFrom": [{"secretRef": {"name": template.secret}}],
        "env": [
            {"name": "WORKER_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            *({"name": name, "value": value} for name, value in sorted(literal.items())),
        ],
        "ports": [{"name": "health", "containerPort": HEALTH_PORT}],
        "startupProbe": _probe("/livez", periodSeconds=1, failureThreshold=60),
        "livenessProbe": _probe("/livez", periodSeconds=10, failureThreshold=6),
        "readinessProbe": _probe("/readyz", periodSeconds=5, failureThreshold=2),
        "resources": dict(template.resources if own.resources is None else own.resources),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "credentials", "mountPath": template.credentials_dir, "readOnly": True},
            {"name": "stores", "mountPath": STORES, "readOnly": True},
            {"name": "scratch", "mountPath": SCRATCH},
        ],
    }


def _probe(path: str, **times: int) -> Manifest:
    return {"httpGet": {"path": path, "port": "health"}, "timeoutSeconds": 5, **times}
