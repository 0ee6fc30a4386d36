"""kopf as a thin shell: it watches the JobImports and says what it sees."""

import asyncio
import functools
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

import kopf

from jobimport.cluster_api import Manifest
from jobimport.ids import ImportKey
from jobimport.resource.names import GROUP, PLURAL, VERSION

Reading = Callable[[], Manifest]
"""Gives the whole manifest of what kopf saw."""


class Tell(Protocol):
    """Is told of each import that kopf sees, and in which version."""

    def __call__(self, key: ImportKey, version: str, read: Reading, *, gone: bool) -> None:
        """Take it in; `read` is called only by who wants all of it."""
        ...


async def watch_by_kopf(namespace: str | None, tell: Tell) -> None:
    """Have kopf watch until it ends: it does so where a watch is refused, or its version forgotten.

    It raises what kopf ended of. Kopf has an event loop and a thread of its own: when it ends it
    cancels all tasks that it finds, and it sets handlers of signals in a process' first thread.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()
    ended: asyncio.Future[Exception | None] = loop.create_future()

    def pass_on(key: ImportKey, version: str, read: Reading, *, gone: bool) -> None:
        loop.call_soon_threadsafe(functools.partial(tell, key, version, read, gone=gone))

    def end(error: Exception | None) -> None:
        if not ended.done():
            ended.set_result(error)

    def work() -> None:
        failure: Exception | None = None
        try:
            asyncio.run(_kopf(namespace, pass_on, stop))
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            failure = error
        with suppress(RuntimeError):  # our own loop may have ended before
            loop.call_soon_threadsafe(end, failure)

    threading.Thread(target=work, name=f"kopf of {namespace or 'all'}", daemon=True).start()
    try:
        failure = await ended
    finally:
        stop.set()
    if failure is not None:
        raise failure


async def _kopf(namespace: str | None, tell: Tell, stop: threading.Event) -> None:
    try:
        await kopf.operator(
            registry=registry_of(tell),
            settings=shell_settings(stop),
            standalone=True,
            clusterwide=namespace is None,
            namespaces=[namespace] if namespace else [],
            stop_flag=stop,
        )
    finally:
        stop.set()  # a thread of kopf's waits for it, and its event loop for that thread


class Backoffs:
    """The delays, in seconds, between kopf's tries of a call: for as long as it is to watch.

    By default it gives up after a minute, and the process with it. At the end it must give up at
    once: its tasks go on trying when they are cancelled, since its connections are closed then.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __iter__(self) -> Iterator[float]:
        for delay in itertools.chain((0.5, 1.0, 2.0), itertools.repeat(5.0)):
            if self._stop.is_set():
                return
            yield delay


def shell_settings(stop: threading.Event) -> kopf.OperatorSettings:
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


def registry_of(tell: Tell) -> kopf.OperatorRegistry:
    """Register the one handler of events."""
    registry = kopf.OperatorRegistry()
    on_event: Any = functools.partial(kopf.on.event, registry=registry)
    on_login: Any = functools.partial(kopf.on.login, registry=registry)

    @on_event(GROUP, VERSION, PLURAL)
    async def jobimport_seen(body: kopf.Body, **about: Any) -> None:
        meta = body.metadata
        key = ImportKey(meta["namespace"], meta["name"])
        read = functools.partial(_plain, body)
        tell(key, meta.get("resourceVersion", ""), read, gone=about["type"] == "DELETED")

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
