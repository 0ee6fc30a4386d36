"""Specs in the making: presets, validation, preview and applying."""

from typing import Any

import yaml

from gateways import ImportsFolder, Limited, a_manifest
from jobimport.ids import PoolKey, WorkerId
from jobimport.presets import preset_names
from jobimport.queue.queue import Queue

from .conftest import ClientOf

WRONG = """\
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata:
  name: acme
spec:
  schedule: "61 * * * *"
  source:
    request:
      url: https://jobs.example/x
  mapping:
    externalId: id
    salary:
      min: mony(pay)
"""


async def test_every_preset_is_listed_with_what_it_asks_for(client_of: ClientOf) -> None:
    listed = (await client_of().get("/presets")).json()["items"]
    assert [each["name"] for each in listed] == preset_names()
    lever = next(each for each in listed if each["name"] == "lever")
    assert lever["parameters"][0]["required"] is True
    assert lever["documentation"].startswith("https://")


async def test_each_problem_of_a_manifest_names_its_field_and_line(client_of: ClientOf) -> None:
    found = (await client_of().post("/validate", json={"manifest": WRONG})).json()
    lines = {each["path"]: each["line"] for each in found["problems"]}
    assert lines == {"spec.schedule": 6, "spec.mapping.salary.min": 13}, found
    assert any("did you mean 'money'?" in each["message"] for each in found["problems"])


async def test_a_manifest_is_shown_with_its_preset_merged_in(client_of: ClientOf) -> None:
    source = {"preset": {"name": "greenhouse", "parameters": {"board": "acme"}}}
    text = yaml.safe_dump(a_manifest("acme", source=source, mapping={}))
    found = (await client_of().post("/validate", json={"manifest": text})).json()
    assert found["problems"] == []
    effective = yaml.safe_load(found["effective"])
    assert "greenhouse" in effective["spec"]["source"]["request"]["url"]
    assert effective["spec"]["mapping"]["externalId"]


async def test_a_text_that_is_no_manifest_is_a_problem_and_never_a_failure(
    client_of: ClientOf,
) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    texts = ["", "{", "a: b: c", "[1, 2]", "null", "&a [*a]", bomb, "[" * 500, "--- 1\n--- 2\n"]
    for text in texts:
        answer = await client_of().post("/validate", json={"manifest": text})
        assert answer.status_code == 200, text[:50]
        assert answer.json()["problems"], text[:50]


async def test_a_preview_is_asked_of_the_namespaces_workers_and_needs_create(
    client_of: ClientOf, redis: Any
) -> None:
    asked = {"namespace": "default", "manifest": yaml.safe_dump(a_manifest("acme"))}
    refused = await client_of(Limited("eve", {"get", "list"}, "default")).post(
        "/preview", json=asked
    )
    assert refused.status_code == 403
    assert "verb create" in refused.json()["detail"]
    answer = await client_of().post("/preview", json=asked)
    assert answer.status_code == 202, answer.text
    queue = Queue(redis, PoolKey("default", "default"))
    claim = await queue.claim(WorkerId("w"), 1, 60_000)
    assert claim.leases[0].task.payload["spec"]["source"]["request"]["url"].startswith("https")
    place = answer.json()
    path = f"/namespaces/default/pools/{place['pool']}/tasks/{place['task']}"
    assert (await client_of().get(path)).json()["state"] == "working"


async def test_a_preview_of_what_cannot_run_says_why_at_once(client_of: ClientOf) -> None:
    asked = {"namespace": "default", "manifest": WRONG}
    answer = await client_of().post("/preview", json=asked)
    assert answer.status_code == 422
    assert "spec.schedule (line 6)" in answer.json()["detail"]


async def test_applying_shows_the_diff_first_and_writes_the_file_then(
    client_of: ClientOf, folder: ImportsFolder
) -> None:
    client, text = client_of(), yaml.safe_dump(a_manifest("acme"))
    dry = (await client.post("/apply", json={"manifest": text})).json()
    assert dry["created"] is True
    assert not (folder.path / "acme.yaml").exists()
    done = await client.post("/apply", json={"manifest": text, "dryRun": False})
    assert done.status_code == 200, done.text
    changed = text.replace("jobs.example/x", "jobs.example/y")
    second = (await client.post("/apply", json={"manifest": changed})).json()
    assert second["created"] is False
    assert "-      url: https://jobs.example/x" in second["diff"]
    assert "+      url: https://jobs.example/y" in second["diff"]
    await client.post("/apply", json={"manifest": changed, "dryRun": False})
    assert (folder.path / "acme.yaml").read_text() == changed
