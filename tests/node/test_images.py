"""The images that the chart does not run, tried on the node."""

from cluster.images import CLI, ROOT, TAG
from cluster.release import BUILT_HERE, NodeCluster

EXAMPLE = (ROOT / "examples" / "northwind.yaml").read_text()


def run_in_a_pod(
    cluster: NodeCluster, name: str, arguments: list[str], files: dict[str, str]
) -> tuple[int, str]:
    """Run the image `cli` to its end, as restricted as the parts are; exit status and output."""
    about = {"name": name, "namespace": "default"}
    files_of = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": files}
    cluster.kubectl("apply", "-f", "-", given=files_of)
    container = {
        "name": "cli",
        "image": f"{BUILT_HERE}jobimport-{CLI}:{TAG}",
        "imagePullPolicy": "Never",
        "args": arguments,
        "workingDir": "/imports",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "imports", "mountPath": "/imports"},
            {"name": "scratch", "mountPath": "/tmp"},
        ],
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [
            {"name": "imports", "configMap": {"name": name}},
            {"name": "scratch", "emptyDir": {}},
        ],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec}
    cluster.kubectl("apply", "-f", "-", given=pod)
    try:
        ended = ("--for=jsonpath={.status.containerStatuses[0].state.terminated}",)
        cluster.kubectl("wait", f"pod/{name}", *ended, "--timeout=90s", seconds=100)
        state = cluster.read(f"pod/{name}")["status"]["containerStatuses"][0]["state"]
        return state["terminated"]["exitCode"], cluster.kubectl("logs", name)
    finally:
        cluster.kubectl("delete", f"pod/{name}", f"configmap/{name}", "--now")


def test_the_image_of_the_command_line_validates_imports(cluster: NodeCluster) -> None:
    status, said = run_in_a_pod(cluster, "good", ["validate", "a.yaml"], {"a.yaml": EXAMPLE})
    assert status == 0, said
    broken = EXAMPLE.replace("externalId:", "externalIds:")
    status, said = run_in_a_pod(cluster, "bad", ["validate", "b.yaml"], {"b.yaml": broken})
    assert status == 1
    assert "b.yaml" in said
    assert "externalIds" in said
