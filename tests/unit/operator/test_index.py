"""Which import has a source name."""

from datetime import timedelta

from jobimport_operator.index import Index
from unit.operator.builders import NOON, an_import

SOURCE = {"name": "shared", "request": {"url": "https://jobs.example.com"}, "format": {}}


def test_two_claims_of_a_source_name_are_held_against_the_younger() -> None:
    index = Index()
    elder = an_import(name="elder", source=SOURCE)
    younger = an_import(name="younger", source=SOURCE, created_at=NOON + timedelta(seconds=1))
    elsewhere = an_import(name="third", source=SOURCE, destination={"collection": "other"})
    assert index.put(younger.key, younger) == set()
    assert index.put(elder.key, elder) == {younger.key}
    index.put(elsewhere.key, elsewhere)
    assert index.rival(younger) == elder.key
    assert index.rival(elder) is None
    assert index.rival(elsewhere) is None
    assert index.put(elder.key, None) == {younger.key}
    assert index.rival(younger) is None
