"""Every preset is whole, says where it comes from, and is merged and checked as promised."""

from typing import Any

import pytest

from jobimport.presets import (
    UnknownPreset,
    effective_spec,
    load_preset,
    notes_of,
    preset_names,
    preset_of,
)
from jobimport.presets.merging import parameters_in
from jobimport.resource.spec import JobImportSpec
from jobimport.validation import check_spec


def a_spec(name: str, parameters: dict[str, str] | None = None, **source: Any) -> JobImportSpec:
    preset = {"name": name, "parameters": parameters or {}}
    return JobImportSpec.model_validate({"source": {"preset": preset, **source}})


def problems(name: str, parameters: dict[str, str] | None = None, **source: Any) -> list[str]:
    return [str(each) for each in check_spec(a_spec(name, parameters, **source))]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_whole(name: str) -> None:
    preset = preset_of(name)
    assert notes_of(name).startswith("Source of truth: "), "say where its facts come from"
    assert preset.documentation.startswith("https://")
    assert preset.description.endswith(".")
    named = {each.name for each in preset.parameters}
    used = parameters_in(load_preset(name)["source"]) | parameters_in(preset.mapping)
    assert used == named, "each parameter is used, and each that is used is described"
    for each in preset.parameters:
        assert each.description.endswith(".")
        assert not (each.required and each.default)


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_runs_with_its_examples(name: str) -> None:
    examples = {each.name: each.example for each in preset_of(name).parameters}
    assert problems(name, examples) == []
    mapping = effective_spec(a_spec(name, examples)).mapping
    assert mapping.external_id
    assert mapping.title
    assert mapping.url


def test_an_unknown_preset_is_told_what_is_meant() -> None:
    with pytest.raises(UnknownPreset, match="did you mean 'greenhouse'"):
        effective_spec(a_spec("greenhose"))


def test_parameters_are_checked_with_a_suggestion_and_an_example() -> None:
    assert problems("adzuna", {"contry": "gb"}) == [
        "spec.source.preset.parameters.contry: the preset adzuna has no such parameter"
        " (did you mean 'country'? parameters: country, what, where)",
        "spec.source.preset.parameters: country is missing, which the preset adzuna needs:"
        " two letters of the country that is searched. Example: country: gb",
    ]
    assert problems("adzuna", {"country": "Great Britain"}) == [
        "spec.source.preset.parameters.country: 'Great Britain' does not fit; expected such as"
        " 'gb': two letters of the country that is searched."
    ]


def test_a_parameter_that_is_not_used_any_more_is_not_asked_for() -> None:
    assert problems("greenhouse", request={"url": "https://acme.example/jobs"}) == []


def test_an_optional_parameter_that_is_absent_is_not_sent() -> None:
    request = effective_spec(a_spec("jobicy", {"geo": "usa"})).source.request
    assert request.query == {"count": "100", "geo": "{parameters.geo}"}


def test_defaults_are_there_and_what_is_given_wins() -> None:
    whole = effective_spec(a_spec("personio", {"company": "acme", "language": "de"}))
    assert whole.source.preset is not None
    assert whole.source.preset.parameters == {
        "company": "acme",
        "language": "de",
        "domain": "jobs.personio.de",
    }
    assert whole.mapping.url == "concat('https://acme.jobs.personio.de/job/', id)"


def test_a_quote_in_a_parameter_ends_no_text_of_an_expression() -> None:
    whole = effective_spec(a_spec("smartrecruiters", {"company": "O'Hara\\"}))
    assert "/O\\'Hara\\\\/" in whole.mapping.url
    assert problems("smartrecruiters", {"company": "O'Hara"}) == []


def test_a_parameter_may_be_a_partitions_own() -> None:
    values = {"values": [{"name": "acme"}, {"name": "beta"}]}
    own = {"board": "{partition.name}"}
    assert problems("greenhouse", own, partitions=values) == []
    whole = effective_spec(a_spec("greenhouse", own, partitions=values))
    assert whole.source.request.url.endswith("/boards/{partition.name}/jobs")
    assert problems("greenhouse", own) == [
        "spec.source.request.url: {partition.name} needs spec.source.partitions"
    ]
    assert problems("personio", {"company": "{partition.name}"}, partitions=values) == [
        "spec.source.preset.parameters: company differs by partition, but the preset personio uses"
        " it in mapping.url: write that yourself"
    ]


def test_what_stands_beside_a_preset_wins_and_its_defaults_do_not() -> None:
    spec = JobImportSpec.model_validate(
        {
            "source": {"preset": {"name": "jobicy"}},
            "mapping": {"company": "employer"},
            "completeness": {"missesBeforeClose": 5},
        }
    )
    whole = effective_spec(spec)
    assert (whole.mapping.company, whole.mapping.external_id) == ("employer", "id")
    assert whole.completeness.authoritative is False
    assert whole.completeness.misses_before_close == 5
