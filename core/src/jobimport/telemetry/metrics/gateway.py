"""The gateway: REST, the live feed with its rooms and deliveries, and who was refused."""

from typing import Final

from jobimport.telemetry.metrics.registry import SHORT_SECONDS, counter, gauge, histogram

_PART: Final = "gateway"

REQUESTS: Final = histogram(
    _PART,
    "jobimport_http_request_seconds",
    "REST requests by method, route (the pattern, not the path) and code.",
    ("method", "route", "code"),
    SHORT_SECONDS,
)
CLIENTS: Final = gauge(_PART, "jobimport_live_clients", "Clients of the live feed.")
ROOMS: Final = gauge(
    _PART, "jobimport_live_rooms", "Rooms that somebody follows, by kind.", ("kind",)
)
DELIVERIES: Final = counter(
    _PART, "jobimport_live_deliveries_total", "Messages sent to clients (one a client).", ("type",)
)
LAG: Final = histogram(
    _PART,
    "jobimport_live_lag_seconds",
    "From an event in the queue to its having been taken up for the rooms that it concerns.",
    (),
    SHORT_SECONDS,
)
SNAPSHOTS: Final = counter(
    _PART,
    "jobimport_live_snapshots_total",
    "Snapshots given to clients that subscribed.",
    ("room",),
)
REFUSED: Final = counter(
    _PART, "jobimport_refused_total", "Requests and subscriptions refused, by code.", ("code",)
)
