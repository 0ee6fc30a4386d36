"""Errors as application/problem+json (RFC 9457): what is wrong, and what to do."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pymongo.errors import ExecutionTimeout, PyMongoError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


class Problem(BaseModel):
    """One error, as RFC 9457 has it."""

    type: str = Field(default="about:blank", description="Kind of the problem.")
    title: str = Field(description="The problem in a few words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What is wrong here, and what to do.")
    instance: str = Field(default="", description="Path of the request.")


class ProblemError(Exception):
    """Ends a request with a problem."""

    challenge = "Bearer"
    """What `WWW-Authenticate` says of a 401."""

    def __init__(self, status: int, detail: str, *, retry_after: int | None = None) -> None:
        """`retry_after` in seconds, where it is known when to try again."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class InvalidTokenError(ProblemError):
    """The API server does not take the token, as RFC 6750 tells clients of it."""

    challenge = 'Bearer error="invalid_token"'

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            401, "The token is not valid: it has expired, or was revoked, or is none. Log in again."
        )


def not_found(what: str) -> ProblemError:
    """There is no such thing."""
    return ProblemError(404, f"{what} was not found.")


def not_permitted(action: str, verb: str, namespace: str) -> ProblemError:
    """The viewer lacks a right. It is looked at before anything else, so that nobody learns by the
    refusal whether there is such a thing.
    """
    return ProblemError(
        403,
        f"You may not {action}: that needs the verb {verb} on jobimports.jobimport.dev in namespace"
        f" {namespace}; ask who manages RBAC there.",
    )


def title_of(status: int) -> str:
    """What a status is called by RFC 9110, whichever Python this is."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem_of(status: int, detail: str, path: str) -> Problem:
    """A problem with the status' own title."""
    return Problem(title=title_of(status), status=status, detail=detail, instance=path)


def answer(status: int, detail: str, path: str) -> JSONResponse:
    """A problem as a response."""
    problem = problem_of(status, detail, path)
    return JSONResponse(problem.model_dump(), status, media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an endpoint can end with, for its OpenAPI."""
    return {status: {"model": Problem, "description": title_of(status)} for status in statuses}


def _wrong(error: Any) -> str:
    """What pydantic found, for who wrote the request."""
    if error["type"] == "json_invalid":
        return f"body: is no JSON: {error['ctx']['error']} at character {error['loc'][-1]}"
    if error["loc"] == ("body",):
        return "body: expected a JSON object, sent with Content-Type: application/json"
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


def install(app: FastAPI) -> None:
    """Turn every error of the app into a problem."""

    @app.exception_handler(ProblemError)
    async def _own(request: Request, error: ProblemError) -> JSONResponse:
        response = answer(error.status, error.detail, request.url.path)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        if error.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = error.challenge
        return response

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(422, _wrong(error.errors()[0]), request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        detail = (
            f"There is nothing at {request.url.path}; see /api/v1/openapi.json for what there is."
        )
        text = detail if error.status_code == 404 else str(error.detail)
        allowed = (error.headers or {}).get("Allow")
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and allowed:
            text = f"{request.method} is not possible at {request.url.path}, only {allowed}."
        response = answer(error.status_code, text, request.url.path)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        kind = type(error).__name__
        text = f"The gateway failed at this ({kind}); its log says where. Please report it."
        return answer(500, text, request.url.path)

    @app.exception_handler(RedisError)
    async def _redis(request: Request, error: RedisError) -> JSONResponse:
        log.warning("Redis: %s", type(error).__name__)
        return answer(
            503,
            "Redis cannot be reached, so what is running now is not known. Runs go on; try again.",
            request.url.path,
        )

    @app.exception_handler(ExecutionTimeout)
    async def _slow(request: Request, error: ExecutionTimeout) -> JSONResponse:
        return answer(
            503,
            "The search took too long: narrow it, by partition, run or state.",
            request.url.path,
        )

    @app.exception_handler(PyMongoError)
    async def _mongo(request: Request, error: PyMongoError) -> JSONResponse:
        log.warning("MongoDB: %s", type(error).__name__)
        return answer(
            503,
            "MongoDB cannot be reached, so history and postings cannot be shown. Try again.",
            request.url.path,
        )
