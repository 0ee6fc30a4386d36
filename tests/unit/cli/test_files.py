"""What commands read and print, without a network."""

import json
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
    status, _, said = run("validate", str(tmp_path))
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
    status, _, said = run("validate", str(tmp_path / "values.yaml"))
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
    assert "good: spec.timeZone: needs a schedule" in run("validate", "-", stdin=spec)[2]


def test_nothing_to_validate_is_no_success(tmp_path: Path) -> None:
    assert run("validate", str(tmp_path))[0] == 1
    status, _, said = run("validate", str(tmp_path / "none.yaml"))
    assert (status, "no such file" in said) == (2, True)


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
