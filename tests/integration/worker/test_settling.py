"""A run that showed all that is open has nothing to settle: told by counting, it must be so."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from jobimport.ids import PartitionKey, RunId
from jobimport.resource.spec import Completeness
from jobimport.store.closing import WalkFacts
from jobimport.store.postings import write_token
from jobimport.store.seen import SeenIds, id_hash
from jobimport.store.settling import Writing, is_settled, settle

from .conftest import Rig
from .test_importing import a_spec, jobs

HERE, ELSEWHERE = PartitionKey("here"), PartitionKey("elsewhere")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RUN = RunId("run")
CASES = 300


def a_posting(chance: random.Random, source: str, number: int) -> tuple[dict[str, Any], bool]:
    """A stored posting, and whether the run showed it; each shown one was open when it was."""
    posting: dict[str, Any] = {
        "_id": f"{source}:{number}",
        "source": source,
        "externalId": str(number),
        "partitions": [HERE],
        "closedAt": None,
        "misses": 0,
        "writeToken": write_token(1, 1),
    }
    match chance.randrange(24):
        case 0:
            posting["partitions"] = chance.choice([[ELSEWHERE], [HERE, ELSEWHERE], []])
        case 1:
            posting["validThrough"] = NOW - timedelta(days=1)
        case 2:
            posting["validThrough"] = NOW + timedelta(days=1)
        case 3:  # a finalize that was cut off
            posting |= {"closedAt": NOW, "closedRun": RUN, "lastChangedRun": RUN}
        case 4:
            posting |= {"closedAt": NOW, "closedRun": "earlier", "lastChangedRun": "earlier"}
            return posting, False
        case 5:
            posting["misses"] = 1
            return posting, False
        case 6:
            return posting, False
        case _:
            pass
    return posting, True


async def test_p6_what_is_told_settled_by_counting_is_so(rig: Rig) -> None:
    chance = random.Random("settled")
    postings = rig.postings()
    told = 0
    for case in range(CASES):
        source = f"source-{case}"
        made = [a_posting(chance, source, number) for number in range(chance.randint(1, 8))]
        await postings.insert_many([posting for posting, _ in made])
        shown = SeenIds(id_hash(posting["externalId"]) for posting, seen in made if seen)
        writing = Writing(source, RUN, {RUN}, write_token(2, 1), NOW, timedelta(days=90))
        if not await is_settled(postings, writing, HERE, len(shown)):
            continue
        told += 1
        before = await postings.find({"source": source}).sort("_id", 1).to_list()
        facts = WalkFacts(NOW, {HERE: shown}, {HERE}, {HERE}, removal_is_certain=True)
        rules = Completeness(misses_before_close=1)
        settled = await settle(postings, facts, rules, writing, approved=True)
        assert not settled.held
        assert await postings.find({"source": source}).sort("_id", 1).to_list() == before
    assert CASES // 5 < told < CASES // 5 * 4


async def test_p6_a_record_that_is_not_stored_stands_for_no_other_posting(rig: Rig) -> None:
    rig.source.gives(jobs(2, 3))
    await rig.run(a_spec(rig.source))
    rig.source.gives(jobs(1, 2).replace('"Job 1"', "null"))
    last = await rig.run(a_spec(rig.source))
    assert (last.rejected, last.records, last.closed, last.open) == (1, 2, 1, 1)


async def test_p6_a_record_that_stays_closed_stands_for_no_other_posting(rig: Rig) -> None:
    rig.source.gives(jobs(1, 2, 3))
    await rig.run(a_spec(rig.source))
    by_hand = {"closedAt": NOW, "closedReason": "Manual"}
    await rig.postings().update_one({"externalId": "1"}, {"$set": by_hand})
    rig.source.gives(jobs(1, 2))
    last = await rig.run(a_spec(rig.source))
    assert (last.records, last.closed, last.open) == (2, 1, 1)
