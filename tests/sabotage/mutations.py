"""Lines whose loss breaks a promise, and the test that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`old` stands once in `file`; with `new` in its place `test` turns red."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS = (
    Mutation(
        "acknowledged before the commit",
        "seiche/backends/embedded/log/writer.py",
        "                    self._commit(tail, taken)\n",
        "                    _answer([(waiting, [0] * len(waiting.rows)) for waiting in taken])\n"
        "                    __import__('time').sleep(0.05)\n"
        "                    self._commit(tail, taken)\n",
        "tests/faults/test_fdatasync.py::test_nothing_is_answered_before_it_is_on_the_disk",
    ),
    Mutation(
        "the log is not synced",
        "seiche/backends/embedded/log/segment.py",
        'PRAGMA synchronous = FULL")\n        connection.execute("PRAGMA wal_autocheckpoint',
        'PRAGMA synchronous = OFF")\n        connection.execute("PRAGMA wal_autocheckpoint',
        "tests/faults/test_fdatasync.py::test_nothing_is_answered_before_it_is_on_the_disk",
    ),
    Mutation(
        "no scrubbing",
        "ingest_api/pipeline.py",
        "access.scrubber.scrub(body, passed.unread)",
        "bytes(raw)",
        "tests/unit/ingest_api/test_endpoints.py::test_what_is_stored_is_scrubbed",
    ),
    Mutation(
        "a lost outcome counter",
        "ingest_api/receipt.py",
        "self._add((CATEGORY_OF_EVENTS, dropped.outcome, dropped.reason), quantity)",
        "pass",
        "tests/unit/ingest_api/test_accounting.py::test_many_kinds_of_requests_add_up",
    ),
    Mutation(
        "a key opens any project",
        "ingest_api/pipeline.py",
        " or (project_id is not None and access.key.project_id != project_id)",
        "",
        "tests/unit/ingest_api/test_endpoints.py::test_keys_that_open_nothing",
    ),
    Mutation(
        "the consumer's offset moves before its work is committed",
        "alerts/consumer.py",
        "        with write(self._engine, beside_others=self.share.count > 1) as session:\n            if grouping_floors",
        "        with write(self._engine) as session:\n"
        "            registry.move(session, batch.partition, batch.start, batch.end, now_us=now_us)\n"
        "        batch = Prepared(batch.partition, batch.end, batch.end, batch.sightings, batch.tallies, batch.faults)\n"
        "        with write(self._engine, beside_others=self.share.count > 1) as session:\n            if grouping_floors",
        "tests/unit/alerts/test_consumer.py::test_an_error_rolls_everything_back",
    ),
    Mutation(
        "no check for duplicates",
        "alerts/duplicates.py",
        "if key in batch or window.seen(key, record.received_at_us):",
        "if False:",
        "tests/unit/alerts/test_consumer.py::test_repeats_are_duplicates_in_a_batch_across_batches_and_after_a_restart",
    ),
    Mutation(
        "two consumers may decide the same stretch",
        "seiche/registry/sightings.py",
        "ConsumerOffset.partition == partition, ConsumerOffset.offset == start)",
        "ConsumerOffset.partition == partition)",
        "tests/unit/alerts/test_consumer.py::test_two_consumers_cannot_both_decide",
    ),
    Mutation(
        "bronze appends without comparing its transaction",
        "lake/bronze.py",
        'durable = lake.cursors(NAME, "bronze", partitions)',
        "durable = dict.fromkeys(partitions, 0)",
        "tests/unit/lake/test_stages.py::test_a_restart_goes_on_where_the_tables_are",
    ),
    Mutation(
        "silver does not wait for the alerts consumer",
        "lake/silver.py",
        "end = min(decided, written[partition])",
        "end = written[partition]",
        "tests/unit/lake/test_stages.py::test_silver_waits_for_alerts",
    ),
    Mutation(
        "silver brings what a rebuild has brought ahead of it",
        "lake/silver.py",
        "if rows.num_rows and position < rebuilt:",
        "if False:",
        "tests/unit/lake/test_shares.py::test_a_rebuild_that_was_ahead_leaves_nothing_to_bring_twice",
    ),
    Mutation(
        "an hour closes while a pipeline is behind",
        "lake/watermark.py",
        'if noted.get("lagging"):',
        "if False:",
        "tests/unit/lake/test_shares.py::test_what_others_brought_closes_no_hour_while_a_partition_lags",
    ),
    Mutation(
        "no tenant filter",
        "seiche/query/scope.py",
        'raise NotFound("there is no such project")',
        "return project_id",
        "tests/unit/query_api/test_scope.py",
    ),
    Mutation(
        "silver resolves with uploads that alerts could not see",
        "lake/silver.py",
        "return finder.at(project_id, found[at][1]) if at >= 0 else NO_ARTIFACTS",
        "return finder.at(project_id, finder.newest())",
        "tests/unit/artifacts/test_line.py::test_uploads_in_between",
    ),
    Mutation(
        "uploads of every project are everybody's",
        "seiche/registry/artifact_queries.py",
        "chosen = chosen.where(ArtifactFile.project_id == project_id, ArtifactFile.sequence <= upto)\n    return",
        "chosen = chosen.where(ArtifactFile.sequence <= upto)\n    return",
        "tests/unit/artifacts/test_finder.py::test_other_projects_have_nothing",
    ),
    Mutation(
        "webhooks are signed without their time",
        "alerts/notifiers/webhook.py",
        'signed = f"{message_id}.{at_seconds}.".encode() + content',
        'signed = f"{message_id}.".encode() + content',
        "tests/contracts/test_notifier.py",
    ),
    Mutation(
        "late events of an old release reopen an issue",
        "seiche/issues/lifecycle.py",
        "        if is_older(release, fixed_in, releases.first_seen_us):\n            return None\n",
        "",
        "tests/unit/alerts/test_consumer.py::test_a_resolved_issue_comes_back_by_a_newer_event_only",
    ),
    Mutation(
        "a file is answered before it is on the disk",
        "seiche/backends/raw_store.py",
        "                sync(self._folder / key, self._folder)\n",
        "                pass\n",
        "tests/unit/backends/test_raw_store.py::test_file_and_folders_are_synced_before_put_returns",
    ),
    Mutation(
        "another project's file is read",
        "seiche/backends/raw_store.py",
        'if not key.startswith(f"{project_id}/"):',
        "if False:",
        "tests/unit/backends/test_raw_store.py::test_another_projects_key_is_not_found",
    ),
    Mutation(
        "items are written again after a stop between the two commits of bronze",
        "lake/bronze.py",
        "if stored.offset >= done[stored.partition]",
        "if True",
        "tests/unit/lake/test_stages.py::test_a_stop_between_the_two_commits_of_bronze_repeats_no_item",
    ),
    Mutation(
        "one Idempotency-Key hides other events",
        "ingest_api/idempotency.py",
        "if found.digest != digest:",
        "if False:",
        "tests/unit/ingest_api/test_batches.py::test_a_key_that_comes_with_other_events_is_refused_and_loses_nothing_silently",
    ),
    Mutation(
        "the log's time follows a clock that is put back",
        "seiche/backends/embedded/log/writer.py",
        "if record.received_at_us < least_us:",
        "if not least_us and record.received_at_us < least_us:",
        "tests/contracts/test_event_log.py::test_received_at_never_decreases",
    ),
    Mutation(
        "a disk that runs full is not refused",
        "seiche/backends/embedded/log/tail.py",
        'self._disk_problem = short if free < least else ""',
        'self._disk_problem = short if free < 0 else ""',
        "tests/contracts/test_event_log.py::test_low_disk_refuses_and_keeps_nothing_of_it",
    ),
    Mutation(
        "an event that cannot be normalised stops silver",
        "lake/silver_rows.py",
        "        text = str(error)\n",
        "        raise\n",
        "tests/unit/lake/test_stages.py::test_an_event_that_cannot_be_normalised_is_kept_with_its_error",
    ),
    Mutation(
        "the canary is in people's sums",
        "seiche/cli/accounts.py",
        "if project != OWN_PROJECT",
        "if project >= OWN_PROJECT",
        "tests/unit/registry/test_canaries.py::test_its_project_is_nobodys",
    ),
    Mutation(
        "a canary that waits is no alarm",
        "seiche/model/canary.py",
        "if since is not None and since < late_us else None",
        "if since is not None and since < 0 else None",
        "tests/unit/registry/test_canaries.py::test_a_stalled_hop_is_named_with_its_time",
    ),
    Mutation(
        "a source map leads to line -1",
        "seiche/artifacts/maps.py",
        "if leads_nowhere(source_map):",
        "if False:",
        "tests/unit/artifacts/test_lines.py::test_it_is_unreadable_at_once",
    ),
)
