"""What a part asks of the Kubernetes API."""

from typing import Final

from jobimport.telemetry.metrics.registry import SHORT_SECONDS, histogram

REQUESTS: Final = histogram(
    "operator, worker and gateway",
    "jobimport_kubernetes_request_seconds",
    "Calls of the Kubernetes API by method and code (0: no answer).",
    ("method", "code"),
    SHORT_SECONDS,
)
