"""oauth2-proxy before a gateway: logs people in by OIDC, and passes their token on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from cluster.building import OAUTH2_PROXY, build
from cluster.issuer import CLIENT
from cluster.programs import running_program
from jobimport_cli.standins.ports import free_port


@asynccontextmanager
async def running_login_proxy(
    folder: Path, issuer: str, ca: Path, gateway: str, **more: str
) -> AsyncGenerator[str]:
    """Run it while the context lasts, once it answers; gives its URL.

    `more` are flags of its own, with `_` for `-`; its log is `folder`'s.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = {
        "provider": "oidc",
        "oidc-issuer-url": issuer,
        "provider-ca-file": str(ca),
        "client-id": CLIENT,
        "client-secret": "not-a-secret",
        "redirect-url": f"{url}/oauth2/callback",
        "upstream": gateway,
        "http-address": f"127.0.0.1:{port}",
        "cookie-secret": "0123456789abcdef0123456789abcdef",
        "cookie-secure": "false",
        "email-domain": "*",
        "skip-provider-button": "true",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    with running_program(folder, build(OAUTH2_PROXY), flags):
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get(f"{url}/ping")).status_code == 200:
                        break
                await asyncio.sleep(0.1)
        yield url
