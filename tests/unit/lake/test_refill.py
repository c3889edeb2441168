"""Bronze as the log that it came from."""

from lake import bronze
from lake.refill import WINDOW_OFFSETS, Refill
from lake.store import Lake
from seiche.model.record import RecordKind


def test_what_bronze_read_comes_back_as_it_was(log, tmp_path) -> None:
    log.length = 2500
    refill = Refill(str(tmp_path / "lake"), None, log)
    assert refill.read(0, 0, 2500) == ([], 0)
    lake = Lake(str(tmp_path / "lake"))
    while bronze.advance(lake, log, max_records=600).detail["more"]:
        pass
    kept = log.read(0, 0, max_records=2500)
    assert {one.record.kind for one in kept} == set(RecordKind)
    first, stop = refill.read(0, 0, 2500)
    rest, end = refill.read(0, stop, 2500)
    assert (stop, end) == (WINDOW_OFFSETS, 2500)
    assert [*first, *rest] == kept
    assert refill.read(0, 2500, 9999) == ([], 2500)
    assert refill.read(0, 7, 9)[0] == [one for one in kept if 7 <= one.offset < 9]
