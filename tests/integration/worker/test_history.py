"""The history of a posting: what each run did to it, and nothing for a run that did nothing."""

from typing import Any

from jobimport.store.history import KEPT_ENTRIES, LONGEST_VALUE

from .conftest import Rig
from .test_importing import a_spec, jobs


async def entries(rig: Rig, external_id: str = "1") -> list[dict[str, Any]]:
    posting = await rig.postings().find_one({"externalId": external_id})
    return posting["history"]


async def test_a_posting_tells_its_life_field_by_field(rig: Rig) -> None:
    spec = a_spec(rig.source)
    rig.source.gives(jobs(1, 2))
    runs = [await rig.run(spec)]
    rig.source.gives(jobs(1, 2).replace("Job 1", "Task 1"))
    runs.append(await rig.run(spec))
    rig.source.gives(jobs(2))
    runs.append(await rig.run(spec))
    rig.source.gives(jobs(1, 2))
    runs.append(await rig.run(spec))
    found = await entries(rig)
    assert [each["kind"] for each in found] == ["Inserted", "Updated", "Closed", "Reopened"]
    assert [each["run"] for each in found] == [each.id for each in runs]
    assert found[1]["fields"] == {"title": {"from": "Job 1", "to": "Task 1"}}
    assert found[2]["fields"] == {"closedReason": {"from": None, "to": "Missing"}}
    assert found[3]["fields"] == {"title": {"from": "Task 1", "to": "Job 1"}}
    assert await rig.stored(changedFields=["title"], externalId="1") == 1


async def test_a_run_that_changes_nothing_adds_nothing(rig: Rig) -> None:
    rig.source.gives(jobs(1))
    await rig.run(a_spec(rig.source))
    await rig.run(a_spec(rig.source))
    assert len(await entries(rig)) == 1


async def test_the_history_is_bounded_and_keeps_the_newest(rig: Rig) -> None:
    for number in range(KEPT_ENTRIES + 3):
        rig.source.gives(jobs(1).replace("Job 1", f"Title {number}"))
        await rig.run(a_spec(rig.source))
    found = await entries(rig)
    assert len(found) == KEPT_ENTRIES
    assert found[-1]["fields"]["title"]["to"] == f"Title {KEPT_ENTRIES + 2}"


async def test_long_values_are_cut_around_what_differs(rig: Rig) -> None:
    mapping = {"externalId": "id", "title": "title", "description": "text"}
    spec = a_spec(rig.source, mapping=mapping)
    rig.source.gives(jobs(1, text="<p>" + "x" * 900 + " old end</p>"))
    await rig.run(spec)
    rig.source.gives(jobs(1, text="<p>" + "x" * 900 + " new end</p>"))
    await rig.run(spec)
    change = (await entries(rig))[-1]["fields"]["description"]
    assert max(map(len, change.values())) <= LONGEST_VALUE
    assert ("old end" in change["from"], "new end" in change["to"]) == (True, True)
