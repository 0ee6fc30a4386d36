"""What the values mean, and which are refused."""

import ipaddress
import json
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic_settings import BaseSettings

from integration.chart.rendered import (
    CHART,
    KUBERNETES,
    LARGE,
    MATRIX,
    STORES,
    UNUSUAL,
    Manifest,
    Refused,
    Render,
    Values,
    environment,
    named,
    of_kind,
)
from jobimport.ids import PoolKey
from jobimport.settings import (
    GatewaySettings,
    OperatorSettings,
    PoolSettings,
    WorkerSettings,
)
from jobimport_operator.adapters.kubernetes.deployment import WorkerTemplate, deployment

A_FIELD = "what-the-cluster-says"
BAD: dict[str, tuple[Values, str]] = {
    "an unknown value": ({"operater": {}}, "operater"),
    "an unknown value within": ({"operator": {"replica": 2}}, "replica"),
    "no operator": ({"operator": {"replicas": 0}}, "replicas"),
    "an autoscaler": ({"operator": {"autoscaler": "KEDA"}}, "autoscaler"),
    "an unknown limit": ({"pools": {"default": {"mx": 1}}}, "mx"),
    "a pool's name": ({"pools": {"Large_Pool": {}}}, "Large_Pool"),
    "a negative max": ({"pools": {"default": {"max": -1}}}, "max"),
    "min over max": ({"pools": {"default": {"min": 3, "max": 2}}}, "lower min or raise max"),
    "min over a max of 0": ({"pools": {"default": {"min": 1, "max": 0}}}, "lower min"),
    "a log level": ({"worker": {"logLevel": "loud"}}, "logLevel"),
    "a namespace": ({"namespaces": ["Not A Name"]}, "namespaces"),
    "a namespace twice": ({"namespaces": ["a", "a"]}, "namespaces"),
    "a namespace unwatched": ({"namespaces": ["a"], "watchNamespaces": ["b"]}, "watchNamespaces"),
    "a network": ({"worker": {"allowedNetworks": ["10.0.0.1"]}}, "allowedNetworks"),
    "a long grace": ({"worker": {"shutdownGraceSeconds": 7200}}, "shutdownGraceSeconds"),
    "a batch": ({"worker": {"batchSize": 0}}, "batchSize"),
    "a port": ({"gateway": {"service": {"port": 0}}}, "port"),
    "an empty image": ({"gateway": {"image": {"repository": ""}}}, "repository"),
    "text for a switch": ({"crds": {"enabled": "yes"}}, "enabled"),
    "an Ingress to nowhere": ({"gateway": {"ingress": {"enabled": True}}}, "ingress.hosts"),
    "a route from nowhere": (
        {"gateway": {"httpRoute": {"enabled": True}}},
        "httpRoute.parentRefs is empty",
    ),
    "a pool's resources": ({"pools": {"a": {"resources": {"cpu": "1"}}}}, "resources"),
    "a label": ({"commonLabels": {"team": "data & jobs"}}, "commonLabels/team"),
    "a label's name": ({"commonLabels": {"our team": "data"}}, "our team"),
    "a label of the chart's": (
        {"commonLabels": {"app.kubernetes.io/part-of": "x"}},
        "commonLabels has app.kubernetes.io/part-of",
    ),
    "a node by a number": ({"worker": {"nodeSelector": {"disk": 1}}}, "nodeSelector/disk"),
    "a toleration": ({"gateway": {"tolerations": [{"kye": "a"}]}}, "kye"),
    "an effect": ({"gateway": {"tolerations": [{"effect": "Never"}]}}, "effect"),
    "a tag": ({"worker": {"image": {"tag": "latest@sha256:0"}}}, "image/tag"),
    "a digest": ({"worker": {"image": {"digest": "sha256:12"}}}, "image/digest"),
    "a quantity": ({"operator": {"resources": {"limits": {"memory": "1 GB"}}}}, "limits/memory"),
    "a variable of the chart's": (
        {"operator": {"env": {"REDIS_URL": "redis://x"}}},
        "operator.env has REDIS_URL, which the chart sets from other values",
    ),
    "a name": ({"fullnameOverride": "Our_Imports"}, "fullnameOverride"),
    "a name that is too long": ({"nameOverride": "a" * 51}, "nameOverride"),
    "pull secrets as text": ({"imagePullSecrets": ["registry"]}, "imagePullSecrets/0"),
    "a share of workers": (
        {"podDisruptionBudgets": {"workersMaxUnavailable": "a few"}},
        "workersMaxUnavailable",
    ),
    "no Redis": ({"redis": {"existingSecret": ""}}, "redis.existingSecret is empty"),
    "no MongoDB": ({"mongodb": {"existingSecret": ""}}, "mongodb.existingSecret is empty"),
    "a board without image": (
        {"demo": {"enabled": True, "board": {"enabled": True}}},
        "demo.board.image.repository is empty",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_values_are_refused_and_named(what: str, render: Render) -> None:
    values, named_as = BAD[what]
    with pytest.raises(Refused, match=named_as.replace(".", r"\.")):
        render({**STORES, **values})


def test_every_value_has_a_description() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert undescribed(schema, yaml.safe_load((CHART / "values.yaml").read_text())) == []


def undescribed(schema: dict[str, Any], values: dict[str, Any], path: str = "") -> list[str]:
    """Values without a description, where a group of described ones needs none."""
    found: list[str] = []
    for key, value in values.items():
        rule = schema.get("properties", {}).get(key)
        if rule is None:
            found += [] if "additionalProperties" in schema and not path else [f"{path}{key}"]
        elif isinstance(value, dict) and "properties" in rule and "requests" not in value:
            found += undescribed(rule, value, f"{path}{key}.")
        elif "description" not in rule:
            found.append(f"{path}{key}")
    return found


def test_the_environment_is_what_the_parts_read(manifests: list[Manifest]) -> None:
    """Each variable is one of the part's settings, and its value one that they take."""
    parts: dict[str, type[BaseSettings]] = {
        "operator": OperatorSettings,
        "gateway": GatewaySettings,
    }
    for part, settings in parts.items():
        variables = environment(manifests, f"ji-jobimport-{part}")
        check(settings, {k: v if isinstance(v, str) else A_FIELD for k, v in variables.items()})
        if part == "operator":
            check(WorkerSettings, json.loads(variables["WORKER_ENV"]))


def check(settings: type[BaseSettings], variables: dict[str, str]) -> None:
    known = {each.upper() for each in settings.model_fields}
    assert variables.keys() - known <= {"TMPDIR", "MORE"}
    given: dict[str, Any] = {}
    for name, value in variables.items():
        if name in known and value:
            given[name.lower()] = json.loads(value) if value.startswith("{") else value
    settings.model_validate(given)


def test_several_operators_agree_by_a_lease_that_they_may_use(render: Render) -> None:
    manifests = render({**STORES, "operator": {"replicas": 2}})
    variables = environment(manifests, "ji-jobimport-operator")
    role = named(manifests, "Role", "ji-jobimport-operator-lease")
    assert variables["LEADER_ELECTION"] == "true"
    assert [variables["LEASE_NAME"]] == role["rules"][1]["resourceNames"]
    assert role["rules"][1]["verbs"] == ["get", "update"]
    spec = named(manifests, "Deployment", "ji-jobimport-operator")["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (2, "RollingUpdate")


def pool_settings(manifests: list[Manifest]) -> dict[str, PoolSettings]:
    """The pools as the operator reads them."""
    said = json.loads(environment(manifests, "ji-jobimport-operator")["POOLS"])
    return {name: PoolSettings.model_validate(each) for name, each in said.items()}


def test_pools_limits_reach_the_operator(render: Render) -> None:
    pools = pool_settings(render(MATRIX["pools"]))
    large = pools["large"]
    assert (large.min, large.max, large.tasks_per_worker) == (1, 3, 1)
    assert (pools["default"].min, pools["default"].max) == (0, 10)


def test_a_pool_has_pods_of_its_own_and_else_what_workers_have_in_common(render: Render) -> None:
    common = {"nodeSelector": {"role": "imports"}, "priorityClassName": "normal"}
    worker = {**common, "shutdownGraceSeconds": 600.5}
    values = {**MATRIX["pools"], "worker": worker, "image": {"pullPolicy": "Always"}}
    manifests = render(values)
    found = environment(manifests, "ji-jobimport-operator")
    template = WorkerTemplate(
        image=found["WORKER_IMAGE"],
        image_pull_policy=found["WORKER_IMAGE_PULL_POLICY"],
        termination_grace_seconds=int(found["WORKER_TERMINATION_GRACE_SECONDS"]),
        resources=json.loads(found["WORKER_RESOURCES"]),
        pools=pool_settings(manifests),
    )
    default, large = (
        deployment(PoolKey("recruiting", name), template) for name in ("default", "large")
    )
    for each in (default, large):
        kubernetes_validate.validate(each, KUBERNETES, strict=True)
    plain, own = (each["spec"]["template"]["spec"] for each in (default, large))
    assert (plain["nodeSelector"], plain["priorityClassName"]) == ({"role": "imports"}, "normal")
    assert plain["terminationGracePeriodSeconds"] == 606
    assert plain["containers"][0]["imagePullPolicy"] == "Always"
    assert plain["containers"][0]["resources"]["limits"] == {"memory": "1Gi"}
    assert {name: own[name] for name in LARGE if name in own} == {
        name: value
        for name, value in LARGE.items()
        if name not in {"resources", "env", "podAnnotations"}
    }
    assert own["containers"][0]["resources"] == LARGE["resources"]
    assert {"name": "WORKER_CONCURRENCY", "value": "1"} in own["containers"][0]["env"]
    assert large["spec"]["template"]["metadata"]["annotations"] == {"a": "b"}


def test_numbers_are_written_in_digits_and_quantities_as_text(render: Render) -> None:
    """Helm's own writing of a large number is 1.073741824e+10, which no setting takes."""
    values = UNUSUAL["numbers and switches as environment"].values
    pools = {"a": {"env": {"A_SIZE": 7000000}, "resources": {"limits": {"cpu": 1.5}}}}
    manifests = render({**values, "pools": pools})
    found = environment(manifests, "ji-jobimport-operator")
    assert (found["A_SIZE"], found["A_SWITCH"], found["A_RATE"]) == ("10737418240", "true", "0.25")
    assert json.loads(found["WORKER_ENV"])["A_SIZE"] == "2500000"
    assert json.loads(found["WORKER_RESOURCES"])["requests"]["cpu"] == "0.5"
    own = pool_settings(manifests)["a"]
    assert (own.env, own.resources) == ({"A_SIZE": "7000000"}, {"limits": {"cpu": "1.5"}})


def test_workers_settings_reach_the_operator(render: Render) -> None:
    values = {"worker": {"batchSize": 50, "allowedNetworks": ["10.0.0.0/8"], "env": {"A": 1}}}
    found = environment(render({**STORES, **values}), "ji-jobimport-operator")
    env = json.loads(found["WORKER_ENV"])
    assert (env["BATCH_SIZE"], env["ALLOWED_NETWORKS"], env["A"]) == ("50", "10.0.0.0/8", "1")


def test_urls_come_from_the_secrets_that_are_named(render: Render) -> None:
    manifests = render(STORES)
    assert not of_kind(manifests, "Secret")
    gateway = environment(manifests, "ji-jobimport-gateway")
    assert gateway["REDIS_URL"]["secretKeyRef"] == {"name": "stores", "key": "redis-url"}
    assert gateway["MONGODB_URL"]["secretKeyRef"] == {"name": "stores", "key": "mongodb-url"}
    operator = environment(manifests, "ji-jobimport-operator")
    assert operator["REDIS_URL"]["secretKeyRef"] == {"name": "stores", "key": "redis-url"}
    assert "MONGODB_URL" not in operator


def test_demo_urls_lead_to_the_demo_stores(render: Render) -> None:
    manifests = render(MATRIX["demo"])
    secrets = of_kind(manifests, "Secret")
    places = {each["metadata"]["namespace"] for each in secrets}
    assert places == {"system", "default", "recruiting"}
    for each in secrets:
        assert each["metadata"]["name"] == "jobimport-worker"
        assert each["stringData"]["REDIS_URL"] == "redis://ji-jobimport-redis.system.svc:6379/0"
        assert (
            each["stringData"]["MONGODB_URL"] == "mongodb://ji-jobimport-mongodb.system.svc:27017/"
        )
    named(manifests, "Service", "ji-jobimport-redis")
    named(manifests, "Service", "ji-jobimport-mongodb")


def test_watched_namespaces_take_no_cluster_wide_right_to_imports(render: Render) -> None:
    manifests = render(MATRIX["some namespaces"])
    bound = {each["roleRef"]["name"] for each in of_kind(manifests, "ClusterRoleBinding")}
    assert bound == {"system-ji-jobimport-gateway-viewers"}
    for part in ("operator", "gateway"):
        places = {
            each["metadata"]["namespace"]
            for each in of_kind(manifests, "Role")
            if each["metadata"]["name"] == f"ji-jobimport-{part}"
        }
        assert places == {"recruiting", "sales"}
        found = environment(manifests, f"ji-jobimport-{part}")
        assert found["WATCH_NAMESPACES"] == "recruiting,sales"


def test_kubernetes_own_roles_get_rights_to_imports_unless_told_not_to(render: Render) -> None:
    def aggregated(manifests: list[Manifest]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {"view": set(), "edit": set(), "admin": set()}
        for role in of_kind(manifests, "ClusterRole"):
            for name, verbs in found.items():
                label = f"rbac.authorization.k8s.io/aggregate-to-{name}"
                if role["metadata"]["labels"].get(label) == "true":
                    verbs.update(*(rule["verbs"] for rule in role["rules"]))
        return found

    reading = {"get", "list", "watch"}
    changing = reading | {"create", "update", "patch", "delete", "deletecollection"}
    assert aggregated(render(STORES)) == {"view": reading, "edit": changing, "admin": changing}
    without = aggregated(render({**STORES, "aggregateRoles": False}))
    assert without == {"view": set(), "edit": set(), "admin": set()}


def test_the_crd_is_the_generated_one_and_kept(render: Render) -> None:
    generated = yaml.safe_load(
        (CHART.parents[1] / "crds" / "jobimports.jobimport.dev.yaml").read_text()
    )
    crd = named(render(STORES), "CustomResourceDefinition", "jobimports.jobimport.dev")
    assert crd["spec"] == generated["spec"]
    assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    loose = render({**STORES, "crds": {"keep": False}})
    crd = named(loose, "CustomResourceDefinition", "jobimports.jobimport.dev")
    assert "annotations" not in crd["metadata"]
    assert not of_kind(render({**STORES, "crds": {"enabled": False}}), "CustomResourceDefinition")


def test_policies_select_the_workers_that_the_operator_makes(render: Render) -> None:
    template = WorkerTemplate(image="worker")
    labels = deployment(PoolKey("recruiting", "default"), template)["spec"]["template"]["metadata"][
        "labels"
    ]
    manifests = render(MATRIX["demo"])
    for kind, field in (("NetworkPolicy", "podSelector"), ("PodDisruptionBudget", "selector")):
        own = [
            each
            for each in of_kind(manifests, kind)
            if each["metadata"]["namespace"] == "recruiting"
        ]
        assert len(own) == 1
        assert own[0]["spec"][field]["matchLabels"].items() <= labels.items()


def test_policies_deny_what_they_do_not_allow(render: Render) -> None:
    manifests = render(MATRIX["everything on"])
    policies = of_kind(manifests, "NetworkPolicy")
    assert all(each["spec"]["policyTypes"] == ["Ingress", "Egress"] for each in policies)
    deny = named(manifests, "NetworkPolicy", "ji-jobimport-deny")["spec"]
    assert deny.keys() == {"podSelector", "policyTypes"}
    for each in of_kind(manifests, "Deployment"):
        labels = each["spec"]["template"]["metadata"]["labels"]
        assert deny["podSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "192.168.1.1", "172.20.0.1"])
def test_workers_reach_public_sources_and_no_private_ones(address: str, render: Render) -> None:
    worker = named(
        render({**STORES, "namespaces": ["recruiting"]}), "NetworkPolicy", "jobimport-worker"
    )
    blocks = [
        target["ipBlock"]
        for rule in worker["spec"]["egress"]
        for target in rule.get("to", [])
        if "ipBlock" in target
    ]
    assert reached(blocks, "93.184.215.14")
    assert not reached(blocks, address)


def reached(blocks: list[dict[str, Any]], address: str) -> bool:
    wanted = ipaddress.ip_address(address)
    return any(
        wanted in ipaddress.ip_network(block["cidr"])
        and not any(wanted in ipaddress.ip_network(each) for each in block.get("except", []))
        for block in blocks
    )
