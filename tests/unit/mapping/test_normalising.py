"""What people write about dates, places, pay and employment, as it is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimport.mapping import canonical
from jobimport.mapping.pay import money, to_number
from jobimport.mapping.places import country_code, language_tag
from jobimport.mapping.times import to_datetime
from jobimport.mapping.values import to_bool

DAY = datetime(2026, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-12", "2026-03-12T01:00:00+01:00", "Thu, 12 Mar 2026 00:00:00 GMT", "12.03.2026",
        "12. März 2026", "12 mars 2026", "12 de marzo de 2026", "March 12, 2026",
        "Posted on Mar 12, 2026",
        "1773273600", 1773273600, 1773273600000, "2026/03/12", "12.3.26", "13/03/2026",
    ],
)  # fmt: skip
def test_dates_are_read_however_they_are_written(text: Any) -> None:
    expected = DAY + timedelta(days=1) if text == "13/03/2026" else DAY
    assert to_datetime(text) == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Posted Today", 0), ("Yesterday", 1), ("3 days ago", 3), ("Posted 30+ Days Ago", 30),
        ("vor 3 Tagen", 3), ("il y a 2 jours", 2), ("gestern", 1),
    ],
)  # fmt: skip
def test_days_ago_are_days_before_today(text: str, days: int) -> None:
    before = datetime.now(UTC).date()
    found = to_datetime(text)
    assert found is not None
    assert found.hour == 0
    assert found.date() in {
        each - timedelta(days=days) for each in (before, datetime.now(UTC).date())
    }


@pytest.mark.parametrize(
    "text", ["soon", "asap", "March", "10", "2026", "12:30", "Monday", "x" * 500]
)
def test_a_date_is_never_guessed_from_a_part_of_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        to_datetime(text)


def test_a_date_that_could_be_two_is_refused_with_the_way_to_say_which() -> None:
    with pytest.raises(ValueError, match=r"date\(field, '%d/%m/%Y'\)"):
        to_datetime("03/04/2026")
    assert to_datetime("03/04/2026", "%d/%m/%Y") == datetime(2026, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"), ("Deutschland", "DE"), ("DEU", "DE"), ("de", "DE"), ("276", "DE"),
        ("U.S.A.", "US"), ("United States of America", "US"), ("UK", "GB"), ("Great Britain", "GB"),
        ("Česko", "CZ"), ("Czech Republic", "CZ"), ("Turkey", "TR"), ("Côte d’Ivoire", "CI"),
        ("The Netherlands", "NL"), ("日本", "JP"), ("Korea, Republic of", None), ("Atlantis", None),
    ],
)  # fmt: skip
def test_countries_become_their_codes(text: str, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"city": "Lyon", "country": "France"}, {"city": "Lyon", "country": "FR"}),
        ({"text": "Lyon, France"}, {"text": "Lyon, France", "country": "FR"}),
        ({"text": "Remote (Germany)"}, {"text": "Remote (Germany)", "country": "DE"}),
        ({"text": "Atlanta, GA"}, {"text": "Atlanta, GA"}),
        ({"text": "Atlanta, Georgia"}, {"text": "Atlanta, Georgia"}),
        ({"country": "Middle Earth"}, {"country": "Middle Earth"}),
        ({"city": " ", "country": None}, None),
    ],
)
def test_places(parts: dict[str, Any], place: dict[str, str] | None) -> None:
    assert canonical.location(parts) == place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€45,000 – €60,000 per year", (45000, 60000, "EUR", "YEAR")),
        ("45-60k EUR", (45000, 60000, "EUR", None)),
        ("£30k p.a.", (30000, 30000, "GBP", "YEAR")),
        ("$25.50/hr", (25.5, 25.5, "USD", "HOUR")),
        ("CHF 90'000 - 110'000", (90000, 110000, "CHF", None)),
        ("45.000 € brutto pro Jahr", (45000, 45000, "EUR", "YEAR")),
        ("up to $120k", (None, 120000, "USD", None)),
        ("ab 3.200 € monatlich pro Monat", (3200, None, "EUR", "MONTH")),
        ("50000 to 60000 SEK", (50000, 60000, "SEK", None)),
        ("1.5k PLN / month", (1500, 1500, "PLN", "MONTH")),
        ("C$ 30 - 35 an hour", (30, 35, "CAD", "HOUR")),
    ],
)
def test_pay_is_read_from_text(text: str, expected: tuple[Any, ...]) -> None:
    read = money(text) or {}
    assert (read["min"], read["max"], read["currency"], read.get("unit")) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"min": 60000, "max": "45000"}, {"min": 45000, "max": 60000}),
        ({"min": 1, "currency": "eur"}, {"min": 1, "currency": "EUR"}),
        ({"min": 0, "max": 0, "currency": "USD"}, None),
        ({"min": "50k", "unit": "per annum gross"}, {"min": 50000, "unit": "YEAR"}),
        ({"min": 30, "text": "£30 a year"}, {"min": 30, "currency": "GBP", "unit": "YEAR"}),
        ({"min": 10, "text": "$10 - $12 per hour"}, {"min": 10, "currency": "USD", "unit": "HOUR"}),
    ],
)  # fmt: skip
def test_salaries(parts: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert canonical.salary(parts) == expected


@pytest.mark.parametrize(
    "parts", [{"min": 1, "currency": "Taler"}, {"min": 1, "unit": "fortnight"}]
)
def test_a_currency_or_unit_that_is_none_is_said(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is no (currency|unit)"):
        canonical.salary(parts)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Full-time", ["FULL_TIME"]), ("Vollzeit/Teilzeit", ["FULL_TIME", "PART_TIME"]),
        ("Full time employee", ["FULL_TIME"]), ("Permanent part-time", ["PART_TIME"]),
        ("permanent", ["FULL_TIME"]), ("Festanstellung, unbefristet", ["FULL_TIME"]),
        (["Contract", "Internship"], ["CONTRACTOR", "INTERN"]), ("CDI", ["FULL_TIME"]),
        ("Temporary (6 months)", ["TEMPORARY"]), ("Beamtenverhältnis", ["OTHER"]),
        (["Beamter", "Vollzeit"], ["FULL_TIME"]), ([], None), ("", None),
    ],
)  # fmt: skip
def test_kinds_of_employment(value: Any, expected: list[str] | None) -> None:
    assert canonical.employment_types(value) == expected


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en_US", "en-US"),
        ("German", "de"),
        ("français", "fr"),
        ("de-AT", "de-AT"),
        ("Klingonese", None),
    ],
)
def test_languages_become_tags(text: str, tag: str | None) -> None:
    assert language_tag(text) == tag


@pytest.mark.parametrize(
    ("word", "remote"), [("Remote", True), ("ON_SITE", False), ("Hybrid", False)]
)
def test_remote_is_yes_only_where_all_of_it_is(word: str, remote: bool) -> None:
    assert to_bool(word) is remote


@settings(deadline=None)  # the first date loads tables
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for read in (to_number, money, canonical.date, canonical.language, canonical.employment_types):
        try:
            read(text)
        except ValueError as error:
            assert str(error)
    canonical.location({"text": text, "country": text})


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2090, 1, 1)))  # noqa: DTZ001
def test_a_time_survives_its_way_through_iso_8601(value: datetime) -> None:
    aware = value.replace(tzinfo=UTC, microsecond=value.microsecond // 1000 * 1000)
    assert to_datetime(aware.isoformat()) == aware


@given(low=st.integers(1, 900_000), more=st.integers(0, 90_000))
def test_amounts_survive_their_way_through_text(low: int, more: int) -> None:
    read = money(f"EUR {low:,} - {low + more:,}") or {}
    assert (read["min"], read["max"], read["currency"]) == (low, low + more, "EUR")
