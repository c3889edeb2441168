"""Checks that are cheap enough to make every few seconds of the hours that just grew. Great Expectations looks at closed hours."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from lake.store import Lake

NEWEST_OFFSETS = 2000

EVERY_BRONZE_ROW, IDS_PRESENT, EVERY_STORED_EVENT = "every_bronze_row", "ids_present", "every_stored_event"
MEANINGS = {
    ("silver_events", EVERY_BRONZE_ROW): "below silver's position the hour has one row for each of bronze's",
    ("silver_events", IDS_PRESENT): f"the newest {NEWEST_OFFSETS} places of the log have an event id and a fingerprint in every row",
    ("events_hot", EVERY_STORED_EVENT): "below its position the hot tier has every event of silver's hour that is no repeat",
}


class Glance(msgspec.Struct, frozen=True):
    """What one check saw in one hour."""

    asset: str
    check: str
    passed: bool
    detail: dict[str, int]


def together(glances: Iterable[Glance]) -> list[Glance]:
    """One result of each check over several hours."""
    found: dict[tuple[str, str], Glance] = {}
    for one in glances:
        before = found.get((one.asset, one.check), Glance(one.asset, one.check, True, {}))
        detail = {name: before.detail.get(name, 0) + count for name, count in one.detail.items()}
        found[one.asset, one.check] = Glance(one.asset, one.check, before.passed and one.passed, detail)
    return list(found.values())


def silver(lake: "Lake", hour: datetime) -> list[Glance]:
    """The checks of silver's hour."""
    from lake.rows import hour_filter, offsets, partitions

    below_bronze = below_silver = missing = looked_at = 0
    bronze, rows = lake.dataset("bronze_events"), lake.dataset("silver_events")
    for partition in partitions(lake):
        end = lake.cursor("silver_events", f"silver:{partition}")
        where = hour_filter(hour) & offsets(partition, 0, end)
        below_bronze += bronze.count_rows(filter=where)
        below_silver += rows.count_rows(filter=where)
        newest = rows.to_table(
            columns=["event_id", "fingerprint"], filter=hour_filter(hour) & offsets(partition, max(0, end - NEWEST_OFFSETS), end)
        )
        looked_at += newest.num_rows
        missing += sum(not value for name in ("event_id", "fingerprint") for value in newest[name].to_pylist())
    return [
        Glance("silver_events", EVERY_BRONZE_ROW, below_bronze == below_silver, {"bronze": below_bronze, "silver": below_silver}),
        Glance("silver_events", IDS_PRESENT, missing == 0, {"missing": missing, "rows": looked_at}),
    ]


def hot(lake: "Lake", client: "Client", hour: datetime) -> list[Glance]:
    """The checks of the hot tier's hour."""
    import pyarrow.compute as pc

    from lake.rows import hour_filter, offsets, partitions
    from seiche.backends.clickhouse import translated
    from seiche.backends.clickhouse_tables import next_offset

    stored = held = 0
    for partition in partitions(lake):
        with translated():
            end = next_offset(client, "events_hot", partition)
            of_hour = "received_hour = toDateTime({hour:UInt32}, 'UTC')"
            query = f"SELECT count() FROM events_hot WHERE {of_hour} AND log_partition = {{partition:Int32}}"
            parameters = {"hour": int(hour.timestamp()), "partition": partition}
            held += int(client.query(query, parameters=parameters).result_rows[0][0])
        where = hour_filter(hour) & offsets(partition, 0, end) & ~pc.field("duplicate")
        stored += lake.dataset("silver_events").count_rows(filter=where)
    return [Glance("events_hot", EVERY_STORED_EVENT, stored == held, {"silver": stored, "events_hot": held})]
