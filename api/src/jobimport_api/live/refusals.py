"""What a client of the live feed is told that may not, or not now."""

from typing import Any

from jobimport_api.problems import problem_of


def problem(status: int, detail: str) -> dict[str, Any]:
    """A problem, as JSON."""
    return problem_of(status, detail, "/socket.io").model_dump()


def refused(status: int, detail: str) -> dict[str, Any]:
    """The answer to what is refused: `{error}` with a problem."""
    return {"error": problem(status, detail)}
