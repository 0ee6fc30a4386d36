"""Behind oauth2-proxy, which logs people in by OIDC: a real proxy, and a real API server that
trusts the same issuer.
"""

import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import socketio

from cluster.building import CannotBuild
from cluster.certificates import Authority
from cluster.control_plane import ControlPlane, running_control_plane
from cluster.issuer import CLIENT, USER, Issuer, serving_issuer
from cluster.login_proxy import running_login_proxy
from gateways import a_manifest
from jobimport_cli.processes import running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.ports import free_port

from .conftest import ROOT
from .test_tenants import until_ready

NAME = f"oidc:{USER}"
PASSED_ON = {
    "Authorization": {"pass_authorization_header": "true"},
    "X-Forwarded-Access-Token": {"pass_access_token": "true"},
}


@dataclass(frozen=True, slots=True)
class Login:
    """A cluster that trusts an issuer."""

    plane: ControlPlane
    issuer: Issuer
    ca: Path

    def kubectl(self, *arguments: str, given: str | None = None) -> None:
        command = [str(self.plane.kubectl), "--kubeconfig", str(self.plane.kubeconfig), *arguments]
        subprocess.run(command, input=given, text=True, check=True, timeout=60, capture_output=True)


@pytest.fixture(scope="module")
def login() -> Iterator[Login]:
    with ExitStack() as stack:
        found: list[tuple[Issuer, Path]] = []

        def trust(authority: Authority) -> dict[str, str]:
            pair = authority.server("issuer", ["127.0.0.1"], ["localhost"])
            issuer = stack.enter_context(serving_issuer(pair))
            found.append((issuer, authority.pair.certificate))
            return {
                "oidc-issuer-url": issuer.url,
                "oidc-client-id": CLIENT,
                "oidc-username-claim": "email",
                "oidc-username-prefix": "oidc:",
                "oidc-ca-file": str(authority.pair.certificate),
            }

        try:
            plane = stack.enter_context(running_control_plane(more_flags=trust))
        except CannotBuild as error:
            pytest.skip(str(error))
        made = Login(plane, *found[0])
        crd = next((ROOT / "crds").glob("*.yaml"))
        made.kubectl("apply", "--server-side", "-f", str(crd))
        made.kubectl("wait", "--for=create", "crd/jobimports.jobimport.dev", "--timeout=30s")
        made.kubectl(
            "wait", "--for=condition=Established", "crd/jobimports.jobimport.dev", "--timeout=30s"
        )
        for namespace in ("ours", "theirs"):
            made.kubectl("create", "namespace", namespace)
            imported = json.dumps(a_manifest("acme", namespace))
            made.kubectl("apply", "--server-side", "-f", "-", given=imported)
        rights = ("--verb=get,list,patch", "--resource=jobimports.jobimport.dev")
        made.kubectl("-n", "ours", "create", "role", "user", *rights)
        made.kubectl("-n", "ours", "create", "rolebinding", "u", "--role=user", f"--user={NAME}")
        yield made


@pytest.fixture
async def gateway(login: Login, operator_redis: str, tmp_path: Path) -> AsyncIterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with mongo_stand_in() as mongo_url:
        environment = {
            "KUBECONFIG": str(login.plane.kubeconfig),
            "REDIS_URL": operator_redis,
            "MONGODB_URL": mongo_url,
            "AUTH_MODE": "kubernetes",
            "AUTH_PROXY_HEADER": "X-Forwarded-Access-Token",
            "LOG_FORMAT": "text",
            "PORT": str(port),
        }
        async with running_part("gateway", "jobimport_api", [], environment, tmp_path):
            await until_ready(url)
            yield url


def a_proxy(
    login: Login, gateway: str, folder: Path, **flags: str
) -> AbstractAsyncContextManager[str]:
    """oauth2-proxy before the gateway."""
    return running_login_proxy(folder, login.issuer.url, login.ca, gateway, **flags)


@pytest.mark.parametrize("header", PASSED_ON)
async def test_who_is_logged_in_by_a_proxy_reads_acts_and_follows_with_their_own_rights(
    login: Login, gateway: str, tmp_path: Path, header: str
) -> None:
    trusted = ssl.create_default_context(cafile=str(login.ca))
    async with (
        a_proxy(login, gateway, tmp_path, **PASSED_ON[header]) as proxy,
        httpx.AsyncClient(base_url=proxy, verify=trusted, timeout=30) as browser,
    ):
        assert (await browser.get("/api/v1/session")).status_code == 302, "sent to log in"
        start = "/oauth2/start?rd=/api/v1/session"
        session = await browser.get(start, follow_redirects=True)
        assert session.json()["name"] == NAME, session.text
        listed = (await browser.get("/api/v1/imports")).json()["items"]
        assert [each["namespace"] for each in listed] == ["ours"]
        assert (await browser.get("/api/v1/imports/theirs/acme")).status_code == 403
        run = "/api/v1/imports/ours/acme/runs"
        elsewhere = await browser.post(run, headers={"Origin": "https://evil.example"})
        assert elsewhere.status_code == 403, "the proxy's cookie is sent from any page"
        accepted = await browser.post(run, headers={"Origin": proxy})
        assert accepted.status_code == 202, accepted.text
        mine = (await browser.get("/api/v1/imports?mine=true")).json()["items"]
        assert [each["owner"] for each in mine] == [NAME]
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        client = socketio.AsyncClient(reconnection=False)
        await client.connect(proxy, headers={"Cookie": cookies}, transports=["websocket"])
        everything = await client.call("subscribe", {"room": "imports"})
        assert list(everything["seqs"]) == ["ns/ours"]
        await client.disconnect()
    log = (tmp_path / "gateway.log").read_text()
    assert f"action=run subject=ours/acme by={NAME}" in log
    assert "eyJ" not in log, "no token stands in the log"


async def test_the_proxys_headers_are_worth_nothing_without_a_token_that_the_cluster_takes(
    login: Login, gateway: str
) -> None:
    forged = Issuer(login.issuer.url).token()
    async with httpx.AsyncClient(base_url=f"{gateway}/api/v1") as client:
        for headers in (
            {"X-Forwarded-Email": USER, "X-Forwarded-User": USER},
            {"X-Forwarded-Access-Token": forged},
            {"Authorization": f"Bearer {forged}"},
            {"Authorization": f"Bearer {login.issuer.token(aud='another')}"},
        ):
            assert (await client.get("/session", headers=headers)).status_code == 401, headers
        good = {"X-Forwarded-Access-Token": login.issuer.token()}
        assert (await client.get("/session", headers=good)).json()["name"] == NAME
