"""The gateway's program."""

import argparse
import asyncio
import gc
import ipaddress
import socket
import sys
from importlib.metadata import version
from pathlib import Path

import uvicorn

from jobimport.cluster_api import ClusterApi
from jobimport.health import Stores, all_well, serving_health
from jobimport.logs import configure_logging
from jobimport.queue.connection import connect
from jobimport.queue.readiness import redis_check
from jobimport.rotation import MountedUrls
from jobimport.settings import GatewaySettings, describe_settings
from jobimport.store.collections import open_client, open_database
from jobimport.store.readiness import mongodb_check
from jobimport.telemetry.metrics.registry import BUILD_INFO
from jobimport_api.access.cluster import ClusterViewers
from jobimport_api.access.viewers import Everybody, Viewers
from jobimport_api.app import Options, make_app
from jobimport_api.catalog import Catalog
from jobimport_api.live.wire import Wire
from jobimport_api.sources import ImportsSource
from jobimport_api.sources.cluster import ClusterSource
from jobimport_api.sources.folder import LocalSource


async def serve(settings: GatewaySettings, local: Path | None, state: Path | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    BUILD_INFO.labels("gateway", version("jobimport-api")).set(1)
    redis = connect(settings.redis_url.get_secret_value())
    client = open_client(settings.mongodb_url.get_secret_value())
    source: ImportsSource
    if local is not None:
        source = LocalSource(local, state or local / ".jobimport")
        viewers: Viewers = Everybody()
    else:
        api = await ClusterApi.connect(connections=0)
        names = [each.strip() for each in settings.watch_namespaces.split(",") if each.strip()]
        source = ClusterSource(api, names)
        viewers = Everybody()
        if settings.auth_mode == "kubernetes":
            viewers = ClusterViewers(
                api, settings.auth_cache_seconds, settings.login_failures_per_minute
            )
    database = open_database(client, settings.mongodb_database)
    checks = {"redis": redis_check(redis), "mongodb": mongodb_check(database)}
    stores = Stores(checks, MountedUrls(settings))
    catalog = Catalog(source, redis, database)
    app = make_app(catalog, viewers, _options(settings))
    _keep_collections_short()
    listener = _listen(settings.host, settings.port)
    print(f"listening on http://{settings.host}:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        ws=Wire,
        ws_ping_interval=None,  # Engine.IO has its own
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
    )
    watching = asyncio.create_task(stores.watch(), name="watch of the stores")
    try:
        async with serving_health(settings.health_port, all_well, stores.problem):
            await uvicorn.Server(config).serve([listener])
    finally:
        watching.cancel()
        await source.close()
        await client.close()
        await redis.aclose()


def _keep_collections_short() -> None:
    """Leave what is there for good out of garbage collections: each of them holds up the live feed
    for as long as it looks through all objects, a tenth of a second and more.
    """
    gc.collect()
    gc.freeze()


def _options(settings: GatewaySettings) -> Options:
    return Options(
        auth_mode=settings.auth_mode,
        dashboard=Path(settings.dashboard_dir) if settings.dashboard_dir else None,
        proxy_header=settings.auth_proxy_header,
        recheck_seconds=max(settings.auth_cache_seconds / 4, 0.25),
        pool_limits=settings.pools,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def is_loopback(host: str) -> bool:
    """Whether an address to listen at is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main() -> int:
    """Run the gateway. Its settings come from the environment; `--help` lists them."""
    parser = argparse.ArgumentParser(
        prog="jobimport-gateway",
        description="Serve REST, live progress and the dashboard.",
        epilog="environment:\n" + describe_settings(GatewaySettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--local", type=Path, help="a folder of YAML files instead of a cluster")
    parser.add_argument("--state", type=Path, help="the operator's state folder")
    parser.add_argument("--host", help="address to listen at, over HOST")
    parser.add_argument("--port", type=int, help="port, over PORT; 0: a free one")
    options = parser.parse_args()
    given = {"host": options.host, "port": options.port}
    settings = GatewaySettings().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    if options.local is not None:
        settings = settings.model_copy(update={"auth_mode": "none"})
    configure_logging(settings.log_format, settings.log_level)
    if settings.auth_mode == "none" and not is_loopback(settings.host):
        sys.stderr.write(
            f"AUTH_MODE=none lets everybody in, so it is refused on {settings.host}: listen on"
            " 127.0.0.1, or set AUTH_MODE=kubernetes\n"
        )
        return 1
    asyncio.run(serve(settings, options.local, options.state))
    return 0


if __name__ == "__main__":
    sys.exit(main())
