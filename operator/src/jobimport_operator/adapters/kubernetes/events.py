"""Events of events.k8s.io: the same one again within a while counts up a series."""

import hashlib
import logging
import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.resource.names import API_VERSION, GROUP, KIND, OPERATOR_MANAGER
from jobimport.resource.object import ImportObject
from jobimport.telemetry.metrics.operator import EVENTS
from jobimport_operator.ports import Event

_SERIES_SECONDS: Final = 600.0
_REMEMBERED: Final = 5_000
_NOTE_LIMIT: Final = 1024
_PATH: Final = "/apis/events.k8s.io/v1/namespaces/{}/events"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Regarding:
    """The object that an event is about: kubectl shows it where all of this is the object's."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


def regarding(imp: ImportObject) -> Regarding:
    """Have an event be about an import."""
    return Regarding(API_VERSION, KIND, imp.namespace, imp.name, imp.uid)


class EventRecorder:
    """Writes events. What it remembers of earlier ones is only to count them."""

    def __init__(self, api: ClusterApi) -> None:
        self._api = api
        self._instance = os.environ.get("HOSTNAME") or OPERATOR_MANAGER
        self._series: OrderedDict[str, tuple[str, int, float]] = OrderedDict()

    async def record(self, about: Regarding, event: Event) -> None:
        """Record an event; one that can't be recorded is logged, and holds nothing up."""
        text = f"{about.uid}\n{event.type}\n{event.reason}\n{event.action}\n{event.note}"
        key = hashlib.sha256(text.encode()).hexdigest()
        known = self._series.pop(key, None)
        try:
            if known is not None and time.monotonic() - known[2] < _SERIES_SECONDS:
                name, count = known[0], known[1] + 1
                await self._count_up(about.namespace, name, count)
            else:
                name, count = f"{about.name[:200]}.{key[:8]}{time.time_ns():x}", 1
                path = _PATH.format(about.namespace)
                await self._api.create(path, self._manifest(about, event, name), OPERATOR_MANAGER)
        except (ApiError, OSError) as error:
            where = f"{about.namespace}/{about.name}"
            log.warning("%s: event %s not recorded: %s", where, event.reason, error)
            return
        EVENTS.labels(str(event.type)).inc()
        self._series[key] = (name, count, time.monotonic())
        if len(self._series) > _REMEMBERED:
            self._series.popitem(last=False)

    async def _count_up(self, namespace: str, name: str, count: int) -> None:
        series = {"series": {"count": count, "lastObservedTime": _now()}}
        await self._api.merge(f"{_PATH.format(namespace)}/{name}", series, OPERATOR_MANAGER)

    def _manifest(self, about: Regarding, event: Event, name: str) -> Manifest:
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": about.namespace},
            "eventTime": _now(),
            "type": str(event.type),
            "reason": event.reason,
            "action": event.action,
            "note": event.note[:_NOTE_LIMIT],
            "reportingController": f"{GROUP}/operator",
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": about.api_version,
                "kind": about.kind,
                "namespace": about.namespace,
                "name": about.name,
                "uid": about.uid,
            },
        }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
