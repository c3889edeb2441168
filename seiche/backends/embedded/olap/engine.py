"""chDB, opened once a process with its limits and rights set by the engine's own configuration.

Limits are profile constraints: a client may lower them, in the URL or in a SETTINGS clause, and is refused when it raises them.
Rights leave out every source but tables (file(), url(), s3(), ...): no SQL that reaches this process reads outside its folder.
"""

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from seiche.errors import ConfigurationError
from seiche.settings import OlapSettings

MEBIBYTE = 1 << 20
SERVER_SETTINGS = {
    "mark_cache_size": 32 * MEBIBYTE,
    "index_mark_cache_size": 16 * MEBIBYTE,
    "primary_index_cache_size": 32 * MEBIBYTE,
    "uncompressed_cache_size": 0,
    "text_index_header_cache_size": 8 * MEBIBYTE,
    "text_index_tokens_cache_size": 16 * MEBIBYTE,
    "text_index_postings_cache_size": 16 * MEBIBYTE,
    "compiled_expression_cache_size": 8 * MEBIBYTE,
    "mmap_cache_size": 64,
    "max_thread_pool_size": 64,
    "max_thread_pool_free_size": 4,
    "max_io_thread_pool_size": 8,
    "background_pool_size": 1,
    "background_schedule_pool_size": 2,
}
MERGE_TREE_SETTINGS = {
    # Their defaults suppose a pool of 16 and more: with two entries every merge would count as "pool nearly full" and stay under 1 MB.
    "number_of_free_entries_in_pool_to_execute_mutation": 1,
    "number_of_free_entries_in_pool_to_lower_max_size_of_merge": 1,
    "number_of_free_entries_in_pool_to_execute_optimize_entire_partition": 1,
    "max_bytes_to_merge_at_max_space_in_pool": 2 << 30,
}
GRANTS = (
    "GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP, TRUNCATE, OPTIMIZE, SHOW, KILL QUERY ON *.*",
    "GRANT TABLE ENGINE ON *",
)


def write_configuration(folder: Path, settings: OlapSettings) -> Path:
    """Write config.xml and users.xml into `folder`; returns the path of config.xml."""
    folder.mkdir(parents=True, exist_ok=True)
    users = folder / "users.xml"
    limits = {
        "max_execution_time": settings.max_execution_seconds,
        "max_result_rows": settings.max_result_rows,
        "max_result_bytes": settings.max_memory_bytes,
        "max_memory_usage": settings.max_memory_bytes,
    }
    # The minimum of 1 matters: 0 would mean "unlimited".
    constraints = "".join(f"<{name}><min>1</min><max>{limit}</max></{name}>" for name, limit in limits.items())
    values = _elements(limits)
    grants = "".join(f"<query>{grant}</query>" for grant in GRANTS)
    users.write_text(
        "<clickhouse>"
        f"<profiles><default>{values}<max_threads>2</max_threads><max_insert_threads>1</max_insert_threads>"
        f"<log_queries>0</log_queries><constraints>{constraints}</constraints></default></profiles>"
        "<users><default><password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>"
        f"<grants>{grants}</grants></default></users>"
        "<quotas><default></default></quotas>"
        "</clickhouse>"
    )
    server = dict(SERVER_SETTINGS, max_server_memory_usage=2 * settings.max_memory_bytes)
    config = folder / "config.xml"
    config.write_text(
        f"<clickhouse><users_config>{escape(str(users))}</users_config>"
        + _elements(server)
        + f"<merge_tree>{_elements(MERGE_TREE_SETTINGS)}</merge_tree></clickhouse>"
    )
    return config


def _elements(values: dict[str, int]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


class Engine:
    """Hands out connections; holds one itself, so that the engine stays open between requests."""

    def __init__(self, folder: Path, settings: OlapSettings) -> None:
        import chdb

        self._chdb: Any = chdb  # untyped; mypy sees its source or not, depending on what else it reads
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self._target = f"{folder}?config-file={write_configuration(folder / 'config', settings)}"
        try:
            self._keep = self.connect()
        except Exception as error:  # chDB raises bare RuntimeErrors
            raise ConfigurationError(
                f"{folder} cannot be opened by chDB: {str(error)[:300]}; is another `seiche olap` using it? A folder has one owner"
            ) from error
        self._keep.query(f"CREATE DATABASE IF NOT EXISTS `{settings.database}`")
        self.timezone = self._keep.query("SELECT timezone()", "TabSeparated").bytes().decode().strip()

    def connect(self) -> Any:
        """A connection with its own USE and SET state on the one engine of this process."""
        return self._chdb.connect(self._target)

    def close(self) -> None:
        """Close the engine: everything committed is on disk before this, too."""
        self._keep.close()
