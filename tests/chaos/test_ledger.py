"""The ledger of the board = MongoDB = status, whatever dies; and a defect does not go unseen."""

from collections.abc import Awaitable, Callable

import pytest

from chaos import life_of_postings, scenarios
from chaos.stage import Stage
from jobimport_cli.standins.redis_server import RedisServer

Scenario = Callable[..., Awaitable[list[str]]]

GUARDS: dict[str, Scenario] = {
    "ack_before_write": scenarios.killed_after_the_answer,
    "no_fencing": scenarios.late_writer,
    "counts_by_increment": scenarios.killed_in_mid_page,
    "close_on_partial": scenarios.page_that_fails,
    "no_mapping_hash": scenarios.changed_mapping,
    "lost_retry": scenarios.faulty_source,
    "one_speaks_for_all": life_of_postings.one_partition_fails,
    "closed_at_first_miss": life_of_postings.postings_go_and_come_back,
    "replay_only_forgets": life_of_postings.mended_rejects,
    "forgotten_details": life_of_postings.killed_in_mid_details,
}


async def test_p1_p2_p3_nothing_is_lost_or_doubled_whatever_dies(stage: Stage) -> None:
    differences = await scenarios.everything_at_once(stage)
    assert differences == {"paged": [], "file": []}


async def test_p2_redis_may_be_gone_for_half_a_minute(
    stage: Stage, redis_server: RedisServer
) -> None:
    assert await scenarios.redis_away(stage, redis_server) == []


@pytest.mark.parametrize("scenario", GUARDS.values(), ids=lambda each: each.__name__)
async def test_p1_the_ledger_is_met(stage: Stage, scenario: Scenario) -> None:
    assert await scenario(stage) == []


async def test_a_retry_walks_only_what_failed_and_makes_the_run_complete(stage: Stage) -> None:
    assert await life_of_postings.retry_of_what_failed(stage) == []


@pytest.mark.parametrize("defect", GUARDS)
async def test_a_seeded_defect_is_found(stage: Stage, defect: str) -> None:
    assert await GUARDS[defect](stage, defect) != []
