"""The ClickHouse tables: numbered DDL, forward only (docs/adr/0005). Any table can be dropped and rebuilt from silver.

Everything is partitioned by the hour of received time, so that replacing a partition replaces exactly one closed hour.
"""

from typing import TYPE_CHECKING

from seiche.backends.clickhouse import translated
from seiche.backends.clickhouse_cluster import rendered
from seiche.errors import ConfigurationError

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

DEDUPLICATION_WINDOW = 1000

EVENT_COLUMNS = """
    received_hour DateTime('UTC'),
    log_partition Int32,
    log_offset Int64,
    silver_version Int64,
    received_at DateTime64(6, 'UTC'),
    occurred_at DateTime64(6, 'UTC'),
    project_id Int64,
    event_id String,
    fingerprint LowCardinality(String),
    platform LowCardinality(String),
    level LowCardinality(String),
    logger LowCardinality(String),
    transaction String,
    server_name LowCardinality(String),
    release LowCardinality(String),
    dist LowCardinality(String),
    environment LowCardinality(String),
    type LowCardinality(String),
    value String,
    culprit String,
    title String,
    message String,
    user_key String,
    sdk_name LowCardinality(String),
    sdk_version LowCardinality(String),
    unprocessable String,
    tags Map(String, String),
    INDEX ids event_id TYPE bloom_filter(0.01) GRANULARITY 4"""

ROLLUP_COLUMNS = """
    project_id Int64,
    fingerprint LowCardinality(String),
    received_hour DateTime('UTC'),
    occurred_hour DateTime('UTC'),
    environment LowCardinality(String),
    release LowCardinality(String),
    level LowCardinality(String),
    count SimpleAggregateFunction(sum, UInt64),
    users AggregateFunction(uniq, Nullable(String)),
    first_seen SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_seen SimpleAggregateFunction(max, DateTime64(6, 'UTC'))"""

ROLLUP_SELECT = """
SELECT project_id, fingerprint, received_hour, toStartOfHour(occurred_at) AS occurred_hour, environment, release, level,
    toUInt64(count()) AS count, uniqState(nullIf(user_key, '')) AS users,
    min(occurred_at) AS first_seen, max(occurred_at) AS last_seen"""
ROLLUP_GROUP = "GROUP BY project_id, fingerprint, received_hour, occurred_hour, environment, release, level"
"""`users` is a state whose answer depends on the set of users alone, not on order or batches (exact up to 65,536): `uniqMerge(users)`."""

SEARCH_COLUMNS = """
    received_hour DateTime('UTC'),
    log_partition Int32,
    log_offset Int64,
    received_at DateTime64(6, 'UTC'),
    project_id Int64,
    event_id String,
    fingerprint LowCardinality(String),
    search_text String CODEC(ZSTD(3)),
    INDEX words search_text TYPE text(tokenizer = splitByString([' ']))"""

SESSION_COLUMNS = """
    received_hour DateTime('UTC'),
    log_partition Int32,
    log_offset Int64,
    received_at DateTime64(6, 'UTC'),
    project_id Int64,
    started DateTime64(6, 'UTC'),
    release LowCardinality(String),
    environment LowCardinality(String),
    sid String,
    did String,
    seq UInt64,
    status LowCardinality(String),
    errors UInt64,
    exited UInt64,
    errored UInt64,
    crashed UInt64,
    abnormal UInt64"""
"""A state of one session (`sid` set; the newest counts), or how a minute's sessions ended (`sid` empty; they add up)."""

_ENGINE_SETTINGS = f"SETTINGS non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}, min_bytes_for_wide_part = 1048576"


def _table(name: str, columns: str, engine: str, order: str) -> str:
    layout = f"ENGINE = {engine} PARTITION BY received_hour ORDER BY ({order}) {_ENGINE_SETTINGS}"
    return f"CREATE TABLE IF NOT EXISTS {name} ({columns}\n) {layout}"


_EVENT_ORDER = "project_id, fingerprint, received_at, log_partition, log_offset"
_ROLLUP_ORDER = "project_id, fingerprint, received_hour, occurred_hour, environment, release, level"
_SEARCH_ORDER = "project_id, received_at, log_partition, log_offset"
_SESSION_ORDER = "project_id, release, environment, started, log_partition, log_offset"

FINGERPRINT_MAP = (
    "CREATE TABLE IF NOT EXISTS fingerprint_map (project_id Int64, fingerprint String, issue_id Int64, map_version Int64)"
    " ENGINE = ReplacingMergeTree(map_version) ORDER BY (project_id, fingerprint)"
)
CURSOR_FLOORS = (
    "CREATE TABLE IF NOT EXISTS cursor_floors (stage LowCardinality(String), log_partition Int32, next_offset Int64)"
    " ENGINE = ReplacingMergeTree(next_offset) ORDER BY (stage, log_partition)"
)
"""How far a table was when retention emptied it: its own maximum is gone then."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        _table("events_hot", EVENT_COLUMNS, "MergeTree", _EVENT_ORDER),
        _table("events_hot_staging", EVENT_COLUMNS, "MergeTree", _EVENT_ORDER),
        _table("issue_rollups", ROLLUP_COLUMNS, "AggregatingMergeTree", _ROLLUP_ORDER),
        _table("issue_rollups_staging", ROLLUP_COLUMNS, "AggregatingMergeTree", _ROLLUP_ORDER),
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS issue_rollups_feed TO issue_rollups AS {ROLLUP_SELECT} FROM events_hot {ROLLUP_GROUP}",
        _table("search_events", SEARCH_COLUMNS, "MergeTree", _SEARCH_ORDER),
        _table("search_events_staging", SEARCH_COLUMNS, "MergeTree", _SEARCH_ORDER),
        FINGERPRINT_MAP,
        CURSOR_FLOORS,
        _table("session_rows", SESSION_COLUMNS, "MergeTree", _SESSION_ORDER),
        _table("session_rows_staging", SESSION_COLUMNS, "MergeTree", _SESSION_ORDER),
    ),
)


VERSIONS = (
    "CREATE TABLE IF NOT EXISTS schema_migrations (version UInt32, applied_at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY version"
)


def migrate(client: "Client", cluster: str = "") -> None:
    """Bring the database up to this program's version; tables are replicated in `cluster`, where one is named.

    Raises `ConfigurationError` where a newer program has been here.
    """
    with translated():
        client.command(rendered(VERSIONS, cluster))
        found = client.query("SELECT max(version) FROM schema_migrations").result_rows[0][0]
        if found > len(MIGRATIONS):
            raise ConfigurationError(
                f"the ClickHouse tables are of version {found}, this program knows {len(MIGRATIONS)}: "
                "run the newer Seiche, or drop the database and let it be rebuilt from the lake"
            )
        for version, statements in enumerate(MIGRATIONS[found:], start=found + 1):
            for statement in statements:
                client.command(rendered(statement, cluster))
            client.command(f"INSERT INTO schema_migrations SELECT {version}, now64(3)")
        # Not guarded by the version: tables may be dropped by people and come back empty, to be rebuilt from silver.
        for statements in MIGRATIONS[:found]:
            for statement in statements:
                if statement.startswith("CREATE"):
                    client.command(rendered(statement, cluster))
