"""Delta tables on S3: exactly once with several writers, and stores that cannot be trusted are found out."""

import multiprocessing
import threading

import obstore
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lake import objects
from lake.bronze import to_table
from lake.store import Lake
from seiche.backends.object_store import open_store
from seiche.errors import ConfigurationError, StoreUnavailable
from seiche.model.record import LogRecord, RecordKind, StoredRecord
from seiche.testing import servers
from seiche.testing.olap import free_port

WRITERS, APPENDS = 3, 5


@pytest.fixture
def url() -> str:
    return f"s3://{servers.bucket()}/{servers.fresh_name()}"


def rows(first: int, count: int = 2) -> pa.Table:
    stored = []
    for offset in range(first, first + count):
        record = LogRecord(
            kind=RecordKind.EVENT, received_at_us=1_700_000_000_000_000 + offset, project_id=1, event_id=f"{offset:032x}", body=b"{}"
        )
        stored.append(StoredRecord(0, offset, record))
    return to_table(stored)


def append_in_turns(url: str, options: dict[str, str], number: int) -> None:
    lake = Lake(url, options)
    for turn in range(APPENDS):

        def attempt(turn: int = turn) -> None:
            lake.table("bronze_events")
            lake.append("bronze_events", rows(1000 * number + 2 * turn), positions={f"bronze:{number}": turn + 1})

        for _ in range(20):
            try:
                lake.retrying("bronze_events", attempt)
            except StoreUnavailable:
                continue
            break


def test_several_writers_lose_and_double_nothing(url: str) -> None:
    options = servers.storage_options()
    Lake(url, options).table("bronze_events")
    context = multiprocessing.get_context("spawn")
    racing = [context.Process(target=append_in_turns, args=(url, options, number)) for number in range(WRITERS)]
    for process in racing:
        process.start()
    for process in racing:
        process.join(120)
    assert [process.exitcode for process in racing] == [0] * WRITERS
    lake = Lake(url, options)
    offsets = lake.dataset("bronze_events").to_table(columns=["log_offset"])["log_offset"].to_pylist()
    assert sorted(offsets) == sorted(1000 * number + offset for number in range(WRITERS) for offset in range(2 * APPENDS))
    assert [lake.cursor("bronze_events", f"bronze:{number}") for number in range(WRITERS)] == [APPENDS] * WRITERS


def test_a_table_made_anew_under_a_kept_handle_is_noticed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.marks.LOOK_SECONDS", 0)
    kept, other = Lake(url, servers.storage_options()), Lake(url, servers.storage_options())
    for turn in range(3):
        kept.table("bronze_events")
        kept.append("bronze_events", rows(2 * turn), positions={"bronze:0": turn + 1})
    objects_of_it = open_store(url, servers.storage_options())
    obstore.delete(objects_of_it, [found["path"] for page in obstore.list(objects_of_it, prefix="bronze_events") for found in page])
    other.table("bronze_events")
    other.append("bronze_events", rows(100), positions={"bronze:0": 1})
    assert kept.dataset("bronze_events").to_table()["log_offset"].to_pylist() == [100, 101]
    assert kept.cursor("bronze_events", "bronze:0") == 1


def test_a_fact_beside_the_tables_is_there_for_others(url: str) -> None:
    one, other = Lake(url, servers.storage_options()), Lake(url, servers.storage_options())
    assert other.noted("watermark") == {}
    one.note("watermark", {"idle_us": 5})
    one.note("watermark", {"idle_us": 6})
    assert other.noted("watermark") == {"idle_us": 6}


def test_a_table_that_nobody_made_does_not_exist(url: str) -> None:
    lake = Lake(url, servers.storage_options())
    assert not lake.exists("bronze_events")
    lake.table("bronze_events")
    assert lake.exists("bronze_events")


def test_an_endpoint_that_is_down_is_transient() -> None:
    options = {**servers.storage_options(), "aws_endpoint_url": f"http://127.0.0.1:{free_port()}"}
    with pytest.raises(StoreUnavailable):
        objects.prove_conditional_put("s3://nowhere/x", options)


def test_the_store_of_the_tests_keeps_its_word(url: str) -> None:
    objects.prove_conditional_put(url, servers.storage_options())


def test_a_store_whose_conditional_put_is_not_atomic_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that looks whether the object is there and then writes, as s3s-fs does: two can be between the two."""
    import obstore

    put, look = obstore.put, threading.Semaphore(12)

    def check_then_act(store, key, body, *, mode="overwrite"):  # type: ignore[no-untyped-def]
        with look:
            return put(store, key, body, mode="overwrite")

    monkeypatch.setattr(obstore, "put", check_then_act)
    with pytest.raises(ConfigurationError, match="is not atomic"):
        objects.prove_conditional_put(url, servers.storage_options())


def test_a_local_writer_of_another_library_conflicts(url: str) -> None:
    """Whoever commits beside us is seen: the position and the rows of one commit stand or fall together."""
    options = servers.storage_options()
    lake = Lake(url, options)
    lake.table("bronze_events")
    write_deltalake(f"{url}/bronze_events", rows(0), mode="append", storage_options=options)
    lake.table("bronze_events")
    lake.append("bronze_events", rows(2), positions={"bronze:0": 4})
    assert Lake(url, options).dataset("bronze_events").count_rows() == 4
