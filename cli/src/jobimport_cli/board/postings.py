"""The postings of the sample board: made from a number and a version, the same on every machine."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_LEVELS = ("Junior", "Senior", "Lead", "Staff", "Principal", "Associate", "Working")
_ROLES = (
    "Welder", "Nurse", "Data Engineer", "Accountant", "Train Driver", "Pastry Chef", "Surveyor",
    "Electrician", "Paediatrician", "Product Designer", "Forester", "Site Reliability Engineer",
    "Translator", "Buyer", "Machinist", "Lab Technician", "Recruiter", "Roofer", "Teacher",
)  # fmt: skip
_PLACES = (
    ("Berlin", "DE"), ("Lyon", "FR"), ("Łódź", "PL"), ("Malmö", "SE"), ("Porto", "PT"),
    ("Graz", "AT"), ("Gent", "BE"), ("Tampere", "FI"), ("Zürich", "CH"), ("Aarhus", "DK"),
    ("Brno", "CZ"), ("Kraków", "PL"), ("Bilbao", "ES"),
)  # fmt: skip
_TYPES = ("FULL_TIME", "PART_TIME", "CONTRACTOR", "INTERN")
_SENTENCES = (
    "You plan the day with a team of seven and hand over in writing.",
    "We train you on the machines in your first month, with pay.",
    "The shift ends at four, and it does end at four.",
    "You keep the records that the next person relies on.",
    "Tools, clothes and the ticket for the train are on us.",
    "We answer every application within a week.",
    "You would rather ask once too often than guess.",
)
_FIRST_DAY = datetime(2026, 9, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BoardPosting:
    """One posting of a feed in one version, in the board's own words.

    `broken` postings have no title, so that an importer must refuse them.
    """

    id: str
    version: int
    title: str
    company: str
    description: str
    city: str
    country: str
    employment_type: str
    salary_min: int
    salary_max: int
    published: datetime
    url: str
    broken: bool = False

    @property
    def digest(self) -> str:
        """A hash over what an importer must have kept of this version."""
        return digest_of(self.title, self.company, self.description, self.url, self.city)


def digest_of(title: str, company: str, description: str, url: str, city: str) -> str:
    """Hash the fields that the board and MongoDB are compared by."""
    text = "\x1f".join((title, company, description, url, city))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def make_posting(feed: str, number: int, version: int, *, broken: bool = False) -> BoardPosting:
    """Make posting `number` of a feed; another version has another title, salary and text."""
    seed = int.from_bytes(hashlib.blake2b(f"{feed}/{number}".encode(), digest_size=8).digest())
    level, role = _LEVELS[seed % 7], _ROLES[seed // 7 % 19]
    city, country = _PLACES[seed // 133 % 13]
    edition = f" (edition {version})" if version > 1 else ""
    paragraphs = "".join(
        f"<p>{_SENTENCES[(seed + offset + version) % 7]}</p>" for offset in range(6 + seed % 9)
    )
    low = 28_000 + seed % 40 * 1_000 + version * 100
    return BoardPosting(
        id=f"{feed}-{number:06d}",
        version=version,
        title="" if broken else f"{level} {role}{edition}",
        company=f"{feed.replace('-', ' ').title()} {('AG', 'SA', 'AB', 'Ltd')[seed % 4]}",
        description=f"<p>{level} {role} in {city}.</p>{paragraphs}",
        city=city,
        country=country,
        employment_type=_TYPES[seed // 1729 % 4],
        salary_min=low,
        salary_max=low + 12_000,
        published=_FIRST_DAY + timedelta(minutes=seed % 100_000),
        url=f"https://jobs.example/{feed}/{number}",
        broken=broken,
    )


def as_json(posting: BoardPosting) -> dict[str, Any]:
    """A posting as the board's JSON feeds give it."""
    return {
        "id": posting.id,
        "title": posting.title or None,
        "employer": {"name": posting.company},
        "description": posting.description,
        "offices": [{"city": posting.city, "country": posting.country}],
        "employment": posting.employment_type,
        "salary": {
            "from": posting.salary_min,
            "to": posting.salary_max,
            "currency": "EUR",
            "per": "YEAR",
        },
        "published": posting.published.isoformat(),
        "url": posting.url,
    }
