"""kopf as a thin shell: it watches JobImports, and says what it sees.

It stays: the project is a kopf operator by its users' wish. What kopf does not outlive (an HTTP 410
on opening a watch, a namespace that is refused) is to be supervised around it: one kopf.operator a
namespace, started anew where it ends, with a list of our own for what is gone meanwhile.
"""

import asyncio
import functools
import itertools
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, cast

import kopf

from jobimport.cluster_api import ApiError, ClusterApi, Manifest
from jobimport.resource.names import GROUP, PLURAL, VERSION
from jobimport.settings import OperatorSettings
from jobimport.telemetry.metrics.operator import LEADER
from jobimport_operator.adapters.kubernetes.claims import NamespaceClaims
from jobimport_operator.adapters.kubernetes.deployment import WorkerTemplate
from jobimport_operator.adapters.kubernetes.imports import ClusterImports
from jobimport_operator.adapters.kubernetes.leading import lead
from jobimport_operator.adapters.kubernetes.lease import Lease
from jobimport_operator.adapters.kubernetes.pools import ClusterPools
from jobimport_operator.adapters.kubernetes.served import ServedSchema
from jobimport_operator.loops import Operator
from jobimport_operator.ports import Claims, Imports, Pools

_AFTER_KOPF_SECONDS: Final = 0.1


async def run_in_cluster(
    make: Callable[[Imports, Pools, Claims], Operator],
    settings: OperatorSettings,
    namespaces: Sequence[str],
) -> None:
    """Run the operator until SIGTERM or SIGINT; with LEADER_ELECTION only while it holds the Lease.

    SystemExit with a sentence when the API server refuses what the operator cannot do without.
    """
    api = await ClusterApi.connect()
    try:
        work = functools.partial(_work, api, make, settings, namespaces)
        if settings.leader_election:
            await lead(lease_of(api, settings), work)
        else:
            await work()
    except ApiError as error:
        sys.exit(f"The Kubernetes API refused the operator: {error}")
    finally:
        await api.close()


def lease_of(api: ClusterApi, settings: OperatorSettings) -> Lease:
    """Name the Lease, and this process as one that no other is taken for."""
    name = settings.pod_name or socket.gethostname()
    identity = f"{name}_{secrets.token_hex(4)}"
    return Lease(api, settings.pod_namespace, settings.lease_name, identity)


def install_of(settings: OperatorSettings) -> str:
    """Name this installation: the same for all its replicas and over its restarts."""
    if settings.install_name:
        return settings.install_name
    if settings.pod_namespace:
        return f"{settings.pod_namespace}/{settings.lease_name}"
    return f"an operator on {socket.gethostname()}"


def template_of(settings: OperatorSettings) -> WorkerTemplate:
    """Read from the settings what the pools' pods are made of."""
    return WorkerTemplate(
        image=settings.worker_image,
        image_pull_policy=settings.worker_image_pull_policy,
        service_account=settings.worker_service_account,
        env=settings.worker_env,
        secret=settings.worker_secret,
        resources=settings.worker_resources,
        termination_grace_seconds=settings.worker_termination_grace_seconds,
        pools=settings.pools,
    )


async def _work(
    api: ClusterApi,
    make: Callable[[Imports, Pools, Claims], Operator],
    settings: OperatorSettings,
    namespaces: Sequence[str],
) -> None:
    """Run the operator and kopf's watching side by side, until all writing has ended."""
    schema = ServedSchema(api)
    imports = ClusterImports(api, namespaces, schema)
    claims = NamespaceClaims(api, install_of(settings))
    operator = make(imports, ClusterPools(api, template_of(settings)), claims)
    operator.problems.append(schema.problem)
    looking = asyncio.create_task(schema.watch(), name="watch of the CRD")
    LEADER.set(1)
    loops = asyncio.create_task(operator.run())
    stop = asyncio.Event()
    watching = asyncio.create_task(
        kopf.operator(
            registry=registry_of(imports.tell, loops.cancel),
            settings=shell_settings(stop),
            standalone=True,
            clusterwide=not namespaces,
            namespaces=list(namespaces),
            stop_flag=stop,
        )
    )
    try:
        await asyncio.wait({loops, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        looking.cancel()
        await _ended(loops)
    # Kopf writes nothing and takes seconds to end: it does so with the event loop.
    if watching.done():
        await watching


class Backoffs:
    """The delays, in seconds, between kopf's tries of a call: for as long as it is to watch.

    By default it gives up after a minute, and the process with it. At the end it must give up at
    once: its tasks go on trying when they are cancelled, since its connections are closed then.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def __iter__(self) -> Iterator[float]:
        for delay in itertools.chain((0.5, 1.0, 2.0), itertools.repeat(5.0)):
            if self._stop.is_set():
                return
            yield delay


def shell_settings(stop: asyncio.Event) -> kopf.OperatorSettings:
    """Have kopf watch, and nothing else: it writes no events, annotations or finalizers."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 30
    settings.networking.error_backoffs = Backoffs(stop)
    # Its workers only pass on what was seen: nothing is lost when they are not waited for.
    settings.queueing.exit_timeout = 0.1
    return settings


def registry_of(
    tell: Callable[..., None],
    end: Callable[[], object],
) -> kopf.OperatorRegistry:
    """Register the one handler of events.

    `end` is called at SIGTERM and SIGINT, in place of kopf's own and slower way to end.
    """
    registry = kopf.OperatorRegistry()
    on_startup: Any = functools.partial(kopf.on.startup, registry=registry)
    on_event: Any = functools.partial(kopf.on.event, registry=registry)
    on_login: Any = functools.partial(kopf.on.login, registry=registry)

    @on_startup()
    async def take_signals(**_: Any) -> None:
        # Kopf sets its own handlers one round of the event loop after this.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.call_later(_AFTER_KOPF_SECONDS, loop.add_signal_handler, number, end)

    @on_event(GROUP, VERSION, PLURAL)
    async def jobimport_seen(body: kopf.Body, **about: Any) -> None:
        manifest: Manifest = _plain(body)
        tell(manifest, gone=about["type"] == "DELETED")

    @on_login()
    async def login(**arguments: Any) -> Any:
        return kopf.login_with_service_account(**arguments) or kopf.login_with_kubeconfig(
            **arguments
        )

    return registry


def _plain(value: Any) -> Any:
    """Copy kopf's read-only views into plain dicts and lists."""
    if hasattr(value, "items"):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in cast("Sequence[Any]", value)]
    return value


async def _ended(loops: asyncio.Task[None]) -> None:
    failure = loops.exception() if loops.done() and not loops.cancelled() else None
    loops.cancel()
    await asyncio.gather(loops, return_exceptions=True)
    if failure is not None:
        raise failure
