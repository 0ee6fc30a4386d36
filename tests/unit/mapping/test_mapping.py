"""Mapping: null in, null out; errors cost a field, and a required field a record."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimport.mapping import MappingError, RecordError, compile_expression, compile_mapping
from jobimport.mapping.functions import FUNCTIONS
from jobimport.presets import merge
from jobimport.resource.spec import MappingSpec

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def a_mapping(**over: Any) -> MappingSpec:
    return MappingSpec.model_validate({"externalId": "id", **over})


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_gives_null_for_null(name: str) -> None:
    arguments = ", ".join(["missing"] * FUNCTIONS[name].least)
    assert compile_expression(f"{name}({arguments})").search({}) is None


@pytest.mark.parametrize(
    "text", ["length(a)", "sort(a)", "starts_with(a, b)", "max(a)", "to_number(a)", "keys(a)"]
)
def test_the_built_in_functions_give_null_for_null(text: str) -> None:
    assert compile_expression(text).search({}) is None


@settings(deadline=None)  # the first date loads tables
@given(value=json_values, name=st.sampled_from(sorted(FUNCTIONS)))
def test_a_function_gives_a_value_or_says_what_is_wrong(value: Any, name: str) -> None:
    arguments = ", ".join(["v"] * FUNCTIONS[name].least)
    try:
        compile_expression(f"{name}({arguments})").search({"v": value})
    except ValueError as error:
        assert str(error)


@given(record=json_values)
def test_p7_any_record_maps_or_is_refused(record: Any) -> None:
    mapping = compile_mapping(
        a_mapping(
            title="title", salary={"min": "a.b"}, locations={"forEach": "l", "city": "c"},
            required=["title"],
        )
    )  # fmt: skip
    mapping.external_id(record)
    try:
        assert mapping.map(record).fields["title"]
    except RecordError as error:
        assert error.reason == "title is missing"


CASES: list[tuple[str, Any, Any]] = [
    ("concat(a, ' ', b)", {"a": "x", "b": 2}, "x 2"),
    ("join(', ', a)", {"a": ["x", None, 1]}, "x, 1"),
    ("split(a, ',')", {"a": "x, y,,z"}, ["x", "y", "z"]),
    ("regex(a, '([0-9]+)')", {"a": "no 42"}, "42"),
    ("replace(a, 'x', 'y')", {"a": "xx"}, "yy"),
    ("if(a, 'yes', 'no')", {"a": []}, "no"),
    ('lookup(a, `{"ft": "FULL_TIME"}`, \'OTHER\')', {"a": "ft"}, "FULL_TIME"),
    ("number(a)", {"a": "45k"}, 45000),
    ("text(a)", {"a": "<p>One</p><p>Two &amp; three</p>"}, "One\nTwo & three"),
    ("html(a)", {"a": "<b onclick=x>hi</b><script>alert(1)</script>"}, "<b>hi</b>"),
    ("html(unescape(a))", {"a": "&lt;b&gt;hi&lt;/b&gt;"}, "<b>hi</b>"),
    ("country(a)", {"a": "Deutschland"}, "DE"),
    ("money(a)", {"a": "€45,000 to €60,000"}, {"min": 45000, "max": 60000, "currency": "EUR"}),
    ("date(a)", {"a": 1767225600}, datetime(2026, 1, 1, tzinfo=UTC)),
    ("date(a)", {"a": "Thu, 01 Jan 2026 01:00:00 +0100"}, datetime(2026, 1, 1, tzinfo=UTC)),
    ("offices[0].city", {"offices": [{"city": "Graz"}]}, "Graz"),
]


@pytest.mark.parametrize(("text", "record", "expected"), CASES, ids=[case[0] for case in CASES])
def test_functions(text: str, record: Any, expected: Any) -> None:
    assert compile_expression(text).search(record) == expected


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"salary": {"min": "mony(x)"}}, "mapping.salary.min: unknown function 'mony' (did you"),
        ({"title": "date(a, b, c)"}, "mapping.title: date() takes 1 to 2 arguments, not 3"),
        ({"title": "a..b"}, "mapping.title: 'a..b' is no JMESPath expression"),
        (
            {"required": ["titel"]},
            "mapping.required: no field 'titel' (did you mean 'title'? fields: title",
        ),
        ({"constants": {"colour": "red"}}, "mapping.constants.colour: no such field"),
    ],
)
def test_p10_a_mistake_is_named_with_its_field(over: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError) as refused:
        compile_mapping(a_mapping(**over))
    assert message in str(refused.value)


def test_an_error_costs_its_field_alone() -> None:
    mapped = compile_mapping(a_mapping(title="t", datePosted="d")).map({"t": "x", "d": "soon"})
    assert mapped.fields == {"title": "x"}
    assert "'soon' is no time" in mapped.errors["datePosted"]


@given(firm=st.none() | st.just("") | st.text("ab", min_size=1))
def test_a_constant_stands_where_the_expression_gives_none(firm: str | None) -> None:
    mapping = compile_mapping(a_mapping(title="t", company="c", constants={"company": "Acme"}))
    assert mapping.map({"t": "x", "c": firm}).fields["company"] == (firm or "Acme")


def test_another_expression_makes_another_hash() -> None:
    hashes = {compile_mapping(a_mapping(title=text)).hash for text in ("a", "b", "a")}
    assert len(hashes) == 2


@given(base=json_values, over=json_values)
def test_what_stands_beside_a_preset_wins(base: Any, over: Any) -> None:
    merged = merge({"a": base, "kept": 1}, {"a": over})
    assert merged["kept"] == 1
    if not (isinstance(base, dict) and isinstance(over, dict)):
        assert merged["a"] == over
