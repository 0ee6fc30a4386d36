"""What keeps a pool's workers from coming up, read from its Deployment and pods."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from jobimport.cluster_api import Manifest
from jobimport_operator.ports import Trouble
from jobimport_operator.reasons import Reason

NOT_READY_AFTER: Final = timedelta(seconds=12)
"""Since the container runs: a worker is ready after a few, and what is wrong is said within 30."""
_LONGEST: Final = 400
_IMAGE: Final = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
)
_CONFIG: Final = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)


def trouble_of(deployment: Manifest, pods: Sequence[Manifest], now: datetime) -> Trouble | None:
    """The first thing that a person has to mend before workers come up; None when all goes well.

    The text is the same for as long as the trouble is: it has no counts and no ages.
    """
    refused = _refused(deployment)
    if refused is not None:
        return refused
    living = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    for look in (_image, _config, _crash, _place):
        for pod in living:
            if (found := look(pod)) is not None:
                return found
    return next((found for pod in living if (found := _unready(pod, now))), None)


def _refused(deployment: Manifest) -> Trouble | None:
    """The API server refuses the pods: a quota, a limit range, Pod Security, a service account."""
    for condition in deployment.get("status", {}).get("conditions", []):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            said = _cut(condition.get("message", ""))
            if "exceeded quota" in said:
                return Trouble(
                    Reason.QUOTA_EXCEEDED,
                    f"The namespace's quota refuses workers: {said}. Raise the ResourceQuota, or"
                    " lower the pool's size or resources.",
                )
            return Trouble(
                Reason.WORKERS_REFUSED,
                f"The API server refuses the workers' pods: {said}.{_what_to_do(said)}",
            )
    return None


def _what_to_do(refusal: str) -> str:
    if "serviceaccount" in refusal and "not found" in refusal:
        return " List the namespace in the chart's `namespaces`, which makes it, or make it."
    return ""


def _image(pod: Manifest) -> Trouble | None:
    for status, waiting in _waiting(pod):
        if waiting.get("reason") in _IMAGE:
            said = f": {_cut(waiting['message'])}" if waiting.get("message") else ""
            return Trouble(
                Reason.IMAGE_PULL_FAILED,
                f"The workers' image {status.get('image', '')} can't be pulled"
                f"{said}. Check the image's name and the registry's credentials.",
            )
    return None


def _config(pod: Manifest) -> Trouble | None:
    for _, waiting in _waiting(pod):
        if waiting.get("reason") in _CONFIG:
            said = _cut(waiting.get("message", "")) or waiting["reason"]
            return Trouble(
                Reason.WORKERS_MISCONFIGURED,
                f"The workers can't start: {said}. They need a Secret with REDIS_URL and"
                " MONGODB_URL in their namespace.",
            )
    return None


def _crash(pod: Manifest) -> Trouble | None:
    for status, waiting in _waiting(pod):
        if waiting.get("reason") == "CrashLoopBackOff":
            ended: dict[str, Any] = status.get("lastState", {}).get("terminated", {})
            if ended.get("reason") == "OOMKilled":
                return Trouble(
                    Reason.WORKERS_OUT_OF_MEMORY,
                    "The workers are killed for want of memory: raise the pool's memory limit.",
                )
            return Trouble(
                Reason.WORKERS_CRASH,
                f"The workers end again and again (exit status {ended.get('exitCode', 'unknown')}):"
                " kubectl logs --previous of a worker says why.",
            )
    return None


def _place(pod: Manifest) -> Trouble | None:
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            said = _cut(condition.get("message", ""))
            return Trouble(Reason.UNSCHEDULABLE, f"No node has room for the workers: {said}.")
    return None


def _unready(pod: Manifest, now: datetime) -> Trouble | None:
    """The pod runs and says in its readiness that it can't work: mostly for want of a store."""
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] != "Ready" or condition["status"] == "True":
            continue
        states = (each.get("state", {}).get("running") for each in _statuses(pod))
        begun = [each["startedAt"] for each in states if each and each.get("startedAt")]
        since = max(map(datetime.fromisoformat, (*begun, condition["lastTransitionTime"])))
        if begun and now - since >= NOT_READY_AFTER:
            return Trouble(
                Reason.WORKERS_NOT_READY,
                "The workers run, but are not ready: their log and their /readyz say why. Most"
                " often REDIS_URL or MONGODB_URL of their Secret is wrong.",
            )
    return None


def _statuses(pod: Manifest) -> Iterable[dict[str, Any]]:
    return pod.get("status", {}).get("containerStatuses", [])


def _waiting(pod: Manifest) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    for status in _statuses(pod):
        waiting = status.get("state", {}).get("waiting")
        if waiting:
            yield status, waiting


def _cut(text: str) -> str:
    one_line = " ".join(text.split()).rstrip(".")
    return one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST]}…"
