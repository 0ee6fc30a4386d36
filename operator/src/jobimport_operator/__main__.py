"""`python -m jobimport_operator`: the operator, in a cluster or on a folder of YAML files."""

import argparse
import asyncio
import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobimport.health import Stores, serving_health
from jobimport.logs import configure_logging
from jobimport.queue.connection import connect
from jobimport.queue.queue import QueueRefused, check_server
from jobimport.queue.readiness import redis_check
from jobimport.rotation import MountedUrls
from jobimport.settings import OperatorSettings, describe_settings
from jobimport.telemetry.metrics.operator import ImportCounts, show_imports
from jobimport.telemetry.metrics.registry import BUILD_INFO
from jobimport.telemetry.traces import tracing
from jobimport_operator.adapters.local.running import FolderInUseError, run_local
from jobimport_operator.loops import Operator, Orders
from jobimport_operator.measures import counted
from jobimport_operator.ports import Claims, Imports, Pools
from jobimport_operator.scaling import Limits
from jobimport_operator.stopping import end_within, until_stopped

_LEFTOVERS_SECONDS: Final = 3.0
"""How long kopf's tasks may take to end: they write nothing, and do not always heed it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the operator until SIGTERM; exits with 1 and a sentence when it can't."""
    options = _options(arguments)
    if options.local is not None and not options.local.is_dir():
        sys.exit(f"{options.local} is not a folder: give one with the imports' YAML files")
    try:
        settings = OperatorSettings()
        if options.local is not None and settings.autoscaler_mode == "External":
            sys.exit("AUTOSCALER_MODE=External has no use with --local: nothing else scales there")
        configure_logging(settings.log_format, settings.log_level)
        release = version("jobimport-operator")
        BUILD_INFO.labels("operator", release).set(1)
        asyncio.run(until_stopped(_run(options, settings, release)))
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()
        ]
        sys.exit("\n".join(["The settings can't be used:", *lines]))
    except (QueueRefused, FolderInUseError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return


def orders_of(settings: OperatorSettings) -> Orders:
    """Read from the settings what the loops need."""
    after = timedelta(seconds=settings.scale_down_seconds)
    return Orders(
        limits={
            name: Limits(pool.min, pool.max, pool.tasks_per_worker, after)
            for name, pool in settings.pools.items()
        },
        concurrency=settings.import_concurrency,
        max_crashes=settings.max_crashes,
        sweep_seconds=settings.sweep_seconds,
        namespaces=frozenset(watched(settings)),
        scaled_elsewhere=settings.autoscaler_mode == "External",
    )


def watched(settings: OperatorSettings) -> list[str]:
    """List the namespaces to watch; empty: all."""
    return [each.strip() for each in settings.watch_namespaces.split(",") if each.strip()]


async def _run(options: argparse.Namespace, settings: OperatorSettings, release: str) -> None:
    connection = connect(settings.redis_url.get_secret_value())
    stores = Stores({"redis": redis_check(connection)}, MountedUrls(settings))
    running: list[Operator] = []

    def make(imports: Imports, pools: Pools, claims: Claims | None = None) -> Operator:
        operator = Operator(imports, pools, connection, orders_of(settings), claims=claims)
        running.append(operator)
        show_imports(ImportCounts(lambda: counted(datetime.now(UTC), operator.index)))
        return operator

    def live() -> str | None:
        return next((found for each in running if (found := each.health.problem())), None)

    def ready() -> str | None:
        probes = [stores.problem, *(probe for each in running for probe in each.problems)]
        return "; ".join(found for probe in probes if (found := probe())) or None

    watching = asyncio.create_task(stores.watch(), name="watch of the stores")
    try:
        with tracing("operator", release):
            async with serving_health(settings.health_port, live, ready):
                await _check(connection, waits=bool(settings.health_port))
                await _work(options, settings, make)
    except asyncio.CancelledError:
        end_within(_LEFTOVERS_SECONDS, 0)
        raise
    except BaseException:
        end_within(_LEFTOVERS_SECONDS, 1)
        raise
    finally:
        watching.cancel()
        await connection.aclose()


async def _work(
    options: argparse.Namespace, settings: OperatorSettings, make: Callable[..., Operator]
) -> None:
    """Work on a folder, or in the cluster."""
    if options.local is not None:
        await run_local(options.local, options.state or options.local / ".jobimport", make)
        return
    # kopf and the Kubernetes client are of no use to local mode, and slow to load.
    shell = importlib.import_module("jobimport_operator.adapters.kubernetes.shell")
    await shell.run_in_cluster(make, settings, watched(settings))


async def _check(connection: Redis, *, waits: bool) -> None:
    """Wait for a Redis that can be reached and keeps its data.

    One that would lose data ends the process with QueueRefused, but for where a probe can say so
    (`waits`): there it is asked again until it was mended.
    """
    while True:
        try:
            await check_server(connection)
        except RedisError as error:
            logging.getLogger(__name__).warning("waiting for Redis: %s", type(error).__name__)
        except QueueRefused:
            if not waits:
                raise
        else:
            return
        await asyncio.sleep(1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m jobimport_operator",
        description="Runs JobImports: those of the cluster that the kubeconfig or the pod's service"
        " account names, or those of a folder of YAML files.",
        epilog="Settings, from the environment:\n\n" + describe_settings(OperatorSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--local",
        metavar="FOLDER",
        type=Path,
        help="take the imports from the YAML files in FOLDER",
    )
    parser.add_argument(
        "--state",
        metavar="DIR",
        type=Path,
        help="where local mode keeps status, requests and events (default: FOLDER/.jobimport)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
