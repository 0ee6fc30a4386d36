"""The dashboard's files: the headers under which a browser shows them."""

from pathlib import Path

import httpx

from jobimport_api.dashboard import Dashboard
from jobimport_api.web.protection import Protection

_POLICY = "content-security-policy"


async def test_a_page_that_is_reloaded_unchanged_keeps_the_policy_that_its_scripts_need(
    tmp_path: Path,
) -> None:
    (tmp_path / "index.html").write_text("<script>start()</script>")
    app = Protection(Dashboard(tmp_path), loopback_only=False)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        first = await client.get("/")
        again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert "'sha256-" in first.headers[_POLICY]
    assert again.headers[_POLICY] == first.headers[_POLICY]
