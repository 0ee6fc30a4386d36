"""The OpenAPI document: what FastAPI says of the routes, and what stands before all of them."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from jobimport_api.problems import MEDIA_TYPE, title_of

_JSON: Final = "application/json"
_PROBLEM: Final = "#/components/schemas/Problem"
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of the cluster; none is needed in auth mode none.",
}
_ETAG: Final = {
    "schema": {"type": "string"},
    "description": "Changes with the answer: sent back in If-None-Match it gets 304 and no body.",
}
_ASKED_AGAIN: Final = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of the answer that is known already.",
}
_AS_BEFORE: Final = {"description": "Not Modified: as it was when it had that ETag."}


class DescribedApp(FastAPI):
    """Describes itself whole: with errors as problems, ETags, and the token that is asked for."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = get_openapi(
                title=self.title, version=self.version, summary=self.summary, routes=self.routes
            )
            document["components"]["securitySchemes"] = {"token": _TOKEN}
            document["security"] = [{"token": []}, {}]
            for method, operation in _operations(document):
                _amend(method, operation)
            self.openapi_schema = document
        return self.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in document["paths"].values():
        yield from methods.items()


def _amend(method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, dict[str, Any]] = operation["responses"]
    for response in responses.values():
        content = response.get("content", {})
        if content.get(_JSON, {}).get("schema", {}).get("$ref") == _PROBLEM:
            content[MEDIA_TYPE] = content.pop(_JSON)
    if "requestBody" in operation:
        problem = {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}}}
        responses["413"] = {"description": title_of(413), "content": problem}
    if method == "get" and _JSON in responses.get("200", {}).get("content", {}):
        responses["200"]["headers"] = {"ETag": _ETAG}
        responses["304"] = _AS_BEFORE
        operation.setdefault("parameters", []).append(_ASKED_AGAIN)
