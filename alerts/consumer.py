"""The alerts consumer: polls the log, decides a batch, commits, acknowledges; nothing stops it but a signal.

One for all partitions, or each of several for its own: a project is in one partition, so it has one consumer (decision 4).
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import cache

import msgspec
import sqlalchemy as sa

from alerts.aging import age
from alerts.decide import Decided, decide
from alerts.duplicates import StoredBefore, remembered, repeats
from alerts.feedback import FingerprintsOf, link_to_issues
from alerts.forget import forget
from alerts.gaps import Refill, lost_records, refilled
from alerts.indexes import Indexes
from alerts.items import refused_item
from alerts.prepare import ArtifactsOf, ConfigOf, Prepared, poisoned, prepare, without_artifacts
from alerts.progress import Progress
from alerts.window import Window, rebuild
from seiche.artifacts.finder import ArtifactFinder
from seiche.backends.raw_store import RawStore
from seiche.errors import OffsetOutOfRange, StoreUnavailable, Transient
from seiche.model.project import ProjectConfig
from seiche.model.record import StoredRecord
from seiche.ports.event_log import EventLogReader
from seiche.registry import counters
from seiche.registry import sightings as registry
from seiche.registry.engine import read, write
from seiche.registry.issues import AGE_CHUNK, aging
from seiche.registry.projects import grouping_floors, project_config
from seiche.registry.share import NO_SHARE, Share, ShareNow
from seiche.settings import AlertSettings

COMMIT_SECONDS = 0.25
"""At most four commits a second: the registry has other writers."""
RECORDS_LIMIT = 5000
"""Records of one commit: bounds memory while catching up."""
AGING_SECONDS = 30.0
LINKING_SECONDS = 5.0
"""How often feedback whose event the hot tier did not have yet is looked up again."""
BACK_OFF_SECONDS = 5.0
FORGETTING_US = 600_000_000

log = logging.getLogger(__name__)


class Consumer:
    """Decides the issue of every event, once."""

    def __init__(
        self,
        event_log: EventLogReader,
        engine: sa.Engine,
        settings: AlertSettings,
        *,
        base_url: str,
        stored_before: StoredBefore | None = None,
        fingerprints_of: FingerprintsOf | None = None,
        raw: RawStore | None = None,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        progress: Progress | None = None,
        artifacts: ArtifactFinder | None = None,
        refill: Refill | None = None,
        share_now: ShareNow | None = None,
        on_notifications: Callable[[], None] = lambda: None,
    ) -> None:
        self._log, self._engine, self._settings = event_log, engine, settings
        self._base_url, self._stored_before, self._clock_us = base_url, stored_before, clock_us
        self.progress = progress or Progress()
        self._artifacts, self._refill_from = artifacts, refill
        self.share = NO_SHARE if share_now is not None else Share.read(settings.share)
        self._share_now, self._on_notifications = share_now, on_notifications
        self._left_at: dict[int, int] = {}
        """Where this process has left each partition. Found elsewhere, another has been there: what is remembered of it is old."""
        self._windows: dict[int, Window] = {}
        self._indexes = Indexes()
        self._commits_at: dict[int, float] = {}
        self._aged_at = -AGING_SECONDS
        self._raw, self._fingerprints_of, self._linked_at = raw, fingerprints_of, -LINKING_SECONDS
        self._forgot_at_us = 0
        # Configurations are immutable once written; which grouping settings hold for older events is not.
        self._config_of: ConfigOf = cache(self._load_config)
        self._floors: dict[int, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Transient errors are reported and retried; each batch is decided exactly once."""
        while not stop.is_set():
            try:
                self._look_at_share()
                busy = [self.step(partition, stop) for partition in self._with_work()]
                if self.share.is_first:
                    self._age()
                    self._link()
                self.progress.healthy()
            except Transient as error:
                self.progress.failed(str(error))
                log.warning("alerts waits: %s", error)
                stop.wait(min(error.retry_after_seconds, BACK_OFF_SECONDS))
            else:
                if not any(busy):
                    stop.wait(self._settings.poll_seconds)

    def _look_at_share(self) -> None:
        if self._share_now is None or (found := self._share_now()) == self.share:
            return
        log.warning("alerts is %d of %d now", found.number, found.count)
        self.share = found
        self.progress.keep(found.of(self._log.partitions()))

    def _forget_what_is_old(self, partition: int, start: int) -> None:
        if self._left_at.get(partition, start) != start:
            self._windows.pop(partition, None)
            self._indexes = Indexes()
        self._left_at[partition] = start

    def _with_work(self) -> list[int]:
        """Which partitions have grown since they were left. Of all one question to the log, and none to the registry."""
        mine = self.share.of(self._log.partitions())
        ends = self._log.end_offsets() if mine else {}
        quiet = [one for one in mine if one in self._windows and self._left_at.get(one) == ends.get(one)]
        for partition in quiet:
            self.progress.at(partition, ends[partition], 0)
        return [one for one in mine if one not in quiet]

    def step(self, partition: int, stop: threading.Event | None = None) -> bool:
        """Process what is there, in one transaction; False where nothing was."""
        with read(self._engine) as session:
            start = registry.position(session, partition)
            self._learn(grouping_floors(session))
        self._forget_what_is_old(partition, start)
        try:
            if partition not in self._windows:
                self._rebuild(partition, start, stop)
            batch, records = self._collect(partition, start, stop)
        except OffsetOutOfRange as error:
            if error.start <= start <= error.end:
                # Retention overtook the rebuilding of the window, not us: build it again from what is left.
                self._windows.pop(partition, None)
            elif not self._refill(error, start):
                self._skip(error, start)
            return True
        if batch.end == start:
            self.progress.at(partition, start, 0)
            return False
        self._settle(batch, records)
        self._report(partition, batch.end)
        return True

    def _collect(self, partition: int, start: int, stop: threading.Event | None) -> tuple[Prepared, list[StoredRecord]]:
        """What is there; while the last commit is too recent, what arrives meanwhile as well."""
        allowed_at = self._commits_at.get(partition, 0.0) + COMMIT_SECONDS
        sequence = self._artifacts.newest() if self._artifacts else 0
        batch = Prepared(partition, start, start, (), (), artifact_sequence=sequence)
        records: list[StoredRecord] = []
        while True:
            found = self._log.read(partition, batch.end, max_records=self._settings.batch_records)
            if found:
                batch = batch.and_then(prepare(partition, batch.end, found, self._config_of, self._artifacts_of(sequence)))
                records.extend(found)
            left = allowed_at - time.monotonic()
            if not records or left <= 0 or len(records) >= RECORDS_LIMIT or (stop is not None and stop.is_set()):
                return batch, records
            if not found:
                time.sleep(min(left, self._settings.poll_seconds))

    def _commit(self, batch: Prepared) -> Decided:
        window = self._windows[batch.partition]
        repeated = repeats(window, batch.sightings, self._stored_before, window_is_short=batch.refilled)
        projects = sorted({one.record.project_id for one in batch.sightings if one.shape is not None})
        with read(self._engine) as session:
            self._indexes.warm(session, projects)
        try:
            done = self._decide(batch, repeated)
        except BaseException:
            self._indexes.drop(projects)  # they learned what the registry did not take
            raise
        self._indexes.trim()
        self._commits_at[batch.partition] = time.monotonic()
        if done.notifications:
            self._on_notifications()
        window.remember(remembered(batch.sightings))
        self._left_at[batch.partition] = batch.end
        # After the commit: the log may drop what is acknowledged.
        self._log.acknowledge(registry.CONSUMER, batch.partition, batch.end)
        for fault in batch.faults:
            log.error("%s; its counts are lost to the accounting", fault)
            self.progress.failed(fault)
        if done.homeless:
            log.error("%d events below offset %d belong to projects that do not exist", done.homeless, batch.end)
        self.progress.did(done, batch.end - batch.start)
        return done

    def _decide(self, batch: Prepared, repeated: set[int]) -> Decided:
        config_of, base_url, now_us = self._config_of, self._base_url, self._clock_us()
        with write(self._engine, beside_others=self.share.count > 1) as session:
            if grouping_floors(session) != self._floors:
                raise StoreUnavailable("a project was regrouped while this batch was prepared: it is prepared again", 0.0)
            if batch.refilled:
                refilled(session, batch, now_us=now_us)
            return decide(session, batch, repeated, indexes=self._indexes, config_of=config_of, base_url=base_url, now_us=now_us)

    def _artifacts_of(self, sequence: int) -> ArtifactsOf:
        finder = self._artifacts
        return (lambda project_id: finder.at(project_id, sequence)) if finder else without_artifacts

    def _settle(self, batch: Prepared, records: list[StoredRecord]) -> None:
        """Commit it; where something in it cannot be decided, all that can be."""
        try:
            self._commit(batch)
        except Transient:
            raise
        except Exception:
            log.exception("a batch of %d records at offset %d failed; taking it one by one", len(records), batch.start)
            self._one_by_one(batch, records)

    def _one_by_one(self, batch: Prepared, records: list[StoredRecord]) -> None:
        """Each record by itself; one that the registry refuses becomes an unprocessable event, so that it stops no other."""
        partition, empty = batch.partition, msgspec.structs.replace(batch, sightings=(), tallies=(), items=(), faults=())
        at = batch.start  # what was read from bronze has holes
        for stored in records:
            alone = prepare(partition, at, [stored], self._config_of, self._artifacts_of(batch.artifact_sequence))
            alone = msgspec.structs.replace(alone, artifact_sequence=batch.artifact_sequence, refilled=batch.refilled)
            try:
                self._commit(alone)
            except Transient:
                raise
            except Exception as error:  # decision 10: a poison event stops nothing
                log.exception("the event at offset %d of partition %d cannot be decided", stored.offset, partition)
                self.progress.failed(f"offset {stored.offset}: {type(error).__name__}: {error}")
                bad = (poisoned(stored, f"{type(error).__name__}: {error}"),) if alone.sightings else ()
                refused = tuple(tally for item in alone.items for tally in refused_item(item.record))
                tallies = alone.tallies + refused
                self._commit(msgspec.structs.replace(empty, start=at, end=alone.end, sightings=bad, tallies=tallies))
            at = alone.end
        if at < batch.end:
            self._commit(msgspec.structs.replace(empty, start=at))

    def _refill(self, error: OffsetOutOfRange, start: int) -> bool:
        """The log no longer holds what comes next, and maybe bronze does: one stretch of it. False where bronze has not been there."""
        if self._refill_from is None or start >= error.start:
            return False
        partition, sequence = error.partition, self._artifacts.newest() if self._artifacts else 0
        batch = Prepared(partition, start, start, (), (), artifact_sequence=sequence, refilled=True)
        records: list[StoredRecord] = []
        while batch.end < error.start and len(records) < RECORDS_LIMIT:
            found, stop = self._refill_from(partition, batch.end, error.start)
            if stop == batch.end:
                break
            more = prepare(partition, batch.end, found, self._config_of, self._artifacts_of(sequence))
            batch = batch.and_then(msgspec.structs.replace(more, end=stop))
            records.extend(found)
        if batch.end == start:
            return False
        self._windows.setdefault(partition, Window(self._settings.duplicate_window_seconds))
        log.warning("%d records at offset %d of partition %d had left the log: read from bronze", len(records), start, partition)
        self._settle(batch, records)
        self.progress.refilled(len(records))
        return True

    def _skip(self, error: OffsetOutOfRange, start: int) -> None:
        """The log no longer holds what comes next: count the gap, tell everybody, go on at what is left."""
        # An offset above the end means that the log was replaced: its own start is all there is.
        lost = max(error.start - start, 0)
        log.critical(
            "%d records of partition %d were lost: offset %d is outside the log's [%d, %d), and bronze has not been there. Going on at %d",
            lost, error.partition, start, error.start, error.end, error.start,
        )  # fmt: skip
        with write(self._engine) as session:
            lost_records(session, error.partition, start, error.start, now_us=self._clock_us())
        self._left_at[error.partition] = error.start
        if not lost:
            self._windows.pop(error.partition, None)  # of another log
        self.progress.lost(lost)

    def _rebuild(self, partition: int, start: int, stop: threading.Event | None) -> None:
        window = Window(self._settings.duplicate_window_seconds)
        began = time.monotonic()
        end = min(start, self._log.end_offset(partition))
        count = rebuild(window, self._log, partition, end, stopping=stop.is_set if stop is not None else lambda: False)
        log.info("the duplicate window holds %d events, read from %d records in %.1f s", len(window), count, time.monotonic() - began)
        self._windows[partition] = window

    def _report(self, partition: int, position: int) -> None:
        self.progress.at(partition, position, self._log.end_offset(partition) - position)

    def _age(self) -> None:
        """What time alone changes; looked for in a snapshot, so that a quiet registry is not locked for nothing."""
        if time.monotonic() - self._aged_at < AGING_SECONDS:
            return
        now_us = self._clock_us()
        with read(self._engine) as session:
            waiting = aging(session, now_us=now_us)
        for start in range(0, len(waiting), AGE_CHUNK):
            with write(self._engine) as session:
                some = waiting[start : start + AGE_CHUNK]
                age(session, self._log, some, config_of=self._config_of, base_url=self._base_url, now_us=now_us)
        if now_us - self._forgot_at_us >= FORGETTING_US:
            with write(self._engine) as session:
                counters.forget(session, now_us=now_us)
            if self._raw is not None:
                forget(self._engine, self._raw, now_us=now_us)
            self._forgot_at_us = now_us
        self._aged_at = time.monotonic()

    def _link(self) -> None:
        if self._fingerprints_of is not None and time.monotonic() - self._linked_at >= LINKING_SECONDS:
            link_to_issues(self._engine, self._fingerprints_of, now_us=self._clock_us())
            self._linked_at = time.monotonic()

    def _learn(self, floors: dict[int, int]) -> None:
        """Which projects' history was regrouped: what was prepared before no longer holds."""
        if floors != self._floors:
            self._floors = floors
            self._config_of = cache(self._load_config)

    def _load_config(self, project_id: int, version: int) -> ProjectConfig:
        return project_config(self._engine, project_id, version)
