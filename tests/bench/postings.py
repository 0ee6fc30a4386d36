"""The benchmark's postings: about 3 KB each, made from a number, the same on every machine."""

from typing import Any

_SENTENCES = (
    "You plan the day with a team of seven and hand over in writing before you leave.",
    "We train you on the machines in your first month, with full pay &amp; a colleague beside you.",
    "The shift ends at four, and it does end at four; überstunden are written down and paid.",
    "You keep the records that the next person relies on, and you keep them in one place.",
    "Tools, clothes and the ticket for the train are on us, from your first working day.",
    "We answer every application within a week, whatever the answer turns out to be.",
    "You would rather ask once too often than guess, and so would everybody else here.",
    "Our offices in Łódź, Zürich and Malmö work as one team, with two visits a year.",
)
_ROLES = ("Welder", "Nurse", "Data Engineer", "Accountant", "Train Driver", "Forester", "Teacher")
_PLACES = (("Berlin", "DE"), ("Łódź", "PL"), ("Malmö", "SE"), ("Zürich", "CH"), ("Lyon", "FR"))
_TYPES = ("FULL_TIME", "PART_TIME", "CONTRACTOR", "INTERN")
_SECTIONS = tuple(
    f"<h3>Section {start + 1}</h3><ul>"
    + "".join(f"<li>{_SENTENCES[(start + each) % 8]}</li>" for each in range(4))
    + "</ul>"
    for start in range(8)
)
CHANGED_EVERY = 20
"""In a later edition every twentieth posting has another title, text and salary: 5%."""


def edition_of(number: int, edition: int) -> int:
    """The edition that a posting has changed in last."""
    return edition if number % CHANGED_EVERY == 0 else 1


def description(number: int, edition: int) -> str:
    """HTML of about 2.6 KB, different for every posting."""
    chosen = "".join(_SECTIONS[(number * 7 + each * 3) % 8] for each in range(6))
    return f"<p>Posting {number} in its edition {edition}.</p>{chosen}<p>Reference {number}.</p>"


def posting(number: int, edition: int) -> dict[str, Any]:
    """A posting as the JSON feed gives it."""
    version = edition_of(number, edition)
    city, country = _PLACES[number % 5]
    low = 28_000 + number % 40 * 1_000 + version * 100
    return {
        "id": f"bench-{number:07d}",
        "title": f"{_ROLES[number % 7]} {number} (edition {version})",
        "employer": {"name": f"Company {number % 900} AG", "size": number % 5000},
        "description": description(number, version),
        "offices": [{"city": city, "country": country}],
        "employment": _TYPES[number % 4],
        "salary": {"from": low, "to": low + 12_000, "currency": "EUR", "per": "YEAR"},
        "published": f"2026-{number % 9 + 1:02d}-{number % 28 + 1:02d}T08:00:00+00:00",
        "url": f"https://jobs.example/bench/{number}",
        "tags": ["bench", f"team-{number % 30}", country.lower()],
    }


def posting_xml(number: int, edition: int) -> str:
    """A posting as the aggregator's XML file gives it."""
    each = posting(number, edition)
    office, salary = each["offices"][0], each["salary"]
    return (
        f"<job><id>{each['id']}</id><title><![CDATA[{each['title']}]]></title>"
        f"<company>{each['employer']['name']}</company><url><![CDATA[{each['url']}]]></url>"
        f"<city>{office['city']}</city><country>{office['country']}</country>"
        f"<description><![CDATA[{each['description']}]]></description>"
        f"<jobtype>{each['employment']}</jobtype><salaryMin>{salary['from']}</salaryMin>"
        f"<salaryMax>{salary['to']}</salaryMax><date>{each['published']}</date></job>\n"
    )
