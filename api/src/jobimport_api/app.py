"""The gateway's application: REST, live feed and dashboard in one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import socketio
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.base import RequestResponseEndpoint

from jobimport_api import problems
from jobimport_api.catalog import Catalog
from jobimport_api.dashboard import Dashboard
from jobimport_api.endpoints import router
from jobimport_api.live.hub import Hub
from jobimport_api.live.pump import Pump
from jobimport_api.measured import Measured
from jobimport_api.schemas import Info
from jobimport_api.viewers import Viewers

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def make_app(
    catalog: Catalog, viewers: Viewers, *, auth_mode: str, dashboard: Path | None
) -> socketio.ASGIApp:
    """Put the gateway together. In auth mode none only requests to loopback names are answered,
    so that a page of another site cannot reach it by a name of its own (DNS rebinding).
    """
    hub = Hub(catalog, viewers, None)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        pump = asyncio.create_task(Pump(catalog, hub).run())
        yield
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)

    app = FastAPI(
        title="JobImport",
        version=version("jobimport-api"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    app.state.catalog = catalog
    app.state.viewers = viewers
    app.state.info = Info(
        version=app.version, epoch=hub.epoch, auth_mode=auth_mode, mode=catalog.source.mode
    )
    problems.install(app)
    app.add_middleware(Measured)
    app.include_router(router)
    _add_probes(app, catalog)
    if auth_mode == "none":
        _refuse_other_hosts(app)
    if dashboard is not None:
        app.mount("/", Dashboard(dashboard), name="dashboard")
    return socketio.ASGIApp(hub.server, app)


def _add_probes(app: FastAPI, catalog: Catalog) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        found = await catalog.check()
        return JSONResponse(found, 200 if all(found.values()) else 503)


def _refuse_other_hosts(app: FastAPI) -> None:
    @app.middleware("http")
    async def check_host(  # pyright: ignore[reportUnusedFunction]
        request: Request, call_next: RequestResponseEndpoint
    ) -> Response:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if host not in _LOOPBACK_NAMES:
            return problems.answer(
                403, "Without authentication only localhost is answered.", request.url.path
            )
        return await call_next(request)
