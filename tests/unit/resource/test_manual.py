"""The manual has an example for each field that somebody can write."""

from jobimport.resource.crd import structural
from jobimport.resource.manual import example_of, fields_of, spec_page
from jobimport.resource.spec import JobImportSpec


def test_every_field_of_the_spec_has_a_meaning_and_an_example() -> None:
    fields = list(fields_of(structural(JobImportSpec), "spec"))
    assert len(fields) > 100
    bare = [path for path, schema in fields if not all(example_of(schema))]
    assert bare == [], "end the field's description with `Example: ….` in its model"


def test_an_example_stands_in_a_column_of_its_own() -> None:
    row = next(line for line in spec_page().splitlines() if "`spec.mapping.datePosted`" in line)
    assert row == "| `spec.mapping.datePosted` | string | When it was posted. | `date(published)` |"
