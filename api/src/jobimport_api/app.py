"""The gateway's application: REST, live feed and dashboard in one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import socketio
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from jobimport.settings import PoolLimits
from jobimport_api import problems
from jobimport_api.access.schemas import Info
from jobimport_api.access.viewers import Viewers
from jobimport_api.catalog import Catalog
from jobimport_api.dashboard import Dashboard
from jobimport_api.described import DescribedApp
from jobimport_api.endpoints import router
from jobimport_api.live.hub import Hub
from jobimport_api.live.pump import Pump
from jobimport_api.measured import Measured
from jobimport_api.web.bodies import Bodies
from jobimport_api.web.etags import ETags
from jobimport_api.web.protection import Protection


@dataclass(frozen=True, slots=True)
class Options:
    """How the gateway is run. `proxy_header` is where a proxy that logs people in passes their
    token on; empty: nowhere. `recheck_seconds` is how often followers are looked at anew.
    """

    auth_mode: str
    dashboard: Path | None = None
    proxy_header: str = ""
    recheck_seconds: float = 15.0
    pool_limits: Mapping[str, PoolLimits] = field(default_factory=dict[str, PoolLimits])


def make_app(catalog: Catalog, viewers: Viewers, options: Options) -> Protection:
    """Put the gateway together."""
    hub = Hub(catalog, viewers, options.proxy_header)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        tasks = [
            asyncio.create_task(Pump(catalog, hub).run()),
            asyncio.create_task(hub.rechecks.run(options.recheck_seconds)),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app = make_rest(lifespan)
    app.state.catalog = catalog
    app.state.viewers = viewers
    app.state.proxy_header = options.proxy_header
    app.state.pool_limits = options.pool_limits
    app.state.info = Info(
        version=app.version,
        epoch=hub.epoch,
        auth_mode=options.auth_mode,
        mode=catalog.source.mode,
    )
    _add_probes(app, catalog)
    if options.dashboard is not None:
        app.mount("/", Dashboard(options.dashboard), name="dashboard")
    whole = socketio.ASGIApp(hub.server, Bodies(ETags(app)))
    return Protection(whole, loopback_only=options.auth_mode == "none")


def make_rest(lifespan: Any = None) -> DescribedApp:
    """The routes alone, as the OpenAPI describes them."""
    app = DescribedApp(
        title="JobImport",
        summary="Imports of job postings: what runs, what came of it, and what to do.",
        version=version("jobimport-api"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        generate_unique_id_function=lambda route: "-".join([*map(str, route.tags), route.name]),
        lifespan=lifespan,
    )
    problems.install(app)
    app.add_middleware(Measured)
    app.include_router(router)
    return app


def _add_probes(app: FastAPI, catalog: Catalog) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        found = await catalog.check()
        return JSONResponse(found, 200 if all(found.values()) else 503)
