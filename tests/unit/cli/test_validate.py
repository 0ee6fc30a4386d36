"""`jobimport validate` says what is wrong, where, and what to do (P10)."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobimport_cli.__main__ import app

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))
HEAD = "apiVersion: jobimport.dev/v1alpha1\nkind: JobImport\nmetadata: {name: acme}\n"
GOOD = "source: {request: {url: https://a.example/x}}, mapping: {externalId: id}"

BAD = {
    "cron": ("schedule: '61 * * * *', " + GOOD, "spec.schedule: '61 * * * *' is no schedule"),
    "zone": ("schedule: '@daily', timeZone: Mars/X, " + GOOD, "spec.timeZone: unknown time zone"),
    "unknown field": ("shedule: '@daily', " + GOOD, "spec.shedule: unknown field"),
    "misspelt": (
        "source: {request: {url: https://a.example/x}},"
        " mapping: {externalId: id, title: 'mony(x)'}",
        "spec.mapping.title: unknown function 'mony' (did you mean 'money'?",
    ),
    "variable": (
        "source: {request: {url: 'https://a.example/{host}'}}, mapping: {externalId: id}",
        "spec.source.request.url: unknown variable {host}",
    ),
    "twice": (
        GOOD + ", suspend: true, suspend: false",
        "spec.suspend: is there already, in line 4",
    ),
    "value": (
        "onSpecChange: replace, " + GOOD,
        "spec.onSpecChange: expected one of Finish, Replace (did you mean 'Replace'?)",
    ),
    "preset": ("source: {preset: {name: rs}}", "spec.source.preset.name: unknown preset 'rs'"),
    "contact": (
        "source: {request: {url: https://a.example/x}, politeness: {contact: Jürgen}},"
        " mapping: {externalId: id}",
        "spec.source.politeness.contact: goes into the User-Agent, so only printable ASCII",
    ),
}


def check(*paths: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["validate", *map(str, paths)])
    return result.exit_code, result.output


def test_examples_are_good() -> None:
    assert check(*EXAMPLES) == (0, f"{len(EXAMPLES)} imports checked: all can run.\n")


@pytest.mark.parametrize("case", BAD)
def test_p10_a_mistake_is_named_with_its_field(case: str, tmp_path: Path) -> None:
    spec, message = BAD[case]
    path = tmp_path / "acme.yaml"
    path.write_text(f"{HEAD}spec: {{{spec}}}\n")
    status, said = check(path)
    assert status == 1
    assert f"acme: {message}" in said


def test_p10_all_mistakes_of_a_mapping_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(
        f"{HEAD}spec:\n  source: {{request: {{url: https://a.example/x}}}}\n  mapping:\n"
        "    externalId: id\n    title: mony(x)\n    description: html(a, b)\n"
        "    locations: {city: 'split(a)'}\n    required: [titel]\n"
    )
    status, said = check(path)
    assert status == 1
    found = [line.removeprefix(f"{path}:").partition(" acme: ") for line in said.splitlines()]
    named = [(line, what.split(":")[0]) for line, _, what in found if what]
    assert named == [
        ("8:", "spec.mapping.title"),
        ("9:", "spec.mapping.description"),
        ("10:", "spec.mapping.locations.city"),
        ("11:", "spec.mapping.required"),
    ]
    assert "html() takes 1 arguments, not 2" in said


def test_what_is_no_yaml_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text("a: [1\nb: 2\n")
    status, said = check(path)
    assert status == 1
    assert f"{path}:2: This is no YAML" in said
