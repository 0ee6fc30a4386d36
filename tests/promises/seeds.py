"""The seeded defects: which promise each breaks, how, and which test has to notice."""

from dataclasses import dataclass

QUEUE = "core/src/jobimport/queue"
SCRIPTS = f"{QUEUE}/scripts"
STORE = "core/src/jobimport/store"
OPERATOR = "operator/src/jobimport_operator"
WORKER = "worker/src/jobimport_worker"

QUEUE_TESTS = "tests/integration/queue/test_queue.py"
WORKER_TESTS = "tests/integration/worker"


@dataclass(frozen=True, slots=True)
class Seed:
    """A defect: in `file` it writes `new` for `old`, which has to stand there once.

    `test` is the node id of the test that is named after the promise.
    """

    name: str
    file: str
    old: str
    new: str
    test: str


SEEDS = (
    Seed(
        "p1_a_lost_lease_still_counts",
        f"{SCRIPTS}/prelude.lua",
        "return state == 'leased' and current == token",
        "return state == 'leased'",
        f"{QUEUE_TESTS}::test_p1_a_stale_token_changes_nothing",
    ),
    Seed(
        "p1_a_run_starts_again",
        f"{SCRIPTS}/start_run.lua",
        "if call('EXISTS', run_key(run)) == 1 then return 0 end",
        "",
        f"{QUEUE_TESTS}::test_p1_a_run_starts_once",
    ),
    Seed(
        "p1_an_older_run_overwrites_a_newer_one",
        f"{WORKER}/comparing.py",
        'if stored is not None and stored["writeToken"] > self.write_token:',
        "if False:",
        f"{WORKER_TESTS}/test_replay.py::test_p1_a_replay_does_not_overwrite_what_a_newer_run_wrote",
    ),
    Seed(
        "p1_a_write_that_is_repeated_counts_twice",
        f"{STORE}/postings.py",
        "if change.found_token == token:",
        "if False:",
        f"{WORKER_TESTS}/test_outages.py"
        "::test_p1_an_update_whose_answer_is_lost_is_in_the_history_once",
    ),
    Seed(
        "p1_a_write_without_an_answer_begins_the_page_anew",
        f"{STORE}/patience.py",
        "if mine is None or not passes(error):",
        "if True:",
        f"{WORKER_TESTS}/test_outages.py"
        "::test_p1_an_update_whose_answer_is_lost_is_in_the_history_once",
    ),
    Seed(
        "p2_a_run_that_redis_lost_is_forgotten",
        f"{OPERATOR}/decide.py",
        "if view is None and spec is not None:",
        "if False:",
        "tests/unit/operator/test_decide.py"
        "::test_p2_a_run_that_redis_has_lost_is_enqueued_again_as_it_was",
    ),
    Seed(
        "p3_a_crash_uses_up_an_attempt",
        f"{SCRIPTS}/prelude.lua",
        "local crashes = call('HINCRBY', task_key(task), 'crashes', 1)",
        "local crashes = call('HINCRBY', task_key(task), 'crashes', 1)\n"
        "      call('HINCRBY', task_key(task), 'attempts', 1)",
        f"{QUEUE_TESTS}::test_p3_a_crash_is_not_an_attempt",
    ),
    Seed(
        "p3_a_task_kills_workers_for_ever",
        f"{SCRIPTS}/prelude.lua",
        "if crashes > bound then",
        "if false then",
        f"{QUEUE_TESTS}::test_p3_a_task_that_kills_its_workers_is_stopped",
    ),
    Seed(
        "p4_a_long_import_takes_all_slots",
        f"{SCRIPTS}/prelude.lua",
        "return state == 'running' and tonumber(active) < tonumber(limit)",
        "return state == 'running'",
        f"{QUEUE_TESTS}::test_p4_a_long_import_does_not_delay_small_ones",
    ),
    Seed(
        "p5_a_retry_waits_for_the_next_second",
        f"{SCRIPTS}/retry_later.lua",
        "local due = NOW + delay",
        "local due = math.ceil((NOW + delay) / 1000) * 1000",
        f"{QUEUE_TESTS}::test_p5_a_retry_is_due_when_it_was_asked_for",
    ),
    Seed(
        "p5_a_retry_comes_early",
        f"{SCRIPTS}/retry_later.lua",
        "local due = NOW + delay",
        "local due = NOW",
        f"{QUEUE_TESTS}::test_p5_a_retry_is_due_when_it_was_asked_for",
    ),
    Seed(
        "p5_a_pause_uses_up_an_attempt",
        f"{SCRIPTS}/retry_later.lua",
        "if ARGV[5] == '1' then",
        "if true then",
        f"{QUEUE_TESTS}::test_p5_a_pause_asked_for_uses_no_attempt",
    ),
    Seed(
        "p6_any_walk_proves_what_is_gone",
        f"{WORKER}/verdict.py",
        "return self.verdict is Verdict.COMPLETE or self.confirmed_empty",
        "return True",
        "tests/unit/worker/test_walks.py::test_p6_only_a_walk_that_proves_its_end_is_complete",
    ),
    Seed(
        "p6_a_page_that_is_missing_is_forgiven",
        f"{WORKER}/verdict.py",
        "lost = len(failed) + missing",
        "lost = len(failed)",
        "tests/unit/worker/test_verdict_properties.py"
        "::test_p6_nothing_may_be_closed_unless_the_walk_is_whole_and_proves_its_end",
    ),
    Seed(
        "p6_a_run_is_as_good_as_its_best_partition",
        f"{WORKER}/verdict.py",
        "for verdict in (Verdict.HELD, Verdict.TRUNCATED, Verdict.INCREMENTAL):",
        "for verdict in (Verdict.INCREMENTAL, Verdict.TRUNCATED, Verdict.HELD):",
        "tests/unit/worker/test_verdict_properties.py"
        "::test_p6_a_run_is_no_better_than_its_worst_partition",
    ),
    Seed(
        "p6_one_empty_answer_is_enough",
        f"{WORKER}/verdict.py",
        "confirmed = runs >= needed",
        "confirmed = True",
        f"{WORKER_TESTS}/test_importing.py"
        "::test_p6_an_empty_source_closes_only_after_it_was_confirmed",
    ),
    Seed(
        "p6_an_empty_list_at_a_mistaken_path_is_believed",
        f"{WORKER}/finalize.py",
        'return memory.get("shownBy", context.reading_hash) == context.reading_hash',
        "return True",
        f"{WORKER_TESTS}/test_importing.py"
        "::test_p6_an_empty_source_that_is_read_in_another_way_is_held_by_the_guard",
    ),
    Seed(
        "p6_records_without_an_id_are_taken_for_gone",
        f"{WORKER}/verdict.py",
        "if nameless and (nameless > _tolerated(distinct) or nameless >= distinct):",
        "if False:",
        f"{WORKER_TESTS}/test_importing.py"
        "::test_p6_an_id_that_is_not_found_any_more_closes_nothing",
    ),
    Seed(
        "p6_the_guard_lets_everything_through",
        f"{STORE}/closing.py",
        "if approved:",
        "if True:",
        f"{WORKER_TESTS}/test_importing.py"
        "::test_p6_the_guard_holds_a_great_loss_until_it_is_approved",
    ),
    Seed(
        "p6_what_cannot_be_mapped_was_not_seen",
        f"{WORKER}/batches.py",
        "self._see([each for each in candidates if each not in batch.gone], number, now)",
        "self._see(written, number, now)",
        f"{WORKER_TESTS}/test_importing.py::test_p6_a_broken_mapping_closes_nothing",
    ),
    Seed(
        "p6_a_closed_posting_stays_closed_where_its_page_is_as_it_was",
        f"{STORE}/postings.py",
        '        and each.get("closedAt") is None\n',
        "",
        f"{WORKER_TESTS}/test_recalling.py"
        "::test_p6_a_closed_posting_is_reopened_though_its_page_is_as_it_was",
    ),
    Seed(
        "p6_a_page_of_the_spec_before_counts_in_a_run_that_began_anew",
        f"{STORE}/walks.py",
        'if page.get("generation", generation) != generation:',
        "if False:",
        f"{WORKER_TESTS}/test_walking.py"
        "::test_p6_a_page_that_was_in_work_when_its_run_began_anew_is_walked_again",
    ),
    Seed(
        "p7_one_bad_record_fails_its_page",
        f"{WORKER}/writing.py",
        "except RecordError as error:\n                rejects.append",
        "except ZeroDivisionError as error:\n                rejects.append",
        f"{WORKER_TESTS}/test_importing.py"
        "::test_p7_one_bad_record_costs_one_record_and_is_kept_with_its_reason",
    ),
    Seed(
        "p8_the_floor_of_busy_workers_is_gone",
        f"{OPERATOR}/scaling.py",
        "workers = max(floor, min(current, load.busy_workers))",
        "workers = floor",
        "tests/unit/operator/test_scaling.py::test_p8_it_never_goes_below_the_busy_workers",
    ),
    Seed(
        "p8_a_busy_worker_is_drained",
        f"{SCRIPTS}/drain.lua",
        "if call('HGET', task_key(task), 'worker') == worker then return 0 end",
        "",
        f"{QUEUE_TESTS}::test_p8_a_busy_worker_is_not_drained_and_a_drained_one_claims_nothing",
    ),
    Seed(
        "p9_an_unknown_total_is_a_number",
        f"{QUEUE}/views.py",
        'pages_total=None if open_ended else whole("pages_known"),',
        'pages_total=whole("pages_known"),',
        "tests/integration/api/test_gateway.py"
        "::test_p9_an_import_is_shown_with_its_progress_and_an_unknown_total_as_null",
    ),
    Seed(
        "p9_the_limit_that_holds_a_pool_is_not_told",
        f"{OPERATOR}/scaling.py",
        "return Desired(wanted, _grown(wanted, asked, text, limits), _thinned(recent), asked)",
        'return Desired(wanted, "Scaled.", _thinned(recent), asked)',
        "tests/unit/operator/test_scaling.py::test_p9_the_reason_names_the_limit_that_holds_it",
    ),
    Seed(
        "p10_a_bad_spec_runs",
        f"{OPERATOR}/acceptance.py",
        "if problems:",
        "if False:",
        "tests/unit/operator/test_decide.py"
        "::test_p10_a_bad_spec_is_stalled_with_a_reason_and_never_runs",
    ),
)
