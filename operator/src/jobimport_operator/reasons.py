"""Every reason that a condition or an Event gives, with what it means and what to do about it.

docs/troubleshooting.md is made from here, so that nothing can be said that it does not explain.
"""

from enum import Enum, StrEnum
from typing import Final, Self

from jobimport.resource.status import RunReason, Verdict


class Where(Enum):
    """Where a reason is read."""

    STALLED = "condition Stalled"
    HELD = "condition Ready=False"
    WELL = "condition Ready=True or Reconciling"
    IMPORT_EVENT = "Event of an import"
    POOL_EVENT = "Event of a pool's Deployment"


class Reason(StrEnum):
    """Why something is as it is, in one word of UpperCamelCase."""

    where: Where
    meaning: str
    remedy: str
    """What a person does about it; in Markdown, as `meaning` is."""

    def __new__(cls, value: str, where: Where, meaning: str, remedy: str) -> Self:
        """A reason with all that the manual says of it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.where, member.meaning, member.remedy = where, meaning, remedy
        return member

    INVALID_SPEC = (
        "InvalidSpec",
        Where.STALLED,
        "the spec can't be used; the message names each field",
        "mend it; `jobimport validate FILE` says the same before you commit",
    )
    SOURCE_NAME_CHANGED = (
        "SourceNameChanged",
        Where.STALLED,
        "postings are stored under another source name",
        "set the name back, or make a new import",
    )
    SOURCE_NAME_TAKEN = (
        "SourceNameTaken",
        Where.STALLED,
        "an older import writes to the same collection under that name",
        "give this one another `source.name` or collection",
    )
    POOL_UNKNOWN = (
        "PoolUnknown",
        Where.STALLED,
        "there is no such pool",
        "name one that the message lists, or add it to the chart's `pools`",
    )

    CREDENTIALS_MISSING = (
        "CredentialsMissing",
        Where.HELD,
        "a key of `spec.source.auth` is not in the Secret `jobimport-credentials`. Pages wait for"
        " it (`CREDENTIALS_WAIT_SECONDS`, 15 minutes) and use up no attempt; then they fail with"
        " the same message",
        "add the key; within seconds the run goes on",
    )
    ANOTHER_RELEASE = (
        "AnotherRelease",
        Where.HELD,
        "in the middle of an upgrade: the run needs what its workers' release does not know, and"
        " waits for workers that do; no attempt is used up",
        "nothing, while the new workers come up; after a rollback, cancel the run and request"
        " another",
    )
    QUEUE_UNAVAILABLE = (
        "QueueUnavailable",
        Where.HELD,
        "the operator can't read Redis; its `/readyz` says why",
        "see [Redis](#redis-is-gone-or-has-lost-its-data)",
    )
    QUOTA_EXCEEDED = (
        "QuotaExceeded",
        Where.HELD,
        "the namespace's quota refuses workers; the message names it",
        "raise the quota, or lower the pool's size or resources",
    )
    WORKERS_REFUSED = (
        "WorkersRefused",
        Where.HELD,
        "the API server refuses their pods",
        "the message quotes it: mostly Pod Security or a missing service account",
    )
    IMAGE_PULL_FAILED = (
        "ImagePullFailed",
        Where.HELD,
        "the image can't be pulled; the message names it",
        "mend its name or the registry's credentials in the chart's values",
    )
    WORKERS_MISCONFIGURED = (
        "WorkersMisconfigured",
        Where.HELD,
        "their pods can't start, mostly for want of their Secret",
        "make the Secret with `REDIS_URL` and `MONGODB_URL` in the namespace",
    )
    WORKERS_CRASH = (
        "WorkersCrash",
        Where.HELD,
        "they end again and again",
        "`kubectl logs --previous` of one of them says why",
    )
    WORKERS_OUT_OF_MEMORY = (
        "WorkersOutOfMemory",
        Where.HELD,
        "they are killed for want of memory",
        "raise the pool's memory limit, or lower its tasks per worker",
    )
    WORKERS_NOT_READY = (
        "WorkersNotReady",
        Where.HELD,
        "they run and say in `/readyz` that a store is out of reach",
        "mostly a wrong URL in the Secret; their log has the sentence",
    )
    UNSCHEDULABLE = (
        "Unschedulable",
        Where.HELD,
        "no node has room",
        "add nodes, or lower the pool's requests",
    )

    ACCEPTED = (
        "Accepted",
        Where.WELL,
        "it runs by its schedule, or once per change of the spec, and on request; as an Event: a"
        " spec that could not be used now can",
        "nothing",
    )
    SUSPENDED = (
        "Suspended",
        Where.WELL,
        "`spec.suspend` is true: no run starts, and the current one is paused",
        "set it to false to go on",
    )
    OLDER_RUN_IN_PROGRESS = (
        "OlderRunInProgress",
        Where.WELL,
        "a run of an older spec has to end before the new spec is run",
        "wait; or `spec.onSpecChange: Replace`, or cancel it",
    )
    RUN_IN_PROGRESS = (
        "RunInProgress",
        Where.WELL,
        "the run of a spec without a schedule is under way",
        "wait",
    )

    RUN_CANCELLED = (
        "RunCancelled",
        Where.IMPORT_EVENT,
        "a run fetches nothing more: on request, past `activeDeadlineSeconds`, or replaced by a"
        " changed spec; the note says which",
        "nothing was closed, and what was written stays; request a run when it should go on",
    )
    MISSED_SCHEDULE = (
        "MissedSchedule",
        Where.IMPORT_EVENT,
        "a due run was left out, because `startingDeadlineSeconds` had passed: the operator was"
        " away, or the run before took too long",
        "request a run if it can't wait for the next due time; raise the deadline, or the time"
        " between runs",
    )
    NOTHING_TO_RETRY = (
        "NothingToRetry",
        Where.IMPORT_EVENT,
        "a retry was requested of what did not fail; the note names what did",
        "request a run instead",
    )
    GOES_ON = (
        "GoesOn",
        Where.IMPORT_EVENT,
        "nothing holds the run up any more",
        "nothing",
    )

    LOAD_GREW = (
        "LoadGrew",
        Where.POOL_EVENT,
        "workers were added; the note says whether the pool's maximum bounds them",
        "raise the pool's `max` if tasks wait too long",
    )
    LOAD_FELL = (
        "LoadFell",
        Where.POOL_EVENT,
        "idle workers were taken away",
        "nothing",
    )
    LOAD_UNREADABLE = (
        "LoadUnreadable",
        Where.POOL_EVENT,
        "the queue can't be read, so the number of workers is held as it is",
        "see [Redis](#redis-is-gone-or-has-lost-its-data)",
    )
    LOAD_READABLE = (
        "LoadReadable",
        Where.POOL_EVENT,
        "the number of workers follows the queue again",
        "nothing",
    )
    WORKERS_COME_UP = (
        "WorkersComeUp",
        Where.POOL_EVENT,
        "nothing keeps workers from coming up any more",
        "nothing",
    )


RUN_STARTED: Final = {
    RunReason.SCHEDULED: "it was due; the note says for when",
    RunReason.SPEC_CHANGED: "the spec was new or had changed",
    RunReason.REQUESTED: "it was requested",
    RunReason.RETRY_REQUESTED: "what had failed is walked again, as requested",
    RunReason.CLOSE_APPROVED: "the source is walked again to close what the guard had held",
}
"""What the Event of a run's start means, whose reason is the run's own."""

VERDICTS: Final = {
    Verdict.COMPLETE: ("all that the source has was seen", "nothing"),
    Verdict.UNCHANGED: ("the same, and nothing differed", "nothing"),
    Verdict.EMPTY: (
        "the source gave nothing; what is stored is closed after `confirmEmptyRuns` such runs",
        "if it should not be empty, see what it answers: `jobimport preview FILE`",
    ),
    Verdict.INCREMENTAL: (
        "changes since the last walk were taken over",
        "nothing; the next full walk closes what is gone",
    ),
    Verdict.TRUNCATED: (
        "the source gives no more than its cap",
        "make `partitions`, so that each is below the cap",
    ),
    Verdict.PARTIAL: (
        "pages failed, ids collide, or fewer were seen than advertised; the message says which",
        "`jobimport.dev/retry-requested` walks only what failed; colliding ids need another"
        " `mapping.externalId`",
    ),
    Verdict.HELD: (
        "a field that used to be filled no longer is; good values were kept",
        "the feed changed: mend the mapping; or lower `minCoverage` if it is meant to be so",
    ),
    Verdict.FAILED: (
        "nothing could be fetched; the message has the source's answer",
        "the next scheduled run tries again; `jobimport.dev/run-requested` does so now",
    ),
}
"""What each verdict means, and what to do; its Event has the reason Run<verdict>."""
