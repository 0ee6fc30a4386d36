"""What the parts are told by their environment; one class a part, every variable described."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_CONFIG = SettingsConfigDict(
    extra="ignore", case_sensitive=False, frozen=True, env_ignore_empty=True
)


class RedisSettings(BaseSettings):
    """Where Redis is."""

    model_config = _CONFIG

    redis_url: SecretStr = Field(
        default=SecretStr("redis://127.0.0.1:6379/0"),
        description="Redis: redis://, or rediss:// for TLS, with user and password where needed.",
    )
    stores_dir: str = Field(
        default="",
        description="Folder where the Secret with REDIS_URL and MONGODB_URL is mounted: when one of"
        " them changes there, the part ends in order, to be started again with it.",
    )


class StoreSettings(RedisSettings):
    """Where Redis and MongoDB are."""

    model_config = _CONFIG

    mongodb_url: SecretStr = Field(
        default=SecretStr("mongodb://127.0.0.1:27017/"), description="MongoDB connection string."
    )
    mongodb_database: str = Field(default="jobimport", description="MongoDB database.")


class LogSettings(BaseSettings):
    """How a part logs."""

    model_config = _CONFIG

    log_format: Literal["json", "text"] = Field(default="json", description="json or text.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR."
    )


class RetrySettings(BaseSettings):
    """How pages are tried again where a spec does not say."""

    model_config = _CONFIG

    retry_max_attempts: int = Field(default=5, ge=1, description="Tries of a page.")
    retry_initial_delay_seconds: float = Field(
        default=2, ge=0, description="Delay before the second try, in seconds."
    )
    retry_multiplier: float = Field(
        default=2, ge=1, description="What each further delay is multiplied by."
    )
    retry_max_delay_seconds: float = Field(
        default=300, gt=0, description="Longest delay, in seconds."
    )


class WorkerSettings(StoreSettings, LogSettings, RetrySettings):
    """The environment of a worker."""

    model_config = _CONFIG

    worker_name: str = Field(default="", description="Name of the worker; default: the host's.")
    worker_namespace: str = Field(default="default", description="Namespace it works for.")
    worker_pool: str = Field(default="default", description="Pool it belongs to.")
    worker_concurrency: int = Field(
        default=4, ge=1, le=256, description="Tasks that one worker works on at a time."
    )
    batch_size: int = Field(
        default=500, ge=1, le=10_000, description="Records per write where a spec does not say."
    )
    lease_seconds: float = Field(
        default=30,
        ge=1,
        description="How long a task is a worker's without a sign of life, in seconds.",
    )
    mongodb_patience_seconds: float = Field(
        default=120,
        ge=0,
        description="How long a read or write is tried again while MongoDB is away, before its task"
        " begins anew, in seconds. The task's lease is renewed meanwhile.",
    )
    shutdown_grace_seconds: float = Field(
        default=25, ge=0, description="How long pages in work may go on after SIGTERM, in seconds."
    )
    allowed_networks: str = Field(
        default="",
        description="Networks (CIDR, comma-separated) that sources may be in although they are"
        " private, such as 10.20.0.0/16. Else only public addresses are fetched from.",
    )
    credentials_dir: str = Field(
        default="/var/run/secrets/jobimport",
        description="Folder with the keys of the Secret jobimport-credentials.",
    )
    credentials_wait_seconds: float = Field(
        default=900,
        ge=0,
        description="How long a run waits for a key that its auth names and the Secret lacks,"
        " before the page fails, in seconds.",
    )
    status_target: Literal["kubernetes", "none"] = Field(
        default="kubernetes", description="Where progress is reported: kubernetes or none."
    )
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0: none."
    )


class PoolLimits(BaseModel):
    """The limits of one pool."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)

    min: int = Field(default=0, ge=0)
    max: int = Field(default=10, ge=0)
    tasks_per_worker: int = Field(default=4, ge=1, alias="tasksPerWorker")


class PoolSettings(PoolLimits):
    """A pool: its limits, and what its pods have that those of other pools have not.

    All but the limits is as in a Kubernetes PodSpec; `resources` stand in place of the workers'
    own, `env` beside theirs.
    """

    resources: dict[str, dict[str, str]] | None = None
    env: dict[str, str] = Field(default_factory=dict[str, str])
    pod_annotations: dict[str, str] = Field(default_factory=dict[str, str], alias="podAnnotations")
    node_selector: dict[str, str] = Field(default_factory=dict[str, str], alias="nodeSelector")
    tolerations: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    affinity: dict[str, Any] = Field(default_factory=dict[str, Any])
    topology_spread_constraints: list[dict[str, Any]] = Field(
        default_factory=list[dict[str, Any]], alias="topologySpreadConstraints"
    )
    priority_class_name: str = Field(default="", alias="priorityClassName")


class OperatorSettings(RedisSettings, LogSettings):
    """The environment of the operator. It uses Redis, and has no MongoDB."""

    model_config = _CONFIG

    import_concurrency: int = Field(
        default=4, ge=1, description="Tasks of one import in work where its spec does not say."
    )
    max_crashes: int = Field(
        default=10, ge=1, description="Workers that one task may kill before it is stopped."
    )
    watch_namespaces: str = Field(
        default="", description="Namespaces to watch, comma-separated; empty: all."
    )
    worker_image: str = Field(
        default="jobimport-worker:0.1.0", description="Image of the pools' Deployments."
    )
    worker_service_account: str = Field(
        default="jobimport-worker", description="Service account of the pools' pods."
    )
    worker_env: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="JSON object: environment that the pools' pods get, such as BATCH_SIZE.",
    )
    worker_resources: dict[str, dict[str, str]] = Field(
        default_factory=lambda: {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "1Gi"},
        },
        description="JSON object: requests and limits of the pools' pods.",
    )
    worker_secret: str = Field(
        default="jobimport-worker",
        description="Secret, in each namespace, with the keys REDIS_URL and MONGODB_URL.",
    )
    worker_image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        default="IfNotPresent", description="When the workers' image is pulled."
    )
    worker_termination_grace_seconds: int = Field(
        default=30,
        ge=1,
        description="What the pools' pods are given to end, in seconds: longer than the workers'"
        " SHUTDOWN_GRACE_SECONDS.",
    )
    pools: dict[str, PoolSettings] = Field(
        default_factory=lambda: {"default": PoolSettings()},
        description='JSON object: limits by pool, {"default": {"min": 0, "max": 10,'
        ' "tasksPerWorker": 4}}, with resources, env, podAnnotations, nodeSelector, tolerations,'
        " affinity, topologySpreadConstraints and priorityClassName of its pods.",
    )
    autoscaler_mode: Literal["Builtin", "External"] = Field(
        default="Builtin",
        description="Who sets the size of the pools: Builtin the operator; External something else,"
        " such as KEDA, by the load that the gateway serves.",
    )
    scale_down_seconds: float = Field(
        default=60, ge=0, description="How long fewer workers must do before one goes, in seconds."
    )
    sweep_seconds: float = Field(
        default=2, gt=0, description="How often lost and left-over runs are looked for, in seconds."
    )
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0: none."
    )
    leader_election: bool = Field(
        default=False,
        description="Whether replicas agree by a Lease on the one that works; needs POD_NAMESPACE.",
    )
    pod_namespace: str = Field(
        default="", validate_default=True, description="Namespace of the Lease: the pod's own."
    )
    pod_name: str = Field(
        default="", description="Name of the replica, shown in the Lease; default: the host's."
    )
    install_name: str = Field(
        default="",
        description="Name of this installation, by which it claims the namespaces that it acts in;"
        " default: the Lease's namespace and name, or the host's.",
    )
    lease_name: str = Field(
        default="jobimport-operator", min_length=1, description="Name of the replicas' Lease."
    )

    @field_validator("pod_namespace")
    @classmethod
    def _lease_has_a_namespace(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("leader_election") and not value:
            raise ValueError("set it to the pod's namespace: LEADER_ELECTION keeps its Lease there")
        return value


class GatewaySettings(StoreSettings, LogSettings):
    """The environment of the gateway."""

    model_config = _CONFIG

    host: str = Field(default="127.0.0.1", description="Address to listen at.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0: a free one.")
    auth_mode: Literal["kubernetes", "none"] = Field(
        default="kubernetes",
        description="Who may see what: kubernetes asks the API server; none lets everybody in and"
        " is refused on other addresses than loopback.",
    )
    auth_cache_seconds: float = Field(
        default=30,
        gt=0,
        le=60,
        description="How long the API server's word on a token or a right is kept, in seconds; a"
        " revoked token is cut off within this time.",
    )
    auth_proxy_header: str = Field(
        default="",
        description="Header in which a proxy that logs people in (OIDC) passes their token on, such"
        " as X-Forwarded-Access-Token; Authorization is always read.",
    )
    login_failures_per_minute: int = Field(
        default=20, ge=1, description="Invalid tokens that one address may try in a minute."
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses (CIDR, comma-separated) of proxies whose X-Forwarded-For tells where"
        " a request comes from; empty: none.",
    )
    pools: dict[str, PoolLimits] = Field(
        default_factory=dict[str, PoolLimits],
        description="JSON object: limits by pool as the operator has them, to be shown.",
    )
    dashboard_dir: str = Field(
        default="", description="Folder of the built dashboard; empty: none is served."
    )
    watch_namespaces: str = Field(
        default="", description="Namespaces to show, comma-separated; empty: all."
    )
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0: none."
    )


def describe_settings(settings: type[BaseSettings]) -> str:
    """A table of a part's environment variables, as `--help` and the docs show it."""
    rows = [
        (name.upper(), _default(field.default), field.description or "")
        for name, field in sorted(settings.model_fields.items())
    ]
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(f"  {name:{width}}  {text}{default}" for name, default, text in rows)


def _default(value: object) -> str:
    if isinstance(value, SecretStr):
        return f" [{value.get_secret_value()}]"
    return f" [{value}]" if isinstance(value, str | int | float) and value != "" else ""
