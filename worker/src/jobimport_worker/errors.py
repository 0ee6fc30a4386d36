"""What can go wrong with a source, by what it means for the task."""

from datetime import timedelta


class SourceError(Exception):
    """The source answered wrongly, or not at all; the message is for people, without secrets."""


class Transient(SourceError):
    """Trying again may help: the network, a 5xx, a body that was cut off. Uses up an attempt."""


class Throttled(SourceError):
    """The source asked for a pause (429, or 503 with Retry-After). Uses up no attempt."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoTurn(SourceError):
    """The host's budget has no room now: nothing went wrong, the task waits for its turn."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


class Terminal(SourceError):
    """Trying again cannot help: a 404, a refused address, a body that is not what was expected."""


class Gone(Terminal):
    """What was asked for is not there, or not any more (404, 410)."""


class Misconfigured(Terminal):
    """Something that belongs to the namespace is missing or wrong; when a person has mended it the
    task can go on. Where nobody can wait for that, it is an end like any other.
    """


class EmptyAnswer(SourceError):
    """The source answered in the way that the spec calls an empty page."""


class NotModified(SourceError):
    """What was asked for is as it was when its validator was given (304)."""
