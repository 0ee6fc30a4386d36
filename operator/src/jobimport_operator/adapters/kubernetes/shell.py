"""The operator in a cluster: its ports over the Kubernetes API, alone or by a Lease."""

import asyncio
import functools
import secrets
import socket
import sys
from collections.abc import Callable, Sequence

from jobimport.cluster_api import ApiError, ClusterApi
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


async def run_in_cluster(
    make: Callable[[Imports, Pools, Claims], Operator],
    settings: OperatorSettings,
    namespaces: Sequence[str],
) -> None:
    """Run the operator until cancelled; with LEADER_ELECTION only while it holds the Lease.

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
    """Run the operator and the watches side by side, until cancelled."""
    schema = ServedSchema(api)
    imports = ClusterImports(api, namespaces, schema)
    claims = NamespaceClaims(api, install_of(settings))
    operator = make(imports, ClusterPools(api, template_of(settings)), claims)
    operator.problems += [schema.problem, imports.problem]
    LEADER.set(1)
    try:
        async with asyncio.TaskGroup() as work:
            work.create_task(schema.watch(), name="watch of the CRD")
            work.create_task(imports.watch(), name="watch of the imports")
            work.create_task(operator.run(), name="operator")
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
