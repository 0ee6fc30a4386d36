"""What commands read and print, without a network."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobimport.presets import preset_names
from jobimport_cli.__main__ import app

SEVERAL = """
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata: {name: good}
spec:
  source: {preset: {name: greenhouse, parameters: {board: acme}}}
---
apiVersion: v1
kind: ConfigMap
---
apiVersion: jobimport.dev/v1alpha1
kind: JobImport
metadata: {name: bad}
spec:
  shedule: "@hourly"
  timeZone: Europe/Berlin
  source:
    request: {url: https://a.example}
    pagination: {tipe: page}
  mapping: {externalId: idd(id)}
"""


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    return result.exit_code, result.stdout, result.stderr


def test_validate_names_file_line_import_and_field(tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(SEVERAL)
    status, said, _ = run("validate", str(tmp_path))
    first, consequence, second, other = said.splitlines()
    assert status == 1
    assert first.startswith(
        f"{file}:15: bad: spec.shedule: unknown field (did you mean 'schedule'? fields: "
    )
    assert second.startswith(
        f"{file}:19: bad: spec.source.pagination.tipe: unknown field (did you mean 'type'? "
    )
    assert consequence.startswith(f"{file}:16: bad: spec.timeZone: needs a schedule")
    assert other.startswith(f"{file}:20: bad: spec.mapping.externalId: unknown function 'idd'")


def test_validate_passes_over_what_a_folder_holds_for_other_tools(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(SEVERAL.partition("---")[0])
    (tmp_path / "values.yaml").write_text("replicas: 2\n")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    assert run("validate", str(tmp_path)) == (0, "", "1 import checked: all can run.\n")
    status, said, _ = run("validate", str(tmp_path / "values.yaml"))
    assert status == 1, "a file that is named was meant"
    assert "apiVersion: expected jobimport.dev/v1alpha1" in said


def test_validate_reads_standard_input_and_prints_json() -> None:
    status, out, _ = run("validate", "-", "--json", stdin=SEVERAL)
    found = json.loads(out)
    assert (status, found["imports"]) == (1, 2)
    assert [(each["file"], each["line"], each["import"]) for each in found["problems"]] == [
        ("-", line, "bad") for line in (15, 16, 19, 20)
    ]
    good = SEVERAL.split("---", maxsplit=1)[0]
    assert run("validate", "-", stdin=good) == (0, "", "1 import checked: all can run.\n")


def test_validate_finds_what_cel_refuses() -> None:
    spec = SEVERAL.split("---", maxsplit=1)[0] + "  timeZone: Europe/Berlin\n"
    assert "good: spec.timeZone: needs a schedule" in run("validate", "-", stdin=spec)[1]


def test_validate_passes_over_responses_that_were_saved_for_tests(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(SEVERAL.partition("---")[0])
    saved = tmp_path / "saved" / "good"
    saved.mkdir(parents=True)
    (saved / "responses.json").write_text('[{"method": "GET", "url": "https://a.example"}]')
    (saved / "body-001.json").write_text('[{"id": 1}]')
    (saved / "body-002.json").write_text('{"kind": "JobImport"}')
    (tmp_path / "export.json").write_text('[{"id": 1}]')
    assert run("validate", str(tmp_path)) == (0, "", "1 import checked: all can run.\n")
    assert run("render", str(tmp_path))[0] == 0
    (tmp_path / "list.yaml").write_text("- apiVersion: jobimport.dev/v1alpha1\n")
    status, said, _ = run("validate", str(tmp_path))
    assert (status, f"{tmp_path}/list.yaml:1: Write a JobImport" in said) == (1, True)


def test_validate_finds_imports_that_would_be_in_each_others_way(tmp_path: Path) -> None:
    good = SEVERAL.partition("---")[0]
    (tmp_path / "a.yaml").write_text(good)
    (tmp_path / "b.yaml").write_text(good)
    named = good.replace("name: good", "name: other").replace("source: {", "source: {name: acme, ")
    (tmp_path / "c.yaml").write_text(named)
    (tmp_path / "d.yaml").write_text(named.replace("name: other", "name: third"))
    apart = named.replace("name: other", "name: fourth") + "  destination: {collection: else}\n"
    (tmp_path / "e.yaml").write_text(apart)
    status, said, _ = run("validate", str(tmp_path))
    twice, taken = said.splitlines()
    assert status == 1
    assert twice.startswith(f"{tmp_path}/b.yaml:2: good: metadata.name: {tmp_path}/a.yaml:2 has")
    assert taken.startswith(
        f"{tmp_path}/d.yaml:2: third: spec.source.name: {tmp_path}/c.yaml:2 stores its postings"
        " under 'acme' in collection 'jobs'"
    )


def test_nothing_to_validate_is_no_success(tmp_path: Path) -> None:
    assert run("validate", str(tmp_path))[0] == 1
    status, _, said = run("validate", str(tmp_path / "none.yaml"))
    assert (status, "no such file" in said) == (2, True)
    (tmp_path / "latin.yaml").write_bytes("name: Zürich\n".encode("latin-1"))
    status, _, said = run("validate", str(tmp_path / "latin.yaml"))
    assert (status, "is no text in UTF-8" in said) == (2, True)


def test_render_says_that_there_is_nothing_to_show(tmp_path: Path) -> None:
    status, out, said = run("render", "-", "--name", "other", stdin=SEVERAL)
    assert (status, out) == (1, "")
    assert "no JobImport called other" in said


def test_a_network_that_is_none_is_a_usage_error() -> None:
    given = ("preview", "-", "--name", "good", "--allowed-networks", "banana")
    status, _, said = run(*given, stdin=SEVERAL)
    assert (
        status,
        "write networks such as 10.20.0.0/16" in " ".join(said.replace("│", " ").split()),
    ) == (2, True)


def test_the_version_is_printed() -> None:
    assert run("--version") == (0, f"jobimport {version('jobimport-cli')}\n", "")


def test_render_shows_the_preset_merged_in() -> None:
    status, out, _ = run("render", "-", "--name", "good", stdin=SEVERAL)
    assert status == 0
    assert "url: https://boards-api.greenhouse.io/v1/boards/{parameters.board}/jobs" in out
    status, out, said = run("render", "-", "--json", stdin=SEVERAL)
    assert (status, len(json.loads(out))) == (1, 1)
    assert "bad: spec.shedule" in said


def test_a_file_of_several_imports_asks_which_one() -> None:
    status, _, said = run("preview", "-", stdin=SEVERAL)
    assert (status, "choose one with --name (good, bad)" in said) == (2, True)
    assert "no JobImport called other" in run("preview", "-", "--name", "other", stdin=SEVERAL)[2]
    assert "-:15: bad: spec.shedule" in run("preview", "-", "--name", "bad", stdin=SEVERAL)[2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("key=plain-s3cr3t", "not the secret itself"),
        ("key=@/not/there", "/not/there cannot be read"),
        ("key=env:NOT_SET_ANYWHERE", "no variable NOT_SET_ANYWHERE"),
        ("../key=@x", "expected name=@file"),
        ("..=env:PATH", "expected name=@file"),
    ],
)
def test_a_secret_is_never_an_argument(given: str, said: str) -> None:
    status, _, messages = run("preview", "-", "--name", "good", "--secret", given, stdin=SEVERAL)
    assert (status, said in messages) == (2, True)
    assert "s3cr3t" not in messages


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    status, out, _ = run("completion", shell)
    assert status == 0
    assert "_JOBIMPORT_COMPLETE" in out


def test_presets_are_listed_with_their_parameters() -> None:
    _, out, _ = run("presets", "--json")
    assert [each["name"] for each in json.loads(out)] == preset_names()
    assert "country (required): " in run("presets", "adzuna")[1]
    assert "did you mean 'adzuna'" in run("presets", "adzun")[2]
