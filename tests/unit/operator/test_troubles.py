"""What keeps workers from coming up is read from the Deployment and its pods, and said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobimport_operator.adapters.kubernetes.troubles import NOT_READY_AFTER, trouble_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUNNING = {"running": {"startedAt": "2026-11-23T11:00:00Z"}}
JUST_STARTED = {"running": {"startedAt": "2026-11-23T11:59:55Z"}}


def a_deployment(*conditions: dict[str, str]) -> dict[str, Any]:
    return {"status": {"conditions": list(conditions)}}


def a_pod(
    state: dict[str, Any] | None = None,
    *,
    ended: dict[str, Any] | None = None,
    conditions: list[dict[str, str]] | None = None,
    going: bool = False,
) -> dict[str, Any]:
    metadata = {"name": "w-1", **({"deletionTimestamp": "2026-11-23T12:00:00Z"} if going else {})}
    status: dict[str, Any] = {"conditions": conditions or []}
    if state is not None:
        last = {"terminated": ended} if ended else {}
        status["containerStatuses"] = [{"image": "reg/w:1", "state": state, "lastState": last}]
    return {"metadata": metadata, "status": status}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def ready_is(status: str, age: timedelta) -> list[dict[str, str]]:
    since = (NOW - age).isoformat().replace("+00:00", "Z")
    return [{"type": "Ready", "status": status, "lastTransitionTime": since}]


QUOTA = {
    "type": "ReplicaFailure",
    "status": "True",
    "reason": "FailedCreate",
    "message": 'pods "w-1" is forbidden: exceeded quota: small, requested: pods=1, limited: pods=0',
}
UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available: 1 Insufficient cpu.",
}
CASES = [
    (a_deployment(QUOTA), [], "QuotaExceeded", "limited: pods=0"),
    (
        a_deployment({**QUOTA, "message": "violates PodSecurity"}),
        [],
        "WorkersRefused",
        "violates PodSecurity",
    ),
    (
        a_deployment(),
        [a_pod(waiting("ImagePullBackOff", "Back-off pulling image"))],
        "ImagePullFailed",
        "reg/w:1",
    ),
    (a_deployment(), [a_pod(waiting("ErrImageNeverPull"))], "ImagePullFailed", "can't be pulled"),
    (
        a_deployment(),
        [a_pod(waiting("CreateContainerConfigError", 'secret "jobimport-worker" not found'))],
        "WorkersMisconfigured",
        'secret "jobimport-worker" not found',
    ),
    (
        a_deployment(),
        [a_pod(waiting("CrashLoopBackOff"), ended={"exitCode": 3, "reason": "Error"})],
        "WorkersCrash",
        "exit status 3",
    ),
    (
        a_deployment(),
        [a_pod(waiting("CrashLoopBackOff"), ended={"exitCode": 137, "reason": "OOMKilled"})],
        "WorkersOutOfMemory",
        "memory limit",
    ),
    (a_deployment(), [a_pod(conditions=[UNSCHEDULABLE])], "Unschedulable", "Insufficient cpu"),
    (
        a_deployment(),
        [a_pod(RUNNING, conditions=ready_is("False", NOT_READY_AFTER))],
        "WorkersNotReady",
        "/readyz",
    ),
]


@pytest.mark.parametrize(("deployment", "pods", "reason", "said"), CASES)
def test_each_trouble_has_its_reason_and_what_to_do(
    deployment: dict[str, Any], pods: list[dict[str, Any]], reason: str, said: str
) -> None:
    found = trouble_of(deployment, pods, NOW)
    assert found is not None
    assert found.reason == reason
    assert said in found.message
    later = trouble_of(deployment, pods, NOW + timedelta(minutes=7))
    assert later == found, "the text stays the same, or the status would be written for ever"


@pytest.mark.parametrize(
    "pods",
    [
        [],
        [a_pod(waiting("ContainerCreating"))],
        [a_pod(RUNNING, conditions=ready_is("True", timedelta(hours=1)))],
        [a_pod(RUNNING, conditions=ready_is("False", timedelta(seconds=3)))],
        [a_pod(JUST_STARTED, conditions=ready_is("False", timedelta(minutes=1)))],
        [a_pod(waiting("ImagePullBackOff"), going=True)],
    ],
)
def test_a_start_that_goes_well_is_no_trouble(pods: list[dict[str, Any]]) -> None:
    available = {"type": "Available", "status": "False", "message": "not enough replicas"}
    assert trouble_of(a_deployment(available), pods, NOW) is None


def test_the_trouble_that_is_to_be_mended_first_is_named() -> None:
    pods = [
        a_pod(conditions=[UNSCHEDULABLE]),
        a_pod(waiting("CrashLoopBackOff"), ended={"exitCode": 1}),
        a_pod(waiting("ErrImagePull")),
    ]
    found = trouble_of(a_deployment(), pods, NOW)
    assert found is not None
    assert found.reason == "ImagePullFailed"
