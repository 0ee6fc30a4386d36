"""What it costs a gateway to look again and again at the rights of those who follow it.

    python -m bench.rights_bench --followers 200 --namespaces 50 --seconds 90

Each follower is a person of their own who may list the imports of a fifth of the namespaces, on a
real API server. Counted are the SubjectAccessReviews that the API server was asked for, and the
gateway's processor time; timed are how soon all followers lose a namespace whose right was taken
away and gain one that was given, and REST beside it. The last line printed is JSON.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import socketio
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import load_kube_config
from prometheus_client.parser import text_string_to_metric_families

from bench.live_bench import processor_seconds
from bench.operator_bench import is_served
from cluster.control_plane import ControlPlane, running_control_plane
from cluster.operator_bench import BASE
from gateways import a_manifest
from jobimport.cluster_api import ClusterApi
from jobimport.resource.crd import crd
from jobimport_cli.processes import Part, running_part
from jobimport_cli.standins.mongo_server import mongo_stand_in
from jobimport_cli.standins.ports import free_port
from jobimport_cli.standins.redis_server import embedded_redis

PEOPLE = "people"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
_WRITERS = 8
_PATIENCE_SECONDS = 600.0
_ASK_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured; reviews are SubjectAccessReviews, REST is in milliseconds."""

    followers: int
    namespaces: int
    seconds: float
    connected_seconds: float
    reviews_per_second: float
    cpu_percent: float
    rest_p50: float
    rest_longest: float
    all_lost_seconds: float
    all_gained_seconds: float
    cut_off: int
    """Followers whose connection ended, though nobody had taken their token away."""


class World:
    """The API server with its namespaces and people."""

    def __init__(self, api: ClusterApi, kubectl: tuple[str, ...], namespaces: int) -> None:
        self._api = api
        self._kubectl = kubectl
        self.names = [f"team-{number:03}" for number in range(namespaces)]
        self.seen = max(namespaces // 5, 1)

    async def furnish(self) -> None:
        """Install the CRD; make the namespaces, each with an import, and who may see them."""
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        await self._api.create(path, crd(), "bench")
        for name in (PEOPLE, *self.names):
            await self._api.create("/api/v1/namespaces", {"metadata": {"name": name}}, "bench")
        while not await is_served(self._api):
            await asyncio.sleep(0.2)
        rules = [{"apiGroups": ["jobimport.dev"], "resources": ["jobimports"], "verbs": ["list"]}]
        role = {"metadata": {"name": "sees"}, "rules": rules}
        await self._api.create(f"{RBAC}/clusterroles", role, "bench")
        for name in self.names:
            manifest = a_manifest("acme", name, suspend=True)
            await self._api.create(f"{BASE}/{name}/jobimports", manifest, "bench")
        for name in self.names[: self.seen]:
            await self.allow(name)

    async def people(self, count: int) -> list[str]:
        """Make people; gives their tokens."""
        numbers, tokens = iter(range(count)), [""] * count

        async def make() -> None:
            for number in numbers:
                path = f"/api/v1/namespaces/{PEOPLE}/serviceaccounts"
                name = f"person-{number:04}"
                await self._api.create(path, {"metadata": {"name": name}}, "bench")
                body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
                answer = await self._api.call("POST", f"{path}/{name}/token", body=body)
                tokens[number] = answer["status"]["token"]

        await asyncio.gather(*(make() for _ in range(_WRITERS)))
        return tokens

    async def allow(self, namespace: str) -> None:
        """Let all people list the imports of a namespace."""
        group = {"kind": "Group", "name": f"system:serviceaccounts:{PEOPLE}"}
        binding = {
            "metadata": {"name": "sees"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "sees",
            },
            "subjects": [{**group, "apiGroup": "rbac.authorization.k8s.io"}],
        }
        await self._api.create(f"{RBAC}/namespaces/{namespace}/rolebindings", binding, "bench")

    async def forbid(self, namespace: str) -> None:
        """Take the right away."""
        await self._api.call("DELETE", f"{RBAC}/namespaces/{namespace}/rolebindings/sees")

    async def reviews(self) -> float:
        """How many SubjectAccessReviews were asked for so far."""
        process = await asyncio.create_subprocess_exec(
            *self._kubectl, "get", "--raw", "/metrics", stdout=asyncio.subprocess.PIPE
        )
        text = (await process.communicate())[0].decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "apiserver_request_total"
            and sample.labels.get("resource") == "subjectaccessreviews"
        )


class Person:
    """A follower of all imports, and when it last lost or gained something."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.told: dict[str, float] = {}
        self.refusals: list[str] = []
        self.client.on("left", lambda told: self._note("left", told))
        self.client.on("gained", lambda told: self._note("gained", told))
        self.client.on("refused", lambda told: self.refusals.append(told["error"]["detail"]))

    def _note(self, kind: str, told: dict[str, Any]) -> None:
        for room in told["rooms"]:
            self.told[f"{kind} {room}"] = time.monotonic()

    async def follow(self, url: str, token: str) -> None:
        """Connect and follow all imports."""
        await self.client.connect(url, auth={"token": token}, transports=["websocket"])
        answer: Any = await self.client.call("subscribe", {"room": "imports"}, timeout=120)
        assert "error" not in answer, answer


async def _until_all(people: list[Person], what: str, since: float) -> float:
    """Wait until all who are connected were told; the seconds until the last was."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not all(what in each.told for each in people if each.client.connected):
            await asyncio.sleep(0.2)
    return max((each.told[what] for each in people if what in each.told), default=since) - since


@asynccontextmanager
async def _a_gateway(plane: ControlPlane, folder: Path) -> AsyncGenerator[tuple[str, Part]]:
    port = free_port()
    async with AsyncExitStack() as stack:
        environment = {
            "KUBECONFIG": str(plane.kubeconfig),
            "REDIS_URL": stack.enter_context(embedded_redis()),
            "MONGODB_URL": stack.enter_context(mongo_stand_in()),
            "AUTH_MODE": "kubernetes",
            "PORT": str(port),
            "LOG_FORMAT": "text",
        }
        part = await stack.enter_async_context(
            running_part("gateway", "jobimport_api", [], environment, folder)
        )
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(90), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"{url}/readyz")).is_success:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.2)
        yield url, part


async def _ask(url: str, token: str, times: list[float]) -> None:
    """Ask for the imports again and again, as a page does; notes the milliseconds."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        while True:
            begun = time.monotonic()
            (await client.get("/api/v1/imports?limit=50")).raise_for_status()
            times.append((time.monotonic() - begun) * 1000)
            await asyncio.sleep(_ASK_EVERY_SECONDS)


async def measure(followers: int, namespaces: int, seconds: float) -> Measured:
    """Measure `followers` who may see a fifth of the `namespaces` each."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobimport-rights-")))
        plane = stack.enter_context(running_control_plane())
        configuration = Configuration()
        await load_kube_config(
            config_file=str(plane.kubeconfig), client_configuration=configuration
        )
        api = ClusterApi(ApiClient(configuration=configuration))
        stack.push_async_callback(api.close)
        kubectl = (str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig))
        world = World(api, kubectl, namespaces)
        await world.furnish()
        tokens = await world.people(followers + 1)
        url, part = await stack.enter_async_context(_a_gateway(plane, folder))
        people = [Person() for _ in range(followers)]
        begun = time.monotonic()
        for person, token in zip(people, tokens, strict=False):
            await person.follow(url, token)
            stack.push_async_callback(person.client.disconnect)
        connected = time.monotonic() - begun
        times: list[float] = []
        asking = asyncio.create_task(_ask(url, tokens[-1], times))
        asked, busy = await world.reviews(), processor_seconds(part.process.pid)
        await asyncio.sleep(seconds)
        asked = await world.reviews() - asked
        busy = processor_seconds(part.process.pid) - busy
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        since = time.monotonic()
        await world.forbid(world.names[0])
        lost = await _until_all(people, f"left ns/{world.names[0]}", since)
        since = time.monotonic()
        await world.allow(world.names[-1])
        gained = await _until_all(people, f"gained ns/{world.names[-1]}", since)
        cut_off = sum(not each.client.connected for each in people)
    for reason in sorted({reason for each in people for reason in each.refusals}):
        sys.stderr.write(f"{reason}\n")
    return Measured(
        followers=followers,
        namespaces=namespaces,
        seconds=seconds,
        connected_seconds=round(connected, 1),
        reviews_per_second=round(asked / seconds, 1),
        cpu_percent=round(100 * busy / seconds, 1),
        rest_p50=round(statistics.median(times), 1),
        rest_longest=round(max(times), 1),
        all_lost_seconds=round(lost, 1),
        all_gained_seconds=round(gained, 1),
        cut_off=cut_off,
    )


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--followers", type=int, default=200)
    parser.add_argument("--namespaces", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=90)
    options = parser.parse_args()
    measured = asyncio.run(measure(options.followers, options.namespaces, options.seconds))
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


if __name__ == "__main__":
    main()
