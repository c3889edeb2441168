"""Whatever the order of appends, rolling, retention, restarts and reads: what is kept is a whole range of what was appended."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seiche.backends.embedded.event_log import SqliteEventLogReader
from seiche.backends.embedded.log.folder import first_offsets, path_of
from seiche.errors import OffsetOutOfRange
from tests.unit.backends.event_log import Log


class EventLogMachine(RuleBasedStateMachine):
    """The model: the end, the lower of the two acknowledgements, and which times were given."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.log = Log(Path(self.folder.name), segment_bytes=48 << 10)
        self.end = 0
        self.times: list[int] = []
        self.acknowledged = {"alerts": 0, "pipeline": 0}

    @rule(count=st.integers(1, 40), at_us=st.integers(0, 10_000))
    def append(self, count: int, at_us: int) -> None:
        self.log.append(count, at_us=at_us)
        self.times += [max([at_us, *self.times[-1:]])] * count
        self.end += count

    @rule()
    def keep_up(self) -> None:
        self.log.upkeep()

    @rule()
    def roll(self) -> None:
        self.log.roll()

    @rule()
    def restart(self) -> None:
        self.log.restart()

    @rule()
    def another_reader(self) -> None:
        self.log.reader.close()
        self.log.reader = SqliteEventLogReader(self.log.folder)

    @rule(consumer=st.sampled_from(["alerts", "pipeline"]), share=st.floats(0, 1))
    def acknowledge(self, consumer: str, share: float) -> None:
        self.acknowledged[consumer] = int(share * self.end)
        self.log.acknowledge(**{consumer: self.acknowledged[consumer]})

    @rule(share=st.floats(0, 1.1), max_records=st.integers(1, 30), max_bytes=st.integers(1, 20_000))
    def read(self, share: float, max_records: int, max_bytes: int) -> None:
        offset = int(share * (self.end + 2))
        start = self.log.reader.start_offset(0)
        if not start <= offset <= self.end:
            with pytest.raises(OffsetOutOfRange) as caught:
                self.log.reader.read(0, offset)
            assert (caught.value.start, caught.value.end) == (start, self.end)
            return
        found = self.log.reader.read(0, offset, max_records=max_records, max_bytes=max_bytes)
        assert [stored.offset for stored in found] == list(range(offset, offset + len(found)))
        assert [int(stored.record.event_id, 16) for stored in found] == [stored.offset for stored in found]
        assert [stored.record.received_at_us for stored in found] == self.times[offset : offset + len(found)]
        assert len(found) <= max_records
        assert bool(found) == (offset < self.end)
        assert len(found) <= 1 or sum(len(stored.record.body) for stored in found) <= max_bytes

    @invariant()
    def ends_are_right(self) -> None:
        reader = self.log.reader
        starts = first_offsets(self.log.folder)
        assert reader.end_offset(0) == self.log.tail.next_offset == self.end
        assert reader.start_offset(0) == starts[0]
        assert all(path_of(self.log.folder, start).stat().st_size for start in starts)

    @invariant()
    def nothing_goes_before_both_have_passed_it(self) -> None:
        # An acknowledgement may be taken back; what went before that stays gone.
        self.passed = max(getattr(self, "passed", 0), min(self.acknowledged.values()))
        assert self.log.reader.start_offset(0) <= self.passed

    def teardown(self) -> None:
        self.log.tail.close()
        self.log.reader.close()
        self.folder.cleanup()


EventLogMachine.TestCase.settings = hypothesis_settings(max_examples=40, stateful_step_count=40, deadline=None)
TestEventLog = EventLogMachine.TestCase
