"""What a writer of scripts meets: methods, bodies and ETags, and errors that say what to do."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateways import ImportsFolder
from jobimport_api.web.bodies import MOST_BYTES

from .conftest import ClientOf


def problem(answer: httpx.Response) -> Any:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found = answer.json()
    assert found["status"] == answer.status_code
    assert found["instance"] == answer.request.url.path
    return found


async def test_a_method_that_is_not_possible_is_answered_with_those_that_are(
    client_of: ClientOf,
) -> None:
    answer = await client_of().delete("/imports")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert problem(answer)["detail"] == "DELETE is not possible at /api/v1/imports, only GET."


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"{", "application/json", "body: is no JSON: Expecting property name"),
        (b"[]", "application/json", "body: expected a JSON object"),
        (b"a=1", "application/x-www-form-urlencoded", "body: expected a JSON object"),
        (b"", "text/plain", "body: expected a JSON object"),
    ],
)
async def test_a_body_that_is_no_json_says_so(
    client_of: ClientOf, content: bytes, kind: str, said: str
) -> None:
    answer = await client_of().post("/validate", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert problem(answer)["detail"].startswith(said)


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 65_536


async def test_a_body_of_any_size_is_refused_before_it_is_held(client_of: ClientOf) -> None:
    client = client_of()
    for content in (b" " * (MOST_BYTES + 1), pieces(MOST_BYTES // 65_536 + 1)):
        answer = await client.post("/validate", content=content)
        assert answer.status_code == 413
        assert "larger than 2,097,152 bytes" in problem(answer)["detail"]
    largest = await client.post("/validate", json={"manifest": "\u00e9" * 262_144})
    assert largest.status_code == 200, largest.text


async def test_what_is_known_already_is_not_sent_again(
    client_of: ClientOf, folder: ImportsFolder
) -> None:
    await folder.add("acme")
    client = client_of()
    first = await client.get("/imports/default/acme")
    for known in (first.headers["etag"], f'"other", {first.headers["etag"]}', "*"):
        again = await client.get("/imports/default/acme", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other = await client.get("/imports/default/acme", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    missing = await client.get("/imports/default/none", headers={"If-None-Match": "*"})
    assert missing.status_code == 404


async def test_a_failure_of_the_gateway_itself_is_a_problem_too(
    client_of: ClientOf, folder: ImportsFolder
) -> None:
    await folder.add("acme")
    answer = await client_of(database=Broken()).get("/imports/default/acme/runs")
    assert answer.status_code == 500
    assert "its log says where" in problem(answer)["detail"]
    assert "s3cr3t" not in answer.text


class Broken:
    """A database that fails as nobody has thought of."""

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError("s3cr3t details")
