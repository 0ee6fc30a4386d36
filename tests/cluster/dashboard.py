"""The dashboard of an installed release, at an address that answers from this machine."""

import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from cluster.release import RELEASE, SYSTEM, NodeCluster
from jobimport_cli.standins.lifetime import die_with_parent, stop

_SERVICE: Final = f"{RELEASE}-jobimport-gateway"
_ANSWER_SECONDS: Final = 30


@contextmanager
def answering_dashboard(cluster: NodeCluster) -> Generator[str]:
    """Give the dashboard's address once it has answered there, for as long as the context lasts.

    RuntimeError where it does not answer.
    """
    if cluster.reached:
        service = cluster.read("-n", SYSTEM, "service", _SERVICE)
        yield _answering(f"http://{service['spec']['clusterIP']}/")
        return
    command = [cluster.kubectl_program, "--kubeconfig", cluster.kubeconfig, "-n", SYSTEM]
    forward = ["port-forward", "--address=127.0.0.1", f"service/{_SERVICE}", ":80"]
    with subprocess.Popen(
        [*command, *forward], stdout=subprocess.PIPE, preexec_fn=die_with_parent
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().decode()
            port = re.search(r"127\.0\.0\.1:(\d+)", said)
            if port is None:
                raise RuntimeError(f"kubectl port-forward gave no port: {said}")
            yield _answering(f"http://127.0.0.1:{port[1]}/")
        finally:
            stop(process)


def _answering(address: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _ANSWER_SECONDS
    while True:
        try:
            with opener.open(address, timeout=5) as answer:
                if b"<html" in answer.read():
                    return address
                raise RuntimeError(f"{address} answers, but with no page")
        except (OSError, urllib.error.URLError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the dashboard does not answer at {address}: {error}") from None
            time.sleep(0.5)
