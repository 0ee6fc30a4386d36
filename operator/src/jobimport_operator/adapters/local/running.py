"""The operator on a laptop: a folder of imports, workers as processes."""

import fcntl
import logging
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from jobimport_operator.adapters.local.imports import FolderImports
from jobimport_operator.adapters.local.pools import LocalPools
from jobimport_operator.loops import Operator
from jobimport_operator.ports import Imports, Pools

log = logging.getLogger(__name__)


class FolderInUseError(Exception):
    """Another operator works with the same state folder: stop it first."""


async def run_local(folder: Path, state: Path, make: Callable[[Imports, Pools], Operator]) -> None:
    """Run until cancelled, then end the workers.

    FolderInUseError: another operator has the state folder.
    """
    with sole_operator(state):
        pools = LocalPools(environment={**os.environ})
        operator = make(FolderImports(folder, state), pools)
        log.info("importing what the YAML files in %s say", folder)
        try:
            await operator.run()
        finally:
            await pools.close()


@contextmanager
def sole_operator(state: Path) -> Generator[None]:
    """Be the only operator of a state folder while the context lasts, else FolderInUseError."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / ".operator").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(
                f"{state} has an operator already: stop that one, or give another --state"
            ) from None
        yield
